/** Waiting for a server that comes up, or comes back. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Ms } from '../units.ts';

export type Waiting = { readonly what: string; readonly withinMs: Ms; readonly signal?: AbortSignal | undefined };

const lookEveryMs = 100;

/** Does `work` again and again until it does not throw. @throws {GamedayError} ENVIRONMENT_FAILED with its last error. */
export const untilItWorks = async <Result>(
  { what, withinMs, signal }: Waiting,
  work: () => Promise<Result>,
): Promise<Result> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline)
        throw new GamedayError(
          'ENVIRONMENT_FAILED',
          {
            message: `${what} is not ready within ${withinMs / 1_000} s: ${reasonOf(error)}`,
            hint: "read its log in the run's folder; on a machine that is busy, try again",
          },
          { cause: error },
        );
    }
    await sleepFor(lookEveryMs);
  }
};

/** Its answer is 2xx, and `isRight`. */
export const answers = (
  waiting: Waiting,
  url: string,
  isRight: (body: string) => boolean = () => true,
): Promise<void> =>
  untilItWorks(waiting, async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const body = await answer.text();
    if (!answer.ok || !isRight(body)) throw new Error(`${url} answered ${answer.status}`);
  });
