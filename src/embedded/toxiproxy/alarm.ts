/** One timer for a whole queue: it is set to the head's time again and again, and touched only when it has to be. */

/** setTimeout takes a longer delay for 1 ms. */
const delayMaxMs = 2 ** 31 - 1;

export type Alarm = {
  /** Rings once at `atMs` (`performance.now()`), never early; replaces what was set before. Infinity is never. */
  readonly set: (atMs: number) => void;
  readonly clear: () => void;
};

export const createAlarm = (ring: () => void): Alarm => {
  let dueMs = Infinity;
  let timerMs = Infinity;
  let timer: NodeJS.Timeout | undefined;

  const arm = (): void => {
    clearTimeout(timer);
    timerMs = dueMs;
    if (dueMs === Infinity) return;
    const delayMs = Math.floor(dueMs - performance.now()); // too soon and once more is closer than a millisecond too late
    timer = setTimeout(fire, Math.min(Math.max(delayMs, 0), delayMaxMs));
  };
  const fire = (): void => {
    timerMs = Infinity;
    if (performance.now() < dueMs) return arm();
    dueMs = Infinity;
    ring();
  };
  return {
    set: (atMs) => {
      dueMs = atMs;
      if (dueMs < timerMs) arm(); // a timer that fires too soon arms itself again
    },
    clear: () => {
      dueMs = Infinity;
      arm();
    },
  };
};
