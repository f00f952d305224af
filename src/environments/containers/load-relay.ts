/** Answers, for the load generator on this machine, what the replica's Prometheus asks its stand-in (`load-window.ts`). */
import { followLines } from './followed-lines.ts';

export type OpenLoadRelay = {
  /** The stand-in. */
  readonly from: string;
  /** `host:port` of the load generator's metrics, as soon as it is up. */
  readonly to: Promise<string>;
};

/** Returns when it listens. @throws when `from` does not answer. */
export const openLoadRelay = ({ from, to }: OpenLoadRelay): Promise<AsyncDisposable> =>
  followLines(`${from}/asked`, async (number, _, signal) => {
    try {
      const seen = await fetch(`http://${await to}/metrics`, { signal });
      const headers = { 'content-type': seen.headers.get('content-type') ?? 'text/plain' };
      const body = await seen.text();
      const told = await fetch(`${from}/answers/${number}`, { method: 'POST', headers, body, signal });
      await told.body?.cancel();
    } catch {
      // A question that is not answered is a scrape that failed, as it should be.
    }
  });
