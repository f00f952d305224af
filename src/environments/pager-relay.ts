/**
 * Brings what the replica's pager was told to the run's own receiver. The containers cannot reach it: it listens on the
 * loopback address of this machine, and they may stand on another one.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { WouldSend } from '../embedded/alertmanager/would-send.ts';
import type { Page } from './pager.ts';

export type PagerRelay = AsyncDisposable;

export type OpenPagerRelay = {
  /** The pager of the replica. */
  readonly from: string;
  /** The run's own. */
  readonly to: string;
  /** Told of what came to `/not-sent/RECEIVER/INTEGRATION` in the place of integrations that must not be reached. */
  readonly onWouldSend: (notification: WouldSend) => void;
};

export const notSentPath = '/not-sent';

/** Returns when it listens. @throws when `from` does not answer. */
export const openPagerRelay = async ({ from, to, onWouldSend }: OpenPagerRelay): Promise<PagerRelay> => {
  const closing = new AbortController();
  let brought = 0;

  const listen = async (): Promise<Readable> => {
    const { body, ok } = await fetch(`${from}/pages`, { signal: closing.signal });
    if (!ok || body === null) throw new Error(`${from} is no pager`);
    return Readable.fromWeb(body);
  };
  /** It tells all from the beginning each time it is asked. */
  const bring = async (heard: Readable): Promise<void> => {
    let line = 0;
    let rest = '';
    for await (const chunk of heard.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const written of lines) {
        line += 1;
        if (line <= brought) continue;
        await handOver(JSON.parse(written) as Page);
        brought = line;
      }
    }
  };
  const handOver = async ({ path, body }: Page): Promise<void> => {
    if (path.startsWith(`${notSentPath}/`)) return onWouldSend(wouldSend({ path, body }));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(to + path, { method: 'POST', headers, body, signal: closing.signal });
    await answer.body?.cancel();
  };
  const goOn = async (first: Readable): Promise<void> => {
    let heard: Readable | undefined = first;
    while (!closing.signal.aborted) {
      try {
        await bring(heard ?? (await listen()));
      } catch {
        // A broken line is taken up again where it broke.
      }
      heard = undefined;
      await sleepFor(200, undefined, { signal: closing.signal }).catch(() => {});
    }
  };

  const going = goOn(await listen());
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await going;
    },
  };
};

const wouldSend = ({ path, body }: Page): WouldSend => {
  const { groupKey, status, alerts } = JSON.parse(body) as WouldSend;
  const [receiver = '', integration = ''] = path.split('/').slice(2).map(decodeURIComponent);
  return { receiver, integration, groupKey, status, alerts };
};
