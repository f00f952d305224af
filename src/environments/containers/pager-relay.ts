/** Brings what the replica's pager was told to the run's own receiver, which the containers cannot reach. */
import type { WouldSend } from '../../embedded/alertmanager/would-send.ts';
import { followLines } from './followed-lines.ts';
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
export const openPagerRelay = ({ from, to, onWouldSend }: OpenPagerRelay): Promise<PagerRelay> => {
  let brought = 0;
  const handOver = async ({ path, body }: Page, signal: AbortSignal): Promise<void> => {
    if (path.startsWith(`${notSentPath}/`)) return onWouldSend(wouldSend({ path, body }));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(to + path, { method: 'POST', headers, body, signal });
    await answer.body?.cancel();
  };
  // It tells all from the beginning each time it is asked.
  return followLines(`${from}/pages`, async (line, index, signal) => {
    if (index < brought) return;
    await handOver(JSON.parse(line) as Page, signal);
    brought = index + 1;
  });
};

const wouldSend = ({ path, body }: Page): WouldSend => {
  const { groupKey, status, alerts } = JSON.parse(body) as WouldSend;
  const [receiver = '', integration = ''] = path.split('/').slice(2).map(decodeURIComponent);
  return { receiver, integration, groupKey, status, alerts };
};
