/**
 * The one thing the original does not have: what was given a time to live is undone by the proxy itself, so that a fault
 * ends although whoever caused it is gone.
 */
import { createAlarm } from './alarm.ts';

const retryMs = 1_000;

export type TimeToLive = {
  /** Counts from now and replaces what was set before; 0 is for ever. */
  readonly set: (ttlMs: number) => void;
  /** Whole milliseconds; 0 when it has run out but could not be undone yet, undefined for ever. */
  readonly leftMs: () => number | undefined;
  /** For ever, from now on. */
  readonly end: () => void;
};

/** @param expire Called when the time has run out, and again each second after it has failed. Without a time at first. */
export const createTimeToLive = (expire: () => Promise<void> | void): TimeToLive => {
  let dueMs = Infinity;
  const alarm = createAlarm(() => void attempt());
  const attempt = async (): Promise<void> => {
    try {
      await expire();
    } catch {
      if (dueMs < performance.now()) alarm.set(performance.now() + retryMs);
    }
  };
  const set = (ttlMs: number): void => {
    dueMs = ttlMs === 0 ? Infinity : performance.now() + ttlMs;
    alarm.set(dueMs);
  };
  return {
    set,
    leftMs: () => (dueMs === Infinity ? undefined : Math.max(0, Math.ceil(dueMs - performance.now()))),
    end: () => {
      dueMs = Infinity;
      alarm.clear();
    },
  };
};
