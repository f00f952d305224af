/** Waiting for something to be true of the journal, always with a bound. */
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../clock.ts';
import { ms, type Ms } from '../units.ts';

/**
 * @param look Asked after every event; anything but undefined ends the wait.
 * @param untilMs On the run's clock.
 * @returns What `look` found, or undefined when time ran out.
 */
export const waitFor = async <Found>(
  { journal, clock, signal }: { journal: Journal; clock: Clock; signal: AbortSignal },
  untilMs: Ms,
  look: () => Found | undefined,
): Promise<Found | undefined> => {
  signal.throwIfAborted();
  const now = look();
  if (now !== undefined) return now;
  const ended = Promise.withResolvers<Found | undefined>();
  const stop = journal.subscribe(() => {
    try {
      const seen = look();
      if (seen !== undefined) ended.resolve(seen);
    } catch (error) {
      ended.reject(error); // here it would fail whoever writes the journal
    }
  });
  const found = new AbortController();
  clock.sleep(ms(Math.max(0, untilMs - clock.nowMs())), found.signal).then(
    () => ended.resolve(undefined),
    () => {},
  );
  const onAbort = (): void => ended.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await ended.promise;
  } finally {
    stop();
    found.abort();
    signal.removeEventListener('abort', onAbort);
  }
};
