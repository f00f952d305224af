/**
 * Requests that are nobody's purchase: they are in the access log, and in nobody's count of buyers. Like buyers they come
 * by a schedule of their own, whatever the service does.
 */
import type { LoadSpike } from './config.ts';
import type { Ask } from './front-door.ts';
import { seededRandom } from './random.ts';

export type SideTraffic = {
  /** What came due since the last call. @param nowMs Since the fault; never less than before. */
  readonly due: (nowMs: number) => readonly Ask[];
};

/** Of all the spikes, those that are not buyers. */
export const sideTraffic = (spikes: readonly LoadSpike[], seed: number): SideTraffic => {
  const streams = spikes
    .filter((spike) => spike.kind !== 'buyers')
    .map((spike, index) => streamOf(spike, seededRandom(seed + index + 1)));
  return { due: (nowMs) => streams.flatMap((take) => take(nowMs)) };
};

type SideSpike = Exclude<LoadSpike, { readonly kind: 'buyers' }>;

/** Poisson arrivals from the spike's beginning to its end. */
const streamOf = (spike: SideSpike, random: () => number): ((nowMs: number) => readonly Ask[]) => {
  const gapMs = (): number => (-Math.log(1 - random()) * 1_000) / spike.ratePerSecond;
  let sent = 0;
  let nextMs = spike.atMs + gapMs();
  return (nowMs) => {
    const asks: Ask[] = [];
    for (; nextMs <= nowMs && nextMs < spike.atMs + spike.forMs; nextMs += gapMs()) asks.push(askOf(spike, sent++));
    return asks;
  };
};

/** The robot's addresses are of a block that is reserved for examples (RFC 5737), so that nobody real is ever suspected. */
const askOf = (spike: SideSpike, index: number): Ask => {
  switch (spike.kind) {
    case 'burst': {
      const headers = {
        'user-agent': 'pricebot/2.1',
        'x-forwarded-for': `203.0.113.${10 + (index % spike.addresses)}`,
      };
      return { method: 'GET', path: '/products', headers };
    }
    case 'uploads': {
      const headers = {
        'user-agent': 'catalogue-import/3.0',
        'x-forwarded-for': '10.0.3.17',
      };
      return { method: 'POST', path: '/pictures', headers };
    }
    default:
      return spike satisfies never;
  }
};
