/**
 * What became of a drill: the report as it is printed, an item of the score at a time below it, and one key away from each
 * the arithmetic and the events that prove it. From here the debrief begins.
 */
import { useInput } from 'ink';
import { useState, type ReactElement } from 'react';
import type { JournalEvent } from '../../journal/events.ts';
import type { Closing } from '../closing.ts';
import type { DebriefAnswer } from '../ipc.ts';
import { bodyRows, Frame, type Size } from '../kit/frame.tsx';
import type { LineContent } from '../kit/line.tsx';
import { ListPanel } from '../kit/list-panel.tsx';
import { Panel, panelTextHeight, panelTextWidth } from '../kit/panel.tsx';
import { useScroll } from '../kit/scroll.ts';
import { wrapCells } from '../wrap-cells.ts';
import { Debrief } from './debrief.tsx';
import { evidenceLines, itemWords } from './evidence-lines.ts';

export type ScorecardProps = {
  /** The items are empty where nothing could be judged. */
  readonly closing: Closing;
  readonly journal: readonly JournalEvent[];
  readonly size: Size;
  /** After each answer, with all that were given so far. */
  readonly onAnswers: (answers: readonly DebriefAnswer[]) => void;
  readonly onDone: () => void;
};

type View = 'report' | 'evidence' | 'debrief';

/** Of the selected item: its frame, itself, and two lines of what was to be seen. */
const itemHeight = 5;

export const Scorecard = (props: ScorecardProps): ReactElement => {
  const { closing, journal, size } = props;
  const { items, questions, scored } = closing;
  const [view, setView] = useState<View>('report');
  const [chosen, setChosen] = useState(0);
  const [answers, setAnswers] = useState<readonly DebriefAnswer[]>([]);
  const scroll = useScroll(0);
  const evidenceScroll = useScroll(0);
  const item = items[chosen];

  const width = panelTextWidth(size.columns);
  const below = item === undefined || view === 'evidence' ? 0 : itemHeight;
  const height = bodyRows(size) - below;
  const lines: readonly LineContent[] =
    view === 'evidence' && item !== undefined ? evidenceLines(item, { journal, scored, width }) : closing.report(width);
  const { top, by, to } = view === 'evidence' ? evidenceScroll : scroll;
  const page = panelTextHeight(height);
  const choose = (step: number): void => {
    if (items.length > 0) setChosen((chosen + step + items.length) % items.length);
    evidenceScroll.to(0);
  };

  useInput((input, key) => {
    if (view === 'debrief') return;
    if (key.downArrow || input === 'j') by(1, lines.length, page);
    else if (key.upArrow || input === 'k') by(-1, lines.length, page);
    else if (key.pageDown || input === ' ') by(page - 1, lines.length, page);
    else if (key.pageUp) by(1 - page, lines.length, page);
    else if (key.home || input === 'g') to(0);
    else if (key.end || input === 'G') to(null);
    else if (key.tab) choose(key.shift ? -1 : 1);
    else if (view === 'evidence' && (key.escape || key.return || input === 'q')) setView('report');
    else if (key.return && item !== undefined) setView('evidence');
    else if ((input === 'D' || input === 'd') && questions.length > 0) setView('debrief');
    else if (input === 'q') props.onDone();
  });

  if (view === 'debrief')
    return (
      <Debrief
        questions={questions}
        answers={answers}
        size={size}
        onAnswers={(given) => {
          setAnswers(given);
          props.onAnswers(given);
        }}
        onBack={() => setView('report')}
      />
    );
  const header = [{ text: ' gameday', bold: true }, { text: `  ${closing.title}` }];
  return (
    <Frame size={size} header={header} keys={keysOf(view, item !== undefined, questions.length > 0)}>
      <ListPanel
        title={view === 'evidence' && item !== undefined ? itemWords(item, scored) : 'Scorecard'}
        width={size.columns}
        height={height}
        lines={lines}
        top={top}
        focused
      />
      {below > 0 && item !== undefined && (
        <Panel
          title={`Item ${chosen + 1} of ${items.length}`}
          width={size.columns}
          height={below}
          lines={[[{ text: itemWords(item, scored), bold: true }], ...wrapCells(item.visible, width)]}
          foot="Enter: why"
        />
      )}
    </Frame>
  );
};

const keysOf = (
  view: View,
  hasItems: boolean,
  hasQuestions: boolean,
): readonly { readonly key: string; readonly does: string }[] => [
  { key: '↑↓', does: 'move' },
  ...(hasItems ? [{ key: 'Tab', does: 'next item' }] : []),
  ...(hasItems && view === 'report' ? [{ key: 'Enter', does: 'why' }] : []),
  ...(hasQuestions ? [{ key: 'D', does: 'debrief' }] : []),
  view === 'evidence' ? { key: 'Esc', does: 'back' } : { key: 'q', does: 'done' },
];
