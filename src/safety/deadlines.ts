/**
 * Which records have outlived their time. Two clocks tell it, and the first one counts: the wall clock written in the record,
 * which goes on while a laptop sleeps, and the watcher's own clock since it first saw the record, which nobody can set back.
 * Undone too early is a spoilt drill; undone too late is an outage.
 */
import { isSettled, type UndoEntry } from './undo-log.ts';

export type Now = { readonly wallMs: number; readonly ownMs: number };

/** @returns Looks at the log again: what of it is unsettled and past its time. */
export const watchDeadlines = (): ((entries: readonly UndoEntry[], now: Now) => readonly UndoEntry[]) => {
  const seenMs = new Map<string, number>();
  return (entries, { wallMs, ownMs }) =>
    entries.filter((entry) => {
      if (!seenMs.has(entry.id)) seenMs.set(entry.id, ownMs);
      const aliveMs = ownMs - (seenMs.get(entry.id) ?? ownMs);
      return !isSettled(entry) && (aliveMs >= entry.ttlMs || wallMs >= Date.parse(entry.expiresAt));
    });
};
