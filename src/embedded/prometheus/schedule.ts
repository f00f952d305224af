/**
 * Something done at `originMs + k · everyMs`. Times come from that grid and not from when the last one ended, so nothing
 * drifts; a slot that passes while the work of an earlier one still runs is skipped, never made up for.
 */
import type { Ms } from '../../units.ts';

export type Slots = { readonly originMs: number; readonly everyMs: Ms };

/**
 * When a group is evaluated: soon after the scrapes, all of which begin with `startMs`, so that what they bring is judged
 * fresh. The original spreads its groups over the interval, for the sake of servers with thousands of rules.
 */
export const groupSlots = (startMs: number, everyMs: Ms): Slots => ({
  originMs: Math.round(startMs + everyMs / 5),
  everyMs,
});

/** The first slot after `atMs`. */
export const nextSlot = ({ originMs, everyMs }: Slots, atMs: number): number =>
  originMs + (Math.floor((atMs - originMs) / everyMs) + 1) * everyMs;

/**
 * Calls `act` with the time of each slot until `signal` aborts; resolves then, after the last call has ended.
 *
 * @param nowMs Milliseconds since the Unix epoch; never goes back.
 */
export const onSlots = async (
  slots: Slots,
  nowMs: () => number,
  act: (slotMs: number) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  let slotMs = nextSlot(slots, nowMs());
  while (!signal.aborted) {
    await pause(slotMs - nowMs(), signal);
    if (signal.aborted) return;
    // A timer may come a little early: rounding must not run one slot twice.
    if (nowMs() < slotMs) continue;
    await act(slotMs);
    slotMs = nextSlot(slots, Math.max(slotMs, nowMs()));
  }
};

/** Resolves after `forMs` or when aborted, whichever is first. */
const pause = (forMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, Math.ceil(forMs)));
    signal.addEventListener('abort', done, { once: true });
  });
