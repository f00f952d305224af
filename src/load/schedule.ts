/**
 * When buyers come: an absolute schedule, fixed by the seed, that knows nothing of how the service is doing. That is what
 * makes the load open-loop: a service that stalls meets the same buyers as one that does not.
 */
import type { LoadConfig, LoadSpike } from './config.ts';
import { seededRandom } from './random.ts';

export type Schedule = {
  /** The next arrival, in milliseconds since the start; never earlier than the one before. */
  readonly next: () => number;
  /** Spikes count from `nowMs` (the arrival already drawn keeps its time). Before the first call there are none. */
  readonly startSpikes: (nowMs: number) => void;
};

export const arrivalSchedule = ({
  ratePerSecond,
  arrivals,
  spikes: all,
  seed,
}: Pick<LoadConfig, 'ratePerSecond' | 'arrivals' | 'spikes' | 'seed'>): Schedule => {
  const spikes = all.filter((spike) => spike.kind === 'buyers');
  const random = seededRandom(seed);
  let atMs = 0;
  let spikesFromMs = Infinity;
  return {
    /**
     * A Poisson process under a rate that changes in steps is a unit-rate process on a clock that runs at that rate: one
     * exponential draw (or exactly 1, for constant arrivals) is spent along the steps until it is used up.
     */
    next: () => {
      let left = arrivals === 'poisson' ? -Math.log(1 - random()) : 1;
      for (;;) {
        const { times, untilMs } = stepAt(atMs, spikes, spikesFromMs);
        const perMs = (ratePerSecond * times) / 1_000;
        const spentMs = left / perMs;
        if (atMs + spentMs <= untilMs) return (atMs += spentMs);
        left -= (untilMs - atMs) * perMs;
        atMs = untilMs;
      }
    },
    startSpikes: (nowMs) => {
      spikesFromMs = nowMs;
    },
  };
};

type BuyerSpike = Extract<LoadSpike, { readonly kind: 'buyers' }>;

/** What multiplies the rate at `nowMs`, and when that changes next. Edges are compared as absolute times, so that one is passed exactly once. */
const stepAt = (nowMs: number, spikes: readonly BuyerSpike[], fromMs: number): { times: number; untilMs: number } => {
  let times = 1;
  let untilMs = Infinity;
  for (const spike of spikes) {
    const startMs = fromMs + spike.atMs;
    const endMs = startMs + spike.forMs;
    if (nowMs >= startMs && nowMs < endMs) times *= spike.times;
    for (const edgeMs of [startMs, endMs]) if (edgeMs > nowMs) untilMs = Math.min(untilMs, edgeMs);
  }
  return { times, untilMs };
};
