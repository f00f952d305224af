/** Servers date what they say by their own clock; a journal knows only the run's. */
import type { Clock } from '../clock.ts';

/**
 * By how many milliseconds the clock of a Prometheus server (since the Unix epoch) is ahead of the run's, to within half of
 * what the question takes.
 *
 * @throws where the server does not answer.
 */
export const serverAheadMs = async (prometheusUrl: string, clock: Clock, signal: AbortSignal): Promise<number> => {
  const askedMs = clock.nowMs();
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=time()`, { signal });
  const answer = (await response.json()) as { readonly data?: { readonly result?: readonly [number, string] } };
  const aheadMs = Number(answer.data?.result?.[1]) * 1_000 - (askedMs + clock.nowMs()) / 2;
  if (Number.isNaN(aheadMs)) throw new Error(`${prometheusUrl} does not say what time it has`);
  return aheadMs;
};
