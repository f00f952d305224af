/**
 * Undoing everything a log still holds, last in first out. One that fails does not stop the others: what is left at the
 * end is residue, said first and last and by hand. "Undone" is what we did, "verified" is what we saw; only the second
 * settles a record. What is seen to have ended without having been removed is no residue, and not settled either: somebody
 * has to remove it later (docs/decisions/0011-ended-is-seen-in-processes.md).
 */
import { GamedayError, reasonOf } from '../errors.ts';
import type { Ms } from '../units.ts';
import type { Reach } from './reach.ts';
import { isSettled, type UndoEntry, type UndoLog, type UndoRecord, type UndoState } from './undo-log.ts';

/** The acts that an undo may need, and that exist only while the environment's owner does. */
export type UndoActs = {
  readonly restart: (target: 'postgres' | 'service') => Promise<void>;
  readonly writeConfiguration: (text: string) => Promise<void>;
  readonly readConfiguration: () => Promise<string>;
  /** Another fault proxy in the place of one that hangs; where that can be done. */
  readonly replaceProxy?: (() => Promise<void>) | undefined;
};

export type UndoContext = {
  readonly acts: UndoActs | undefined;
  /** What a record names is an address without its secret; an undoer goes only where this leads. */
  readonly reach: Reach;
  /**
   * So long a server that is down is waited for. Somebody may be restarting one that was there before us; one of ours that
   * is down has died with whoever ran it.
   */
  readonly restartWithinMs: number;
  readonly signal: AbortSignal;
};

/** All idempotent. `verify` answers what is still wrong, or undefined when the thing is as it was. */
export type Undoer<Record, Context = UndoContext> = {
  readonly undo: (record: Record, context: Context) => Promise<void>;
  readonly verify: (record: Record, context: Context) => Promise<string | undefined>;
  /** Asked when it could not be removed: is it seen that nothing of it runs any more? Then nothing that lived in it does. */
  readonly hasEnded?: (record: Record) => Promise<boolean>;
  /** How long undo and verify may take together, where that is not the usual time. */
  readonly withinMs?: Ms;
};

export type Undoers = { readonly [Kind in UndoRecord['kind']]: Undoer<Extract<UndoRecord, { kind: Kind }>> };

export type Rollback = {
  readonly log: UndoLog;
  /** A party that knows only some kinds leaves the others as they are, and says so. */
  readonly undoers: Partial<Undoers>;
  readonly acts: UndoActs | undefined;
  readonly reach: Reach;
  /** For each record whose undoer does not say otherwise; 20 s unless given. */
  readonly timeoutMs?: number;
  /** Which records; all unsettled ones unless given. */
  readonly only?: (entry: UndoEntry) => boolean;
  readonly onChange?: (entry: UndoEntry, state: UndoState, reason?: string) => void;
};

/** @returns What could not be undone; empty is the aim. */
export const rollback = async (options: Rollback): Promise<readonly UndoEntry[]> => {
  const { log, only = () => true, onChange } = options;
  const mark = (entry: UndoEntry, state: Exclude<UndoState, 'intended'>, reason?: string): void => {
    log.mark(entry.id, state, reason);
    onChange?.(entry, state, reason);
  };
  const failures = new Map<string, string>();
  for (const entry of log.entries().toReversed()) {
    if (isSettled(entry) || !only(entry)) continue;
    const reason = await settle(entry, options, () => mark(entry, 'undone'));
    if (reason === undefined) mark(entry, 'verified');
    else if (await hasEnded(entry, options)) mark(entry, 'ended', reason);
    else {
      failures.set(entry.id, reason);
      continue;
    }
    // What lived in something that is seen to be gone, or to run no more, is gone with it.
    for (const inner of log.entries())
      if (inner.livesIn === entry.id && !isSettled(inner)) {
        failures.delete(inner.id);
        mark(inner, 'undone', 'gone with its environment');
        mark(inner, 'verified');
      }
  }
  const residue = log.entries().filter((entry) => failures.has(entry.id) && !isSettled(entry));
  for (const entry of residue) mark(entry, 'failed', failures.get(entry.id));
  return log.entries().filter((entry) => failures.has(entry.id) && !isSettled(entry));
};

/** @returns Why it is not settled, or undefined when it is. */
const settle = async (entry: UndoEntry, options: Rollback, onUndone: () => void): Promise<string | undefined> => {
  const { undoers, acts, reach, timeoutMs = 20_000 } = options;
  const undoer = undoers[entry.record.kind] as Undoer<UndoRecord> | undefined;
  if (undoer === undefined) return 'nobody here can undo that';
  const context: UndoContext = {
    ...{ acts, reach, signal: AbortSignal.timeout(undoer.withinMs ?? timeoutMs) },
    restartWithinMs: entry.livesIn === undefined ? 3_000 : 0,
  };
  try {
    await bounded(undoer.undo(entry.record, context), context.signal);
    onUndone();
    return await bounded(undoer.verify(entry.record, context), context.signal);
  } catch (error) {
    return reasonOf(error);
  }
};

/** Whoever cannot look has seen nothing. */
const hasEnded = async (entry: UndoEntry, { undoers }: Rollback): Promise<boolean> => {
  const undoer = undoers[entry.record.kind] as Undoer<UndoRecord> | undefined;
  return (await undoer?.hasEnded?.(entry.record).catch(() => false)) === true;
};

const bounded = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const expired = Promise.withResolvers<never>();
  const onAbort = (): void => expired.reject(new Error('took too long'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, expired.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** What runs no more, and is still there: nothing that hurries. */
export const leftError = (left: readonly UndoEntry[]): GamedayError =>
  new GamedayError(
    'ENVIRONMENT_FAILED',
    left.map(({ what, reason, byHand }) => ({
      message: `${what} could not be removed (${reason ?? 'not removed'}); nothing of it runs any more`,
      hint: `start Docker, then gameday recover, or by hand: ${byHand}`,
    })),
  );

/** The error that wins over every other: what is left, and how to remove it by hand. */
export const residueError = (residue: readonly UndoEntry[]): GamedayError =>
  new GamedayError(
    'RESIDUE',
    residue.map((entry) => ({
      message: `a fault may still be active: ${entry.what} (${entry.reason ?? 'not undone'})`,
      hint: `gameday recover, or by hand: ${entry.byHand}`,
    })),
  );
