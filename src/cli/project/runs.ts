/** The runs of a project, as far as later runs and lists need to know them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nearestName } from '../../documents/suggestion.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import { decodeJournal } from '../../journal/codec.ts';
import type { JournalEvent, JournalFact } from '../../journal/events.ts';
import { ownerState } from '../../safety/owner.ts';
import type { PlayedDrill } from '../../screen/history/comparable-drills.ts';
import { journalFile } from '../../safety/recovery.ts';
import type { CommandContext } from '../command.ts';

/** A run in one line; kept in its folder as `summary.json` when it has been judged. */
export type RunSummary = {
  readonly runId: string;
  readonly startedAt: string;
  readonly mode: 'verify' | 'drill';
  readonly experiment: string;
  /** The name of its exit: `passed`, `failed`, `inconclusive`, … */
  readonly outcome: string;
  readonly runbook: string | null;
  /** A runbook was chosen by hand (`--runbook`, the matrix): says something of that runbook, not of the experiment. */
  readonly onTrial: boolean;
  /** Who ended it before its time, and why; absent where nobody did. */
  readonly stopped?: Pick<Extract<JournalFact, { type: 'run.stopped' }>, 'by' | 'reason'>;
  /** Points of 100; null where the run has none. Runs of before it was kept say nothing. */
  readonly readiness?: number | null;
  /** What drills are compared by. */
  readonly drill?: Omit<PlayedDrill, 'runId' | 'experiment' | 'when' | 'readiness'>;
};

const summaryFile = (runFolder: string): string => join(runFolder, 'summary.json');

export const keepSummary = (runFolder: string, summary: RunSummary): void =>
  writeFileSync(summaryFile(runFolder), `${JSON.stringify(summary, null, 2)}\n`);

/** For a summary. */
export const stoppedIn = (events: readonly JournalEvent[]): Pick<RunSummary, 'stopped'> => {
  const event = events.find((each) => each.type === 'run.stopped');
  return event === undefined ? {} : { stopped: { by: event.by, reason: event.reason } };
};

/** The ids of all runs, newest first. */
export const runIds = (runsFolder: string): readonly string[] =>
  existsSync(runsFolder) ? readdirSync(runsFolder).toSorted().toReversed() : [];

/** A next step for a run that is not there. */
export const suggestRun = (run: string, known: readonly string[]): string => {
  const nearest = nearestName(run, known);
  return nearest === undefined ? 'gameday list runs shows the runs of this project' : `did you mean "${nearest}"?`;
};

/** Newest first; runs that were never judged (killed, or still going on) are not among them. */
export const summaries = (runsFolder: string): readonly RunSummary[] =>
  runIds(runsFolder).flatMap((run) => summaryOf(join(runsFolder, run)) ?? []);

/** Newest first, with those that were never judged: their outcome is `going on` or `cut short`. */
export const allRuns = (runsFolder: string): readonly RunSummary[] =>
  runIds(runsFolder).flatMap((run) => {
    const runFolder = join(runsFolder, run);
    return summaryOf(runFolder) ?? unjudged(runFolder) ?? [];
  });

const summaryOf = (runFolder: string): RunSummary | undefined => {
  try {
    return JSON.parse(readFileSync(summaryFile(runFolder), 'utf8')) as RunSummary;
  } catch {
    return undefined;
  }
};

/** From the first line of its journal. */
const unjudged = (runFolder: string): RunSummary | undefined => {
  try {
    const text = readFileSync(journalFile(runFolder), 'utf8');
    const [started] = decodeJournal(text.slice(0, text.indexOf('\n') + 1)).events;
    if (started?.type !== 'run.started') return undefined;
    const { runId, startedAt, plan } = started;
    const outcome = { alive: 'going on', dead: 'cut short', elsewhere: 'elsewhere' }[ownerState(runFolder)];
    return {
      runId,
      startedAt,
      mode: plan.mode,
      experiment: plan.experiment.name,
      outcome,
      runbook: null,
      onTrial: plan.runbook?.file != null,
    };
  } catch {
    return undefined;
  }
};

export const historyOf = (
  runsFolder: string,
  experiment: string,
): Extract<JournalFact, { type: 'run.started' }>['history'] =>
  summaries(runsFolder)
    .filter((summary) => summary.experiment === experiment && !summary.onTrial)
    .slice(0, 20)
    .map(({ runId, startedAt, mode, outcome }) => ({ runId, startedAt, mode, outcome }));

/** Where the runs of this project are; undefined outside of one: a copied run needs no project around it. */
export const runsFolderOf = (context: CommandContext): string | undefined => {
  try {
    return context.folders().runsFolder;
  } catch (error) {
    if (error instanceof GamedayError) return undefined;
    throw error;
  }
};

/**
 * Where the journal of a run lies.
 *
 * @throws {GamedayError} USAGE when there is none.
 */
export const journalFileOf = (runsFolder: string | undefined, run: string): string => {
  const folders = [run, ...(runsFolder === undefined ? [] : [join(runsFolder, run)])];
  const files = [...(run.endsWith('.jsonl') ? [run] : []), ...folders.map(journalFile)];
  const file = files.find((each) => existsSync(each));
  if (file === undefined)
    throw new GamedayError('USAGE', {
      message: `there is no run "${run}", nor a folder of that name with a journal.jsonl in it`,
      hint: suggestRun(run, runsFolder === undefined ? [] : runIds(runsFolder)),
    });
  return file;
};

/**
 * The journal of a run that nobody works on any more. Before that it has no verdict, and who fights it would read there
 * what was broken.
 *
 * @throws {GamedayError} USAGE where it is still going on, or as `journalOf`.
 */
export const endedJournalOf = (runsFolder: string | undefined, run: string): readonly JournalEvent[] => {
  const journal = journalOf(runsFolder, run);
  const going = ownerState(dirname(journalFileOf(runsFolder, run))) === 'alive';
  if (going && !journal.some(({ type }) => type === 'run.ended'))
    throw new GamedayError('USAGE', {
      message: `run ${run} is still going on`,
      hint: 'wait for its end; of a drill, gameday resume shows what its responder may see, and gameday stop ends it',
    });
  return journal;
};

/**
 * The journal of a run.
 *
 * @param run Its id, or the path of its folder or journal, which may have been copied from another machine.
 * @throws {GamedayError} USAGE when there is none, DOCUMENT_INVALID when it was damaged or is of another version.
 */
export const journalOf = (runsFolder: string | undefined, run: string): readonly JournalEvent[] => {
  const file = journalFileOf(runsFolder, run);
  const damaged = (message: string, line: number, cause?: unknown): GamedayError =>
    new GamedayError(
      'DOCUMENT_INVALID',
      {
        message,
        at: { file, line, column: 1 },
        hint: 'copy it again from the machine of the run; verdicts need all of it',
      },
      { cause },
    );
  let events: readonly JournalEvent[];
  try {
    ({ events } = decodeJournal(readFileSync(file, 'utf8')));
  } catch (cause) {
    const reason = reasonOf(cause);
    throw damaged(reason, Number(/^journal line (\d+)/.exec(reason)?.[1] ?? 1), cause);
  }
  const [first] = events;
  if (first?.type !== 'run.started') throw damaged('a journal begins with run.started; this one does not', 1);
  const written: unknown = (first as { plan?: { version?: unknown } }).plan?.version;
  if (written !== 1) throw damaged(`the plan in this journal is of version ${String(written)}; expected 1`, 1);
  return events;
};
