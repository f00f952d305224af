/**
 * Undoing what a dead run left, from its folder alone. Carried out by the watchdog at once, or by the next command that
 * finds it.
 *
 * A run's folder lies in a project, and a project may come from anybody. So a log found there is not believed: the only
 * thing that is ever carried out from it is the removal of that very run's own folder among the temporary ones. Everything
 * else of a run of ours lives inside, and is gone with it.
 */
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GamedayError, reasonOf } from '../errors.ts';
import { resumeJournal, type Journal } from '../journal/journal.ts';
import { identityOf, isRunning, ownerState, type ProcessIdentity } from './owner.ts';
import { folderRemove } from '../environments/removal.ts';
import { rollback } from './rollback.ts';
import { isRunFolder } from './run-folder.ts';
import { decodeUndoLog, isSettled, openUndoLog, type UndoEntry } from './undo-log.ts';

export type DeadRun = { readonly runFolder: string; readonly runId: string; readonly unsettled: readonly UndoEntry[] };

export const undoLogFile = (runFolder: string): string => join(runFolder, 'undo.log');
export const journalFile = (runFolder: string): string => join(runFolder, 'journal.jsonl');

/**
 * Runs below `runsFolder` that left something and whose conductor is gone.
 *
 * @throws {GamedayError} RESIDUE for an undo log that cannot be read: nobody can say then that nothing is left.
 */
export const deadRuns = (runsFolder: string): readonly DeadRun[] => {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder).flatMap((runId) => {
    const runFolder = join(runsFolder, runId);
    const log = undoLogFile(runFolder);
    if (!isOwnFile(log)) return [];
    const unsettled = entriesIn(log).filter((entry) => !isSettled(entry));
    return unsettled.length === 0 || ownerState(runFolder) !== 'dead' ? [] : [{ runFolder, runId, unsettled }];
  });
};

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

/** @returns What could not be undone. Also ends the run's journal, saying by whom. */
export const recoverRun = async (runFolder: string, by: 'watchdog' | 'operator'): Promise<readonly UndoEntry[]> => {
  const unlock = lock(runFolder);
  const log = openUndoLog(undoLogFile(runFolder));
  const journal = journalOf(runFolder);
  const faultOf = faultsIn(journal);
  try {
    await rollback({
      log,
      undoers: { 'folder.remove': folderRemove },
      acts: undefined,
      only: ({ record }) => record.kind === 'folder.remove' && isRunFolder(record.folder, basename(runFolder)),
      onChange: (entry, state) => {
        const faultId = faultOf.get(entry.id);
        if (faultId === undefined) return;
        if (state === 'undone') journal?.append({ type: 'fault.undone', faultId, undoId: entry.id, by });
        if (state === 'verified') journal?.append({ type: 'fault.verified', faultId, undoId: entry.id });
      },
    });
    const residue = log.entries().filter((entry) => !isSettled(entry));
    for (const { id, reason = 'nobody here may undo it', byHand } of residue) {
      const faultId = faultOf.get(id);
      if (faultId !== undefined) journal?.append({ type: 'fault.undoFailed', faultId, reason, byHand });
    }
    if (journal?.events.every((event) => event.type !== 'run.ended') === true) {
      journal.append({ type: 'run.failed', reason: `the conductor died; undone by the ${by}` });
      journal.append({ type: 'run.ended', outcome: 'failed', residue: residue.map((entry) => entry.what) });
    }
    return residue;
  } finally {
    journal?.close();
    log.close();
    unlock();
  }
};

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
