/**
 * A measurement over the last five minutes, in buckets of one second that keep the lowest and the highest value: a spike of
 * a single window stays visible however narrow the chart, and an hour takes no more room than five minutes.
 */
import type { Ms } from '../units.ts';

const bucketMs = 1_000;
/** What a chart shows. */
export const chartMs = 300_000;

/** null: it could not be read, which leaves a gap. */
export type Bucket = { readonly index: number; readonly low: number | null; readonly high: number | null };

export type Series = {
  readonly buckets: readonly Bucket[];
  /** The newest value, and the highest there ever was. */
  readonly now: number | null;
  readonly peak: number | null;
};

export const noSeries: Series = { buckets: [], now: null, peak: null };

export const withMeasurement = (series: Series, atMs: Ms, value: number | null): Series => {
  const index = Math.floor(atMs / bucketMs);
  const newest = series.buckets.at(-1);
  const joined = newest?.index === index;
  const bucket = joined
    ? { index, low: least(newest.low, value), high: most(newest.high, value) }
    : { index, low: value, high: value };
  const oldest = index - chartMs / bucketMs;
  const kept = (joined ? series.buckets.slice(0, -1) : series.buckets).filter((each) => each.index > oldest);
  return { buckets: [...kept, bucket], now: value, peak: most(series.peak, value) };
};

/**
 * The highest value in each of `columns` equal stretches of the last five minutes before `nowMs`; null where none was read.
 * A column keeps its neighbour's value where measurements are further apart than columns.
 */
export const columnsOf = (series: Series, nowMs: Ms, columns: number): readonly (number | null)[] => {
  const values: (number | null)[] = Array.from({ length: columns }, () => null);
  const newest = Math.floor(nowMs / bucketMs);
  const perBucket = columns / (chartMs / bucketMs);
  for (const { index, high } of series.buckets) {
    const age = newest - index;
    if (age < 0 || age >= chartMs / bucketMs) continue;
    const end = Math.max(1, Math.ceil(columns - age * perBucket));
    const start = Math.max(0, Math.min(end - 1, Math.ceil(columns - (age + 1) * perBucket)));
    for (let column = start; column < end; column++) values[column] = most(values[column] ?? null, high);
  }
  return values;
};

const most = (left: number | null, right: number | null): number | null =>
  left === null ? right : right === null ? left : Math.max(left, right);

const least = (left: number | null, right: number | null): number | null =>
  left === null ? right : right === null ? left : Math.min(left, right);
