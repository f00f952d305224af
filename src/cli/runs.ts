/** The runs of a project, as far as later runs and lists need to know them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GamedayError } from '../errors.ts';
import { decodeJournal } from '../journal/codec.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import { journalFile } from '../safety/recovery.ts';

/** A run in one line; kept in its folder as `summary.json` when it has been judged. */
export type RunSummary = {
  readonly runId: string;
  readonly startedAt: string;
  readonly mode: 'verify' | 'drill';
  readonly experiment: string;
  /** The name of its exit: `passed`, `failed`, `inconclusive`, … */
  readonly outcome: string;
  readonly runbook: string | null;
};

const summaryFile = (runFolder: string): string => join(runFolder, 'summary.json');

export const keepSummary = (runFolder: string, summary: RunSummary): void =>
  writeFileSync(summaryFile(runFolder), `${JSON.stringify(summary, null, 2)}\n`);

/** Newest first; runs that were never judged (killed, or still going on) are not among them. */
export const summaries = (runsFolder: string): readonly RunSummary[] => {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder)
    .toSorted()
    .toReversed()
    .flatMap((run) => {
      try {
        return [JSON.parse(readFileSync(summaryFile(join(runsFolder, run)), 'utf8')) as RunSummary];
      } catch {
        return [];
      }
    });
};

export const historyOf = (
  runsFolder: string,
  experiment: string,
): Extract<JournalFact, { type: 'run.started' }>['history'] =>
  summaries(runsFolder)
    .filter((summary) => summary.experiment === experiment)
    .slice(0, 20)
    .map(({ runId, startedAt, mode, outcome }) => ({ runId, startedAt, mode, outcome }));

/**
 * The journal of a run.
 *
 * @param run Its id, or the path of a run's folder, which may have been copied from another machine.
 * @throws {GamedayError} USAGE when there is none, DOCUMENT_INVALID when it was damaged.
 */
export const journalOf = (runsFolder: string | undefined, run: string): readonly JournalEvent[] => {
  const folders = [run, ...(runsFolder === undefined ? [] : [join(runsFolder, run)])];
  const file = folders.map(journalFile).find((each) => existsSync(each));
  if (file === undefined)
    throw new GamedayError('USAGE', {
      message: `there is no run "${run}"`,
      hint: 'gameday list runs shows the runs of this project',
    });
  try {
    return decodeJournal(readFileSync(file, 'utf8')).events;
  } catch (cause) {
    throw new GamedayError(
      'DOCUMENT_INVALID',
      { message: `${file} cannot be read: ${(cause as Error).message}` },
      { cause },
    );
  }
};
