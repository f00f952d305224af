/**
 * A drill before a person: on a whole screen where there is one, else line by line. Both are clients of the session and
 * hold nothing of the run; what is said afterwards comes from its journal.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClock } from '../../clock.ts';
import { GamedayError } from '../../errors.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { columns as reportColumns } from '../../reports/plain-text.ts';
import { programPath } from '../../program.ts';
import { ownerState } from '../../safety/owner.ts';
import type { DebriefAnswer, FromScreen, ScreenStart, ToScreen } from '../../screen/ipc.ts';
import type { PlainParts } from '../../screen/plain.ts';
import { seconds } from '../../units.ts';
import type { CommandContext } from '../command.ts';
import type { PlayedRun } from './launch.ts';
import { journalOf } from '../project/runs.ts';
import { showScreen, type ScreenEnd } from '../terminal/screen-process.ts';
import { drillExit, hasEnded, pressStop, restoredWithin } from '../stopping.ts';
import { restoreTerminal, screenEnvironment, whyPlain, type Face } from '../terminal/terminal.ts';

type EndOfInput = PlainParts['atEndOfInput'];

/**
 * @param atEndOfInput What an input that ends, line by line, means for the run.
 * @returns The exit code.
 */
export const play = async (
  context: CommandContext,
  run: PlayedRun,
  plain: boolean,
  atEndOfInput: EndOfInput = 'stop',
): Promise<number> => {
  const { terminal, env } = context;
  const why = whyPlain(terminal.face, env);
  if (!plain && why === undefined) return playOnScreen(context, run);
  if (!plain) terminal.err(`gameday: ${why}: the drill goes line by line`);
  return playInLines(context, run, atEndOfInput);
};

const playOnScreen = async (context: CommandContext, run: PlayedRun): Promise<number> => {
  const { url, token } = run.address;
  const end = await openScreen(context, { view: 'drill', session: { url, token }, runId: run.runId }, (message) => {
    if ('debrief' in message) keepDebrief(run.runFolder, message.debrief.answers);
  });
  return afterScreen(context, end, run);
};

/** The screen, with this terminal and its guard behind it. Ends when the command is to end. */
export const openScreen = (
  context: CommandContext,
  start: ScreenStart | Promise<ScreenStart>,
  onMessage: (message: FromScreen, reply: (message: ToScreen) => void) => void,
  signal: AbortSignal = AbortSignal.any([context.signal, context.guard.gone]),
): Promise<ScreenEnd> => {
  const { guard, terminal, env } = context;
  let screen: number | null = null;
  let runId = 'view' in start && start.view === 'drill' ? start.runId : null;
  const tellGuard = (): void => guard.terminalTaken(screen === null ? null : { pid: screen, runId });
  return showScreen({
    program: programPath('../../screen/main.ts', import.meta.url),
    start,
    env: screenEnvironment(env),
    signal,
    onMessage: (message, reply) =>
      onMessage(message, (answer) => {
        if ('session' in answer && 'runId' in answer.session) ({ runId } = answer.session);
        tellGuard();
        reply(answer);
      }),
    onTerminalTaken: (pid) => {
      screen = pid;
      tellGuard();
    },
    restore: () => restoreTerminal(terminal.write),
  });
};

/**
 * What is left to say and to do when a screen is gone.
 *
 * @param run The drill that it showed; null where it never came to one.
 * @returns The exit code.
 */
export const afterScreen = async (context: CommandContext, end: ScreenEnd, run: PlayedRun | null): Promise<number> => {
  const say = (text: string): void => {
    if (text !== '') context.terminal.err(text);
  };
  switch (end.type) {
    case 'done':
      return run === null ? 0 : conclude(context, run);
    case 'closed':
      if (run === null) return 0;
      if (context.signal.aborted) return restore(context, run);
      say(goesOn(run));
      return 3;
    case 'frozen':
      say('gameday: the screen did not answer any more and was ended');
      say(goesOn(run));
      return 137;
    case 'died':
      say(end.says);
      say(`gameday: the screen ended with ${end.code}`);
      say(goesOn(run));
      return end.code === 0 ? 3 : end.code;
    default:
      return end satisfies never;
  }
};

const goesOn = (run: PlayedRun | null): string =>
  run === null
    ? ''
    : `gameday: the drill goes on; take it up again: gameday resume ${run.runId}\n` +
      'gameday: when nobody has come for 60 s, it is stopped and everything restored';

/** Its conductor is gone and the record has no end: a full disk, or a watchdog that is still at it. */
const cutShort = ({ runId }: PlayedRun): string =>
  `gameday: the record of ${runId} ends before the drill did\n` +
  'gameday: gameday recover tells whether anything is left of it, and undoes that';

const playInLines = async (context: CommandContext, run: PlayedRun, atEndOfInput: EndOfInput): Promise<number> => {
  const { terminal, signal, guard } = context;
  const { playPlain } = await import('../../screen/plain.ts');
  const { write, face } = terminal;
  const lines = endingWith(guard.gone, terminal.lines());
  const columns = widthOf(face);
  const interactive = face.inputIsTerminal && face.outputIsTerminal;
  const parts = { clock: startClock(), signal, atEndOfInput };
  const end = await playPlain(run.address, { write, lines, columns, interactive }, parts);
  await lines.return?.();
  switch (end.type) {
    case 'left':
      terminal.out(goesOn(run));
      return 0;
    case 'lost':
      return 3;
    case 'ended':
      if (end.answers.length > 0) keepDebrief(run.runFolder, end.answers);
      await hasEnded(run.runFolder, closesWithin);
      return drillExit(end.journal);
    default:
      return end satisfies never;
  }
};

/** The same lines, over as soon as the terminal is somebody else's. */
const endingWith = (gone: AbortSignal, lines: AsyncIterator<string, unknown>): AsyncIterator<string, unknown> => {
  const over = new Promise<IteratorReturnResult<unknown>>((resolve) => {
    const end = (): void => resolve({ done: true, value: undefined });
    if (gone.aborted) end();
    gone.addEventListener('abort', end, { once: true });
  });
  return {
    next: () => Promise.race([lines.next(), over]),
    return: async () => (await lines.return?.()) ?? { done: true, value: undefined },
  };
};

/** Reports are at most as wide as they are everywhere; what is no terminal has no width. */
const widthOf = (face: Face): number => Math.min(face.columns === 0 ? reportColumns : face.columns, reportColumns);

/** Ctrl-C, or a signal: nothing stays broken because a person has gone. */
const restore = async (context: CommandContext, run: PlayedRun): Promise<number> => {
  context.terminal.err('gameday: stopping the drill and restoring …');
  await pressStop(run.address, 'interrupted').catch((error: unknown) => {
    if (!(error instanceof GamedayError)) throw error; // It has ended already, which is what was wanted.
  });
  await hasEnded(run.runFolder, restoredWithin);
  return conclude(context, run);
};

/** A conductor serves for 15 s after the end at most. */
const closesWithin = seconds(20);

/** The result, where it stays in the scrollback. */
const conclude = async (context: CommandContext, run: PlayedRun): Promise<number> => {
  const { out, face } = context.terminal;
  const { closingOf } = await import('../../screen/closing.ts');
  const journal = await endedJournal(context, run);
  if (journal === undefined) {
    const going = ownerState(run.runFolder) === 'alive';
    out(going ? goesOn(run) : cutShort(run));
    return going ? 0 : 3;
  }
  await hasEnded(run.runFolder, closesWithin);
  out(closingOf(journal).report(widthOf(face)).join('\n'));
  return drillExit(journal);
};

const endedJournal = async (
  context: CommandContext,
  { runId }: PlayedRun,
): Promise<readonly JournalEvent[] | undefined> => {
  const { runsFolder } = context.folders();
  const journal = journalOf(runsFolder, runId);
  return journal.some(({ type }) => type === 'run.ended') ? journal : undefined;
};

/** What the team answered stays with the run, and leaves this machine only with its folder. */
export const keepDebrief = (runFolder: string, answers: readonly DebriefAnswer[]): void =>
  writeFileSync(join(runFolder, 'debrief.json'), `${JSON.stringify({ schemaVersion: 1, answers }, null, 2)}\n`, {
    mode: 0o600,
  });
