/**
 * Undoing what a dead run left, from its folder alone. Carried out by the watchdog at once, or by the next command that
 * finds it.
 *
 * A run's folder lies in a project, and a project may come from anybody. So a log found there is not believed: what is
 * carried out from it is the removal of that very run's own folder among the temporary ones (and of the containers that
 * bear its name), with which everything that lives inside is gone, and the undo of what outlives it only at addresses that
 * this party was given by somebody else than the log (`reach.ts`). Looking is always allowed: what is seen to be gone is
 * settled.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { containersRemoval, containersRemove } from '../environments/containers/removal.ts';
import { folderRemove } from '../environments/removal.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { decodeJournal } from '../journal/codec.ts';
import type { JournalFact } from '../journal/events.ts';
import { resumeJournal, type Journal } from '../journal/journal.ts';
import { identityOf, isRunning, ownerState, type ProcessIdentity } from './owner.ts';
import { reachNothing, type Reach } from './reach.ts';
import { rollback, type Undoer, type Undoers } from './rollback.ts';
import { isRunFolder } from './run-folder.ts';
import {
  decodeUndoLog,
  isSettled,
  leftBehind,
  mayBeActive,
  openUndoLog,
  type UndoEntry,
  type UndoRecord,
} from './undo-log.ts';

export type DeadRun = { readonly runFolder: string; readonly runId: string; readonly unsettled: readonly UndoEntry[] };

export const undoLogFile = (runFolder: string): string => join(runFolder, 'undo.log');
export const journalFile = (runFolder: string): string => join(runFolder, 'journal.jsonl');

/**
 * Runs below `runsFolder` that left something and whose conductor is gone.
 *
 * @throws {GamedayError} RESIDUE for an undo log that cannot be read: nobody can say then that nothing is left.
 */
export const deadRuns = (runsFolder: string): readonly DeadRun[] => {
  return runFoldersIn(runsFolder).flatMap((runFolder) => {
    const log = undoLogFile(runFolder);
    if (!isOwnFile(log)) return [];
    const unsettled = entriesIn(log).filter((entry) => !isSettled(entry));
    const runId = basename(runFolder);
    return unsettled.length === 0 || ownerState(runFolder) !== 'dead' ? [] : [{ runFolder, runId, unsettled }];
  });
};

const runFoldersIn = (runsFolder: string): readonly string[] =>
  existsSync(runsFolder) ? readdirSync(runsFolder).map((runId) => join(runsFolder, runId)) : [];

/** A plain file that belongs to this account: not a link to somewhere else, not somebody else's. */
const isOwnFile = (file: string): boolean => {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && (process.getuid === undefined || found.uid === process.getuid());
};

const entriesIn = (log: string): readonly UndoEntry[] => {
  try {
    return decodeUndoLog(readFileSync(log, 'utf8'));
  } catch (cause) {
    throw new GamedayError(
      'RESIDUE',
      {
        message: `what ${log} recorded may still be active: ${reasonOf(cause)}`,
        hint: `read it, undo by hand what it names, then remove ${dirname(log)}`,
      },
      { cause },
    );
  }
};

/** What a party to a recovery can undo besides removing a run's folder, and where. */
export type Recovery = { readonly undoers: Partial<Undoers>; readonly reach: Reach };

/** What a conductor had sent when it was killed may still arrive; only then is it undone for good. */
const arrivesWithinMs = 250;

/** @returns What is not settled: what may be active, and what only has to be removed. Also ends the run's journal, saying by whom. */
export const recoverRun = async (
  runFolder: string,
  by: 'watchdog' | 'operator',
  { undoers, reach }: Recovery = { undoers: {}, reach: reachNothing },
): Promise<readonly UndoEntry[]> => {
  const unlock = lock(runFolder);
  const log = openUndoLog(undoLogFile(runFolder));
  const journal = journalOf(runFolder);
  const record = (fact: JournalFact): void => void journal?.append(fact);
  const faultOf = faultsIn(journal);
  try {
    recordSettled(log.entries(), journal, faultOf);
    if (log.entries().some(({ state, livesIn }) => state === 'intended' && livesIn === undefined))
      await sleepFor(arrivesWithinMs);
    await rollback({
      log,
      undoers: {
        ...undoers,
        'folder.remove': folderOfRun(basename(runFolder)),
        'containers.remove': containersOfRun(basename(runFolder)),
      },
      acts: undefined,
      reach,
      // What lives in a folder is gone with it; it needs no undo of its own, which could not work any more.
      only: ({ livesIn }) => livesIn === undefined,
      onChange: (entry, state) => {
        const faultId = faultOf.get(entry.id);
        if (faultId === undefined) return;
        if (state === 'undone') record({ type: 'fault.undone', faultId, undoId: entry.id, by });
        if (state === 'verified') record({ type: 'fault.verified', faultId, undoId: entry.id });
      },
    });
    const unsettled = log.entries().filter((entry) => !isSettled(entry));
    const residue = unsettled.filter(mayBeActive);
    for (const { id, reason = 'what it lives in could not be removed', byHand } of residue) {
      const faultId = faultOf.get(id);
      if (faultId !== undefined && !isTold(journal, faultId, reason))
        record({ type: 'fault.undoFailed', faultId, reason, byHand });
    }
    if (journal !== undefined && !hasEnd(journal)) {
      record({ type: 'run.failed', reason: `the conductor died; undone by the ${by}` });
      record({
        type: 'run.ended',
        outcome: 'failed',
        residue: residue.map(({ what, byHand }) => `${what}; by hand: ${byHand}`),
        ...leftBehind(unsettled),
      });
    }
    return unsettled;
  } finally {
    journal?.close();
    log.close();
    unlock();
  }
};

/** The removal of one of this run's folders, and of no other; of another it is only seen whether it is there. */
const folderOfRun = (runId: string): Undoer<Extract<UndoRecord, { kind: 'folder.remove' }>> => ({
  undo: async (record, context) => {
    if (isRunFolder(record.folder, runId)) await folderRemove.undo(record, context);
    else if (existsSync(record.folder)) throw new Error(`${record.folder} is not a folder of this run`);
  },
  verify: folderRemove.verify,
});

const containersOfRun = (runId: string): Undoer<Extract<UndoRecord, { kind: 'containers.remove' }>> => ({
  undo: async (record, context) => {
    if (!isRunFolder(join(realpathSync(tmpdir()), record.project), runId))
      throw new Error(`${record.project} is not a project of this run`);
    // What runs no more need not be waited for.
    const { undo } = (await containersRemove.hasEnded(record)) ? containersRemoval(0) : containersRemove;
    await undo(record, context);
  },
  verify: containersRemove.verify,
  hasEnded: containersRemove.hasEnded,
});

/** A journal that could not be written any more (a full disk) does not know of what was seen restored since. */
const recordSettled = (
  entries: readonly UndoEntry[],
  journal: Journal | undefined,
  faultOf: ReadonlyMap<string, string>,
): void => {
  const told = new Set(journal?.events.flatMap((event) => (event.type === 'fault.verified' ? [event.undoId] : [])));
  for (const { id } of entries.filter((entry) => isSettled(entry) && !told.has(entry.id))) {
    const faultId = faultOf.get(id);
    if (faultId === undefined) continue;
    journal?.append({ type: 'fault.undone', faultId, undoId: id, by: 'run' });
    journal?.append({ type: 'fault.verified', faultId, undoId: id });
  }
};

/** Every command looks again; the journal need not say each time that it was in vain. */
const isTold = (journal: Journal | undefined, faultId: string, reason: string): boolean =>
  journal?.events.some(
    (event) => event.type === 'fault.undoFailed' && event.faultId === faultId && event.reason === reason,
  ) === true;

const hasEnd = ({ events }: Pick<Journal, 'events'>): boolean => events.some(({ type }) => type === 'run.ended');

/**
 * Runs that are over, whose undo log is settled, and whose journal has no end: a full disk, or a kill in the last moment.
 * `recoverRun` gives it one.
 */
export const unendedRuns = (runsFolder: string): readonly string[] =>
  runFoldersIn(runsFolder).filter((runFolder) => {
    const [log, journal] = [undoLogFile(runFolder), journalFile(runFolder)];
    if (!isOwnFile(log) || !isOwnFile(journal) || ownerState(runFolder) !== 'dead') return false;
    try {
      return entriesIn(log).every((entry) => isSettled(entry)) && !hasEnd(decodeJournal(readFileSync(journal, 'utf8')));
    } catch {
      return false; // damaged: nothing can be written behind it
    }
  });

/** The record of the run, where it can be taken up. The undo log alone is enough to undo. */
const journalOf = (runFolder: string): Journal | undefined => {
  const file = journalFile(runFolder);
  if (!isOwnFile(file)) return undefined;
  try {
    return resumeJournal(file);
  } catch {
    return undefined;
  }
};

/**
 * Two never undo one run at once: their journals would be one heap of lines.
 *
 * @throws {GamedayError} RESIDUE while another process is at it.
 */
const lock = (runFolder: string): (() => void) => {
  const file = join(runFolder, 'recovering');
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, JSON.stringify(identityOf(process.pid)));
    closeSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A disk without room for a lock has none for a second party's journal either.
    if (code !== 'EEXIST') return () => {};
    const holder = readIdentity(file);
    if (holder !== undefined && isRunning(holder))
      throw new GamedayError('RESIDUE', {
        message: `process ${holder.pid} is undoing ${basename(runFolder)} just now`,
        hint: 'wait for it, then try again',
      });
    rmSync(file, { force: true });
    return lock(runFolder);
  }
  return () => rmSync(file, { force: true });
};

const readIdentity = (file: string): ProcessIdentity | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
};

const faultsIn = (journal: Journal | undefined): ReadonlyMap<string, string> =>
  new Map(
    journal?.events.flatMap((event) =>
      event.type === 'fault.intended' ? [[event.undoId, event.faultId] as const] : [],
    ),
  );
