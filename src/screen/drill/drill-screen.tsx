/**
 * The responder's screen while it happens. The session is behind `onAction`; what the screen shows of it comes back as
 * events in the model, so that what was only typed never looks done.
 */
import { Box, useWindowSize, type Key } from 'ink';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import type { Action, Reply } from '../../drill/action.ts';
import { reasonOf } from '../../errors.ts';
import type { Ms } from '../../units.ts';
import { ChoiceDialog } from '../kit/choice-dialog.tsx';
import { Frame, type Size } from '../kit/frame.tsx';
import type { KeyHint } from '../kit/footer.tsx';
import { InputLine, useLineKeys } from '../kit/input-line.tsx';
import { Line } from '../kit/line.tsx';
import { useLook } from '../kit/look.ts';
import { panelTextWidth } from '../kit/panel.tsx';
import type { ScrollTop } from '../kit/scroll.ts';
import type { Model } from '../model.ts';
import type { LinkState } from '../session-client.ts';
import { vocabularyOf } from '../vocabulary.ts';
import { wrapCells } from '../wrap-cells.ts';
import {
  answered,
  completed,
  emptyBar,
  entered,
  noticed,
  steppedBack,
  typed,
  withHelp,
  type CommandBar,
  type Notice,
} from './command-bar.ts';
import { DrillBody, type Output } from './drill-body.tsx';
import { headerLine } from './header.ts';
import { panelNames } from './layout.ts';
import { usePanels } from './panels.ts';

export type DrillScreenProps = {
  readonly model: Model;
  /** The run's clock now. */
  readonly nowMs: Ms;
  readonly link: LinkState;
  readonly onAction: (action: Action) => Promise<Reply>;
  /** `detach`: the run goes on. Stopping is an action, and the screen stays to show how everything is restored. */
  readonly onQuit: (why: 'detach' | 'over') => void;
};

export const DrillScreen = ({ model, nowMs, link, onAction, onQuit }: DrillScreenProps): ReactElement => {
  const size = useWindowSize();
  const look = useLook();
  const panels = usePanels();
  const [bar, setBar] = useState<CommandBar>(emptyBar);
  const [leaving, setLeaving] = useState(false);
  const over = model.phase === 'over' || link === 'lost';
  const { asked, answer } = bar;
  const output = useMemo(
    () => outputOf(asked, answer, panels.outputTop, size.columns),
    [asked, answer, panels.outputTop, size.columns],
  );

  // One command at a time: what waits is sent once, when it begins to wait.
  const { waiting } = bar;
  useEffect(() => {
    if (waiting === null) return;
    const take = (reply: Reply): void => {
      setBar((current) => answered(current, waiting, reply));
      panels.openOutput(waiting.do === 'logs' ? null : 0);
    };
    onAction(waiting).then(take, (error: unknown) => take({ type: 'refused', problem: reasonOf(error), hint: null }));
  }, [waiting]);

  const leave = (): void => (over ? onQuit('over') : setLeaving(true));
  const onKey = (input: string, key: Key): boolean => {
    if (leaving) {
      // The red button asks once, and is its own answer.
      if (key.ctrl && input === 'x') onAnswer('stop');
      return true;
    }
    const empty = bar.line.text === '';
    if (key.ctrl && input === 'z')
      setBar(noticed(bar, 'Ctrl-Z is off while a drill goes on: a stopped screen cannot be paged'));
    else if (key.ctrl && input === 'x') leave();
    else if (key.ctrl && input === 'c') {
      if (empty) leave();
      else setBar(steppedBack(bar) ?? bar);
    } else if (key.return) {
      if (over && empty) onQuit('over');
      else setBar((current) => entered(current, vocabularyOf(model)));
    } else if (key.escape) {
      const back = steppedBack(bar);
      if (back === undefined) panels.rest();
      setBar(back ?? { ...bar, notice: null });
    } else if (panels.onKey(key, { model, nowMs, size, look, output })) return true;
    else if (key.tab) setBar(completed(bar, vocabularyOf(model)));
    else if (empty && bar.asked === null && input === 'q') leave();
    else if (empty && bar.asked === null && input === '?') openHelp();
    else if (empty && bar.asked === null && /^[1-5]$/.test(input)) {
      panels.focusOn(panelNames[Number(input) - 1] ?? 'timeline');
      setBar({ ...bar, answer: null });
    } else return false;
    return true;
  };
  const openHelp = (): void => {
    panels.openOutput(0);
    setBar(withHelp(bar));
  };
  // It listens behind the dialog, too: without a listener the terminal would take the keyboard back and echo it.
  useLineKeys({ onKey, onEdit: (edit) => !leaving && setBar((current) => typed(current, edit)) });

  const onAnswer = (chosen: 'back' | 'detach' | 'stop'): void => {
    setLeaving(false);
    if (chosen === 'detach') onQuit('detach');
    if (chosen === 'stop') setBar({ ...bar, waiting: { do: 'stop' } });
  };
  const notice = noticeOf(bar, model, link);
  const body: Size = { columns: size.columns, rows: size.rows - 4 };
  return (
    <Frame size={size} header={headerLine(model, nowMs, link, size.columns)} keys={keysOf(bar, over)}>
      <Box flexDirection="column" flexShrink={0} height={body.rows}>
        {leaving ? (
          <ChoiceDialog question="Leave the drill?" choices={leavings} size={body} onAnswer={onAnswer} />
        ) : (
          <DrillBody model={model} nowMs={nowMs} size={size} focus={panels.focus} top={panels.top} output={output} />
        )}
      </Box>
      <Line content={[{ text: ` ${notice.text}`, tone: notice.tone ?? undefined }]} width={size.columns} />
      <InputLine
        prompt={bar.asked === null ? '> ' : `type ${bar.asked.word} > `}
        line={bar.line}
        width={size.columns - 1}
        row={leaving ? null : size.rows - 2}
        aside={bar.asked === null && bar.line.text === '' ? 'a command, or a note in plain words' : ''}
      />
    </Frame>
  );
};

const leavings = [
  { answer: 'back', words: 'back: go on' },
  { answer: 'detach', words: 'detach: the run goes on for 60 s; gameday resume' },
  { answer: 'stop', words: 'stop: undo everything now and end the drill (Ctrl-X)' },
] as const;

const outputOf = (
  asked: CommandBar['asked'],
  answer: CommandBar['answer'],
  top: ScrollTop,
  columns: number,
): Output | null => {
  const width = panelTextWidth(columns);
  if (asked !== null)
    return {
      title: 'Nothing was done yet',
      lines: [...wrapCells(asked.says, width), '', [{ text: `To do it, type  ${asked.word}`, bold: true }]],
      top: 0,
    };
  return answer === null
    ? null
    : { title: answer.title, lines: answer.lines.flatMap((line) => wrapCells(line, width)), top };
};

/** The newest thing that must not be missed. What became of the drill comes before what was answered. */
const noticeOf = ({ notice, waiting }: CommandBar, { phase, stopped, ended }: Model, link: LinkState): Notice => {
  if (ended !== null) return said(endWords(stopped, ended.residue));
  if (link === 'lost') return said('The session is gone; what it broke is being undone. Enter leaves.');
  if (notice?.tone === 'warning') return notice;
  if (phase === 'restoring') return said(`${stopped ?? 'The drill ends'}. Everything is being undone.`);
  return waiting === null ? (notice ?? said('')) : said('sent, waiting for the answer …');
};

const said = (text: string): Notice => ({ text, tone: null });

const endWords = (stopped: string | null, residue: readonly string[]): string =>
  residue.length > 0
    ? `MAY STILL BE ACTIVE: ${residue.join(', ')}. Run: gameday recover`
    : `${stopped ?? 'The drill is over'}. Everything is restored. Enter shows how it went.`;

const keysOf = (bar: CommandBar, over: boolean): readonly KeyHint[] => {
  if (bar.asked !== null)
    return [
      { key: 'Enter', does: 'do it' },
      { key: 'Esc', does: 'cancel' },
    ];
  if (over)
    return [
      { key: 'Enter', does: 'how it went' },
      { key: 'PgUp PgDn', does: 'scroll' },
    ];
  return [
    { key: 'Tab', does: 'words' },
    { key: 'Enter', does: 'send' },
    { key: 'q', does: 'leave' },
    { key: 'Ctrl-X', does: 'stop' },
    { key: '?', does: 'help' },
    { key: '1-5', does: 'panel' },
    { key: 'PgUp PgDn', does: 'scroll' },
    { key: 'Esc', does: 'back' },
  ];
};
