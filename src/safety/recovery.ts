/**
 * Undoing what a dead run left, from its folder alone. Carried out by the watchdog at once, or by the next command that
 * finds it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GamedayError, reasonOf } from '../errors.ts';
import { resumeJournal, type Journal } from '../journal/journal.ts';
import { rollback, type Undoers } from './rollback.ts';
import { decodeUndoLog, isSettled, openUndoLog, type UndoEntry } from './undo-log.ts';

export type DeadRun = { readonly runFolder: string; readonly runId: string; readonly unsettled: readonly UndoEntry[] };

/** Who works on a run; written into its folder when it starts. */
export type Owner = { readonly conductorPid: number; readonly watchdogPid: number };

export const undoLogFile = (runFolder: string): string => join(runFolder, 'undo.log');
export const journalFile = (runFolder: string): string => join(runFolder, 'journal.jsonl');
export const ownerFile = (runFolder: string): string => join(runFolder, 'owner.json');

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
    if (!existsSync(log)) return [];
    const unsettled = entriesIn(log).filter((entry) => !isSettled(entry));
    return unsettled.length === 0 || isAlive(ownerOf(runFolder)?.conductorPid) ? [] : [{ runFolder, runId, unsettled }];
  });
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

export const ownerOf = (runFolder: string): Owner | undefined => {
  try {
    return JSON.parse(readFileSync(ownerFile(runFolder), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
};

/** Alive and a program of ours: a number may have been given to somebody else since. */
export const isAlive = (pid: number | undefined): boolean => {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return /cli\/main|safety\/watchdog/.test(command);
  } catch {
    // No /proc: where a process answers it counts as ours, and the person is told its number.
    return !existsSync('/proc/self/cmdline');
  }
};

/** @returns What could not be undone. Also ends the run's journal, saying by whom. */
export const recoverRun = async (
  runFolder: string,
  undoers: Undoers,
  by: 'watchdog' | 'operator',
): Promise<readonly UndoEntry[]> => {
  const log = openUndoLog(undoLogFile(runFolder));
  const journal = existsSync(journalFile(runFolder)) ? resumeJournal(journalFile(runFolder)) : undefined;
  const faultOf = faultsIn(journal);
  try {
    const residue = await rollback({
      log,
      undoers,
      acts: undefined,
      onChange: (entry, state) => {
        const faultId = faultOf.get(entry.id);
        if (faultId === undefined) return;
        if (state === 'undone') journal?.append({ type: 'fault.undone', faultId, by });
        if (state === 'verified') journal?.append({ type: 'fault.verified', faultId });
      },
    });
    for (const entry of residue) {
      const faultId = faultOf.get(entry.id);
      if (faultId !== undefined)
        journal?.append({
          type: 'fault.undoFailed',
          faultId,
          reason: entry.reason ?? 'not undone',
          byHand: entry.byHand,
        });
    }
    if (journal?.events.every((event) => event.type !== 'run.ended') === true) {
      journal.append({ type: 'run.failed', reason: `the conductor died; undone by the ${by}` });
      journal.append({ type: 'run.ended', outcome: 'failed', residue: residue.map((entry) => entry.what) });
    }
    return residue;
  } finally {
    journal?.close();
    log.close();
  }
};

const faultsIn = (journal: Journal | undefined): ReadonlyMap<string, string> =>
  new Map(
    journal?.events.flatMap((event) =>
      event.type === 'fault.intended' ? [[event.undoId, event.faultId] as const] : [],
    ),
  );
