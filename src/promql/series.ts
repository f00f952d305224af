/** What an evaluation reads: series of samples, found by matchers. */
import type { Labels } from './labels.ts';
import type { Matcher } from './matchers.ts';

/**
 * One series as columns, ascending in time, `length` entries long (the arrays may be longer). A truthy entry of `stale`
 * is a staleness marker: from then on the series is gone until its next sample.
 */
export type Series = {
  readonly labels: Labels;
  /** Milliseconds since the Unix epoch. */
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly stale: ArrayLike<number>;
  readonly length: number;
};

export type SeriesSource = {
  /** All series that every matcher accepts; a label that a series does not have is the empty string. */
  readonly select: (matchers: readonly Matcher[]) => Iterable<Series>;
};

/** The index after the last sample at or before `timeMs`. */
export const indexAfter = ({ times, length }: Series, timeMs: number): number => {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * The index of the sample an instant selector sees: the newest in (`atMs` − `lookbackMs`, `atMs`], unless that one is a
 * staleness marker.
 */
export const indexAt = (series: Series, atMs: number, lookbackMs: number): number | undefined => {
  const index = indexAfter(series, atMs) - 1;
  if (index < 0 || series.times[index]! <= atMs - lookbackMs || series.stale[index]) return undefined;
  return index;
};
