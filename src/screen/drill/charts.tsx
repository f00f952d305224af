/** The four measurements that everybody looks at first: as panels where there is room, as one line each where there is not. */
import { Box } from 'ink';
import type { ReactElement } from 'react';
import { showSeconds, ms, type Ms } from '../../units.ts';
import { areaChart, roundTop, valuesAcross } from '../braille.ts';
import { Line } from '../kit/line.tsx';
import { useLook } from '../kit/look.ts';
import { Panel, panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import type { Model } from '../model.ts';
import { columnsOf, type Series } from '../series.ts';
import { padCells } from '../to-cells.ts';

type Chart = {
  readonly title: string;
  readonly short: string;
  readonly series: Series;
  /** At least this much is shown, so that noise looks like noise. */
  readonly topAtLeast: number;
  readonly limit: number | null;
  readonly show: (value: number) => string;
};

const chartsOf = ({ series, connectionsLimit }: Model): readonly Chart[] => [
  {
    title: 'Connections',
    short: 'conn',
    series: series.connections,
    topAtLeast: connectionsLimit ?? 10,
    limit: connectionsLimit,
    show: String,
  },
  { title: 'Failed requests', short: 'fail', series: series.failed, topAtLeast: 0.1, limit: null, show: percent },
  {
    title: 'Latency p95',
    short: 'p95',
    series: series.p95Ms,
    topAtLeast: 200,
    limit: null,
    show: (value) => showSeconds(ms(value)),
  },
  { title: 'Waiting in the pool', short: 'wait', series: series.waiting, topAtLeast: 10, limit: null, show: String },
];

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const topOf = (values: readonly (number | null)[], { topAtLeast }: Chart): number => {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  return highest <= topAtLeast ? topAtLeast : roundTop(highest);
};

const nowWords = ({ series, limit, show }: Chart): string => {
  const now = series.now === null ? 'no data' : show(series.now);
  return limit === null ? now : `${now} of ${limit}`;
};

type ChartsProps = { readonly model: Model; readonly nowMs: Ms; readonly width: number };

/** As many side by side as `across`. */
export const ChartPanels = ({
  model,
  nowMs,
  width,
  height,
  across,
  focused,
}: ChartsProps & { readonly height: number; readonly across: 2 | 4; readonly focused: boolean }): ReactElement => {
  const charts = chartsOf(model);
  const rows = charts.length / across;
  const each = Math.floor(width / across);
  return (
    <Box flexWrap="wrap" flexShrink={0} width={width} height={height}>
      {charts.map((chart, index) => (
        <ChartPanel
          key={chart.title}
          chart={chart}
          nowMs={nowMs}
          width={(index + 1) % across === 0 ? width - each * (across - 1) : each}
          height={index < across ? height - Math.floor(height / rows) * (rows - 1) : Math.floor(height / rows)}
          focused={focused && index === 0}
        />
      ))}
    </Box>
  );
};

type ChartPanelProps = {
  readonly chart: Chart;
  readonly nowMs: Ms;
  readonly width: number;
  readonly height: number;
  readonly focused: boolean;
};

const ChartPanel = ({ chart, nowMs, width, height, focused }: ChartPanelProps): ReactElement => {
  const { ascii } = useLook();
  const [across, up] = [panelTextWidth(width), panelTextHeight(height) - 1];
  const values = columnsOf(chart.series, nowMs, valuesAcross(across, { ascii }));
  const top = topOf(values, chart);
  const drawn = areaChart(values, across, up, { ascii, top, limit: chart.limit });
  const peak = chart.series.peak === null ? '' : `  peak ${chart.show(chart.series.peak)}`;
  const words = [{ text: nowWords(chart), bold: true }, { text: peak }];
  const foot = `5 min, to ${chart.show(top)}`;
  return (
    <Panel title={chart.title} width={width} height={height} lines={[...drawn, words]} foot={foot} focused={focused} />
  );
};

/** Two rows: what it is and how much, and below it how it went. */
export const ChartLines = ({ model, nowMs, width }: ChartsProps): ReactElement => {
  const { ascii } = useLook();
  const charts = chartsOf(model);
  const each = Math.floor(width / charts.length);
  const drawn = charts.map((chart) => {
    const values = columnsOf(chart.series, nowMs, valuesAcross(each - 2, { ascii }));
    const [line = ''] = areaChart(values, each - 2, 1, { ascii, top: topOf(values, chart) });
    return padCells(` ${line}`, each);
  });
  const words = charts.map((chart) => padCells(` ${chart.short} ${nowWords(chart)}`, each));
  return (
    <Box flexDirection="column" flexShrink={0} height={2}>
      <Line content={[{ text: words.join(''), bold: true }]} width={width} />
      <Line content={drawn.join('')} width={width} />
    </Box>
  );
};
