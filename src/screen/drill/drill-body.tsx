/** Everything between the header and the command bar, as it is laid out at this size. It knows no keys and no session. */
import { Box } from 'ink';
import { memo, useMemo, type ReactElement } from 'react';
import type { Ms } from '../../units.ts';
import type { Size } from '../kit/frame.tsx';
import { Line, type LineContent } from '../kit/line.tsx';
import { ListPanel } from '../kit/list-panel.tsx';
import { useLook } from '../kit/look.ts';
import { panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import type { ScrollTop } from '../kit/scroll.ts';
import type { Model } from '../model.ts';
import { ChartLines, ChartPanels } from './charts.tsx';
import { layoutOf, panelNames, placeOf, type Layout, type PanelName } from './layout.ts';
import { boardLine, paceShort, panelLines, restingTop } from './lines.ts';

/** What was answered, read in place of the lower panels. */
export type Output = { readonly title: string; readonly lines: readonly LineContent[]; readonly top: ScrollTop };

export type DrillBodyProps = {
  readonly model: Model;
  readonly nowMs: Ms;
  readonly size: Size;
  readonly focus: PanelName;
  /** Of the focused panel. */
  readonly top: ScrollTop;
  readonly output: Output | null;
};

/** A key that only moves the cursor of the command bar leaves it alone. */
export const DrillBody = memo((props: DrillBodyProps): ReactElement => {
  const layout = layoutOf(props.size);
  const Body = { wide: WideBody, medium: MediumBody, small: SmallBody }[layout.kind];
  return <Body {...props} layout={layout} />;
});

type LaidOut = DrillBodyProps & { readonly layout: Layout };

const WideBody = (props: LaidOut): ReactElement => (
  <>
    <Charts {...props} across={4} />
    {props.output === null ? (
      <Box flexShrink={0} height={props.layout.lower}>
        <TextPanel {...props} name="timeline" />
        <TextPanel {...props} name="original" />
        <Box flexDirection="column" flexShrink={0}>
          <TextPanel {...props} name="alerts" />
          <TextPanel {...props} name="board" />
        </Box>
      </Box>
    ) : (
      <OutputPanel {...props} output={props.output} />
    )}
  </>
);

/** The board becomes a line, the charts two; what was answered takes the whole of it. */
const MediumBody = (props: LaidOut): ReactElement => {
  const { model, nowMs, size, focus, output } = props;
  if (output !== null) return <OutputPanel {...props} output={output} />;
  return (
    <>
      <Line content={boardLine(model)} width={size.columns} />
      <ChartLines model={model} nowMs={nowMs} width={size.columns} />
      <Box flexShrink={0} height={props.layout.lower}>
        <TextPanel {...props} name={focus === 'board' ? 'board' : 'timeline'} />
        <Box flexDirection="column" flexShrink={0}>
          <TextPanel {...props} name="alerts" />
          <TextPanel {...props} name="original" />
        </Box>
      </Box>
    </>
  );
};

/** One panel at a time. */
const SmallBody = (props: LaidOut): ReactElement => {
  const { size, focus, output } = props;
  return (
    <>
      <Line content={tabs(output === null ? focus : null)} width={size.columns} />
      {output !== null ? (
        <OutputPanel {...props} output={output} />
      ) : focus === 'charts' ? (
        <Charts {...props} across={2} />
      ) : (
        <TextPanel {...props} name={focus} />
      )}
    </>
  );
};

const tabs = (focus: PanelName | null): LineContent =>
  panelNames.flatMap((name, index) => [
    { text: ' ' },
    { text: name === focus ? `[${index + 1} ${name}]` : ` ${index + 1} ${name} `, bold: name === focus },
  ]);

const Charts = ({ model, nowMs, size, layout, focus, across }: LaidOut & { readonly across: 2 | 4 }): ReactElement => (
  <ChartPanels
    model={model}
    nowMs={nowMs}
    {...placeOf(layout, 'charts', size)}
    across={across}
    focused={focus === 'charts'}
  />
);

const titles = {
  timeline: '2 Timeline',
  original: '3 Original team',
  alerts: '4 Alerts',
  board: '5 Board',
} as const satisfies Record<Exclude<PanelName, 'charts'>, string>;

type TextPanelProps = LaidOut & { readonly name: Exclude<PanelName, 'charts'> };

const TextPanel = ({ model, nowMs, size, layout, focus, top, name }: TextPanelProps): ReactElement => {
  const look = useLook();
  const place = placeOf(layout, name, size);
  const width = panelTextWidth(place.width);
  // Only the timeline grows with the drill; the others are a handful of lines whose ages change every second.
  const timeless = name === 'timeline';
  const lines = useMemo(
    () => panelLines(name, { model, nowMs, width, look }),
    [name, width, look, timeless ? model.timeline : model, timeless ? model.detectedMs : nowMs],
  );
  const focused = focus === name;
  const rest = restingTop(name, lines, panelTextHeight(place.height));
  return (
    <ListPanel
      title={titles[name]}
      {...place}
      lines={lines}
      focused={focused}
      foot={name === 'original' ? paceShort(model, nowMs) : ''}
      top={focused && top !== null ? top : rest}
    />
  );
};

const OutputPanel = ({ output, layout, size }: LaidOut & { readonly output: Output }): ReactElement => (
  <ListPanel {...output} {...placeOf(layout, 'output', size)} focused foot="PgUp PgDn  Esc back" />
);
