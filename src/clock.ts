/** Time, handed in: tests move it by hand, and only composition roots make the real one. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { ms, type Ms } from './units.ts';

export type Clock = {
  /** Milliseconds since the clock was made; never goes back. */
  readonly nowMs: () => Ms;
  /** Resolves after `duration`; rejects with the signal's reason when it is aborted first. */
  readonly sleep: (duration: Ms, signal?: AbortSignal) => Promise<void>;
};

/** The real monotonic clock, starting at 0 now. */
export const startClock = (): Clock => {
  const startedAt = performance.now();
  return {
    nowMs: () => ms(performance.now() - startedAt),
    sleep: async (duration, signal) => {
      signal?.throwIfAborted();
      await sleepFor(Math.max(0, duration), undefined, signal === undefined ? {} : { signal }).catch(
        (error: unknown) => {
          signal?.throwIfAborted();
          throw error;
        },
      );
    },
  };
};
