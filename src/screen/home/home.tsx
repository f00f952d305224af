/** Where everything begins: what can be drilled, how it went last time, and nothing that would spoil it. */
import { Box, useInput } from 'ink';
import { useState, type ReactElement } from 'react';
import stringWidth from 'string-width';
import { showProblems, type Problem } from '../../errors.ts';
import type { DrillMode } from '../../plan/plan.ts';
import { Help } from '../help.tsx';
import { HistoryView } from '../history/history-view.tsx';
import type { HomeModel } from '../ipc.ts';
import { bodyRows, Frame, type Size } from '../kit/frame.tsx';
import type { LineContent } from '../kit/line.tsx';
import { ListPanel } from '../kit/list-panel.tsx';
import { glyph, useLook } from '../kit/look.ts';
import { Panel, panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import { toCells } from '../to-cells.ts';
import { wrapCells } from '../wrap-cells.ts';
import { experimentLine, experimentLines } from './experiment-lines.ts';
import { homeKeys, whatItDoes } from './first-run.ts';
import { ModeDialog } from './mode-dialog.tsx';

type HomeProps = {
  readonly project: string;
  readonly home: HomeModel;
  readonly size: Size;
  /** What is being started; meanwhile nothing else can be. */
  readonly starting: string | null;
  /** Why the last start came to nothing. */
  readonly problems: readonly Problem[];
  readonly onDrill: (experiment: string, mode: DrillMode) => void;
  readonly onVerify: (experiment: string) => void;
  readonly onQuit: () => void;
};

type View = 'welcome' | 'list' | 'mode' | 'history' | 'help';

export const Home = (props: HomeProps): ReactElement => {
  const { project, home, size, starting, problems } = props;
  const { experiments } = home;
  const [view, setView] = useState<View>(home.runs.length === 0 ? 'welcome' : 'list');
  const [chosen, setChosen] = useState(0);
  const experiment = experiments[chosen];
  const choose = (index: number): void => setChosen(Math.max(0, Math.min(experiments.length - 1, index)));

  // Always listening: a moment without a listener would give the keyboard back to the terminal, which echoes it.
  useInput((input, key) => {
    if (view !== 'list' || starting !== null) return;
    if (input === 'q') props.onQuit();
    else if (input === '?') setView('help');
    else if (key.downArrow) choose(chosen + 1);
    else if (key.upArrow) choose(chosen - 1);
    // Typed fast, they come as one.
    else if (/^[jk]+$/.test(input)) choose(chosen + input.split('j').length - input.split('k').length);
    else if (key.home || input === 'g') choose(0);
    else if (key.end || input === 'G') choose(experiments.length - 1);
    else if (experiment === undefined) return;
    else if (input === 'h') setView('history');
    else if (!experiment.drillable) return;
    else if (key.return) setView('mode');
    else if (input === 'v') props.onVerify(experiment.name);
  });

  const back = (): void => setView('list');
  if (view === 'welcome')
    return <Help title="Before the first run" sections={whatItDoes} size={size} leads="go on" onBack={back} />;
  if (view === 'help') return <Help title="Home" sections={[...homeKeys, ...whatItDoes]} size={size} onBack={back} />;
  if (view === 'history' && experiment !== undefined)
    return <HistoryView experiment={experiment.name} drills={home.drills} size={size} onBack={back} />;

  const header = [{ text: ' gameday', bold: true }, { text: `  ${project}  ${lastDrillWords(home)}` }];
  const keys =
    view === 'mode'
      ? [
          { key: '↑↓', does: 'choose' },
          { key: 'Enter', does: 'start' },
          { key: 'Esc', does: 'back' },
        ]
      : [
          { key: 'Enter', does: 'drill' },
          { key: 'v', does: 'verify' },
          { key: 'h', does: 'history' },
          { key: '?', does: 'help' },
          { key: 'q', does: 'quit' },
        ];
  const body: Size = { columns: size.columns, rows: bodyRows(size) };
  return (
    <Frame size={size} header={header} keys={starting === null ? keys : []}>
      {view === 'mode' && experiment !== undefined ? (
        <ModeDialog
          title={experiment.title}
          size={body}
          onBack={back}
          onMode={(mode) => {
            back();
            props.onDrill(experiment.name, mode);
          }}
        />
      ) : (
        <Overview home={home} chosen={chosen} size={body} notice={noticeOf(starting, problems)} />
      )}
    </Frame>
  );
};

const noticeOf = (starting: string | null, problems: readonly Problem[]): string | null => {
  if (starting !== null) return `${starting} …`;
  return problems.length === 0 ? null : showProblems(problems);
};

/** From this width on, list and detail stand side by side. */
const sideBySide = 76;

type OverviewProps = {
  readonly home: HomeModel;
  readonly chosen: number;
  readonly size: Size;
  readonly notice: string | null;
};

const Overview = ({ home, chosen, size, notice }: OverviewProps): ReactElement => {
  const look = useLook();
  const { experiments, runs } = home;
  const beside = size.columns >= sideBySide;
  const listWidth = beside ? Math.floor(size.columns * 0.45) : size.columns;
  const detailWidth = beside ? size.columns - listWidth : size.columns;
  const listHeight = beside ? size.rows : Math.min(experiments.length + 2, Math.floor(size.rows / 2));
  const detailHeight = beside ? size.rows : size.rows - listHeight;
  const titleWidth = Math.max(0, ...experiments.map(({ title }) => stringWidth(toCells(title))));
  const lines = experiments.map((each, index): LineContent => [
    {
      text: `${index === chosen ? glyph('next', look) : ' '} ${experimentLine(each, titleWidth)}`,
      bold: index === chosen,
    },
  ]);
  const experiment = experiments[chosen];
  const detail = experiment === undefined ? [] : experimentLines(experiment, runs, panelTextWidth(detailWidth));
  const notices = notice === null ? [] : ['', ...wrapCells(notice, panelTextWidth(detailWidth))];
  // The notice answers what was just asked: it goes before the detail where there is no room for both.
  const room = Math.max(0, panelTextHeight(detailHeight) - notices.length);
  return (
    <Box flexDirection={beside ? 'row' : 'column'} flexShrink={0}>
      <ListPanel
        title="Experiments"
        width={listWidth}
        height={listHeight}
        lines={lines.length === 0 ? ['There are none in experiments/.'] : lines}
        top={Math.max(0, chosen - Math.floor(panelTextHeight(listHeight) / 2))}
        focused
      />
      <Panel title="Detail" width={detailWidth} height={detailHeight} lines={[...detail.slice(0, room), ...notices]} />
    </Box>
  );
};

const lastDrillWords = ({ runs }: HomeModel): string => {
  const last = runs.find(({ mode }) => mode === 'drill');
  return last === undefined ? 'no drill yet' : `last drill ${last.when.slice(0, 10)}`;
};
