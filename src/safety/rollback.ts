/**
 * Undoing everything a log still holds, last in first out. One that fails does not stop the others: what is left at the
 * end is residue, said first and last and by hand. "Undone" is what we did, "verified" is what we saw; only the second
 * settles a record.
 */
import { GamedayError, reasonOf } from '../errors.ts';
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
  readonly signal: AbortSignal;
};

/** Both idempotent. `verify` answers what is still wrong, or undefined when the thing is as it was. */
export type Undoer<Record, Context = UndoContext> = {
  readonly undo: (record: Record, context: Context) => Promise<void>;
  readonly verify: (record: Record, context: Context) => Promise<string | undefined>;
};

export type Undoers = { readonly [Kind in UndoRecord['kind']]: Undoer<Extract<UndoRecord, { kind: Kind }>> };

export type Rollback = {
  readonly log: UndoLog;
  /** A party that knows only some kinds leaves the others as they are, and says so. */
  readonly undoers: Partial<Undoers>;
  readonly acts: UndoActs | undefined;
  readonly reach: Reach;
  /** For each record, whatever its kind; default 20 s. */
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
    if (reason !== undefined) failures.set(entry.id, reason);
    else {
      mark(entry, 'verified');
      // What lived in something that is seen to be gone is gone with it.
      for (const inner of log.entries())
        if (inner.livesIn === entry.id && !isSettled(inner)) {
          failures.delete(inner.id);
          mark(inner, 'undone', 'gone with its environment');
          mark(inner, 'verified');
        }
    }
  }
  const residue = log.entries().filter((entry) => failures.has(entry.id) && !isSettled(entry));
  for (const entry of residue) mark(entry, 'failed', failures.get(entry.id));
  return log.entries().filter((entry) => failures.has(entry.id) && !isSettled(entry));
};

/** @returns Why it is not settled, or undefined when it is. */
const settle = async (entry: UndoEntry, options: Rollback, onUndone: () => void): Promise<string | undefined> => {
  const { undoers, acts, reach, timeoutMs = 20_000 } = options;
  const context = { acts, reach, signal: AbortSignal.timeout(timeoutMs) };
  const undoer = undoers[entry.record.kind] as Undoer<UndoRecord> | undefined;
  if (undoer === undefined) return 'nobody here can undo that';
  try {
    await bounded(undoer.undo(entry.record, context), context.signal);
    onUndone();
    return await bounded(undoer.verify(entry.record, context), context.signal);
  } catch (error) {
    return reasonOf(error);
  }
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

/** The error that wins over every other: what is left, and how to remove it by hand. */
export const residueError = (residue: readonly UndoEntry[]): GamedayError =>
  new GamedayError(
    'RESIDUE',
    residue.map((entry) => ({
      message: `a fault may still be active: ${entry.what} (${entry.reason ?? 'not undone'})`,
      hint: `gameday recover, or by hand: ${entry.byHand}`,
    })),
  );
