/**
 * What buyers felt of an act: the mean share of failed buyers over the minute before it, and over the minute after it. Real
 * minutes at any speed, because people act in real time. Memory does not grow with the run: a minute of windows, and the
 * acts that are still being watched.
 */
import type { EventOf } from '../trials.ts';

export type Act = EventOf<'team.acted'>;

/** Shares from 0 to 1. `returned`: some later minute was back within ten points of the one before the act. */
export type Felt = {
  readonly act: Act;
  readonly before: number;
  readonly after: number;
  readonly returned: boolean;
  /** The windows in the minute after. */
  readonly evidence: readonly number[];
};

export const minuteMs = 60_000;
/** Ten points; the hair is floating point's. */
export const isRise = (before: number, after: number): boolean => after - before >= 0.1 - 1e-9;

type Sum = { buyers: number; failed: number };
type Watched = {
  readonly act: Act;
  readonly before: number;
  readonly untilMs: number;
  readonly after: Sum;
  readonly evidence: number[];
  returned: boolean;
};

const shareOf = ({ buyers, failed }: Sum): number => (buyers === 0 ? 0 : failed / buyers);

export type ActWatch = {
  readonly act: (act: Act) => void;
  readonly window: (window: EventOf<'load.measured'>) => void;
  /** A minute across the beginning of the outage says nothing of an act, and while it unfolds no two minutes compare. */
  readonly outageBegan: (atMs: number) => void;
  /** It has unfolded far enough to be known; minutes from here on compare. */
  readonly outageKnown: (atMs: number) => void;
  readonly end: () => readonly Felt[];
};

export const watchActs = (): ActWatch => {
  let last: EventOf<'load.measured'>[] = [];
  let watching: Watched[] = [];
  let comparableFromMs = 0;
  const felt: Watched[] = [];

  const sumOf = (fromMs: number): Sum => {
    const sum = { buyers: 0, failed: 0 };
    for (const window of last)
      if (window.atMs - window.windowMs >= fromMs) {
        sum.buyers += window.buyers;
        sum.failed += window.buyersFailed;
      }
    return sum;
  };

  return {
    outageBegan: (atMs) => {
      comparableFromMs = Infinity;
      watching = watching.filter(({ untilMs }) => untilMs <= atMs);
    },
    outageKnown: (atMs) => (comparableFromMs = atMs),
    act: (act) => {
      const before = sumOf(Math.max(comparableFromMs, act.atMs - minuteMs));
      if (before.buyers === 0) return;
      const untilMs = act.atMs + minuteMs;
      const after = { buyers: 0, failed: 0 };
      watching.push({ act, before: shareOf(before), untilMs, after, evidence: [], returned: false });
    },
    window: (window) => {
      last.push(window);
      while (last[0] !== undefined && last[0].atMs <= window.atMs - minuteMs) last.shift();
      watching = watching.filter((each) => {
        if (window.atMs <= each.untilMs) {
          if (window.atMs - window.windowMs < each.act.atMs) return true;
          each.after.buyers += window.buyers;
          each.after.failed += window.buyersFailed;
          each.evidence.push(window.seq);
          return true;
        }
        if (!isRise(each.before, shareOf(each.after))) return false;
        const now = sumOf(window.atMs - minuteMs);
        each.returned = now.buyers > 0 && !isRise(each.before, shareOf(now));
        if (each.returned) felt.push(each);
        return !each.returned;
      });
    },
    end: () =>
      [...felt, ...watching]
        .map(({ act, before, after, returned, evidence }) => ({
          act,
          before,
          after: shareOf(after),
          returned,
          evidence,
        }))
        .toSorted((a, b) => a.act.seq - b.act.seq),
  };
};
