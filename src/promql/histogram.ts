/** Functions of classic histograms: buckets are series with an upper bound in label `le`, each counting all below it too. */
import { dropLabels, labelsKey, nameLabel, type Labels } from './labels.ts';
import { parseNumber } from './literals.ts';
import type { VectorSample } from './value.ts';

type Bucket = { readonly bound: number; count: number };

const bucketLabels = new Set([nameLabel, 'le']);

/** Differences below this share of the count are rounding errors of the counters' sums, not decreases. */
const rounding = 1e-12;

/** `histogram_quantile`: which value the share `phi` of all observations does not exceed. */
export const histogramQuantile = (phi: number, samples: readonly VectorSample[]): readonly VectorSample[] =>
  ofEachHistogram(samples, (buckets) => quantileIn(phi, buckets));

/** `histogram_fraction`: the share of all observations between `lower` and `upper`. */
export const histogramFraction = (
  lower: number,
  upper: number,
  samples: readonly VectorSample[],
): readonly VectorSample[] => ofEachHistogram(samples, (buckets) => fractionIn(lower, upper, buckets));

/** @param measure Gets buckets in order, each bound once. */
const ofEachHistogram = (
  samples: readonly VectorSample[],
  measure: (buckets: Bucket[]) => number,
): readonly VectorSample[] => {
  const histograms = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const bound = boundOf(labels.get('le') ?? '');
    if (bound === undefined) continue;
    const own = dropLabels(labels, bucketLabels);
    const key = labelsKey(own);
    const known = histograms.get(key);
    if (known === undefined) histograms.set(key, { labels: own, buckets: [{ bound, count: value }] });
    else known.buckets.push({ bound, count: value });
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({
    labels,
    value: measure(merged(buckets.toSorted((left, right) => left.bound - right.bound))),
  }));
};

const boundOf = (le: string): number | undefined => {
  const [, sign, digits = ''] = /^([-+]?)(.+)$/.exec(le) ?? [];
  const bound = parseNumber(digits);
  return bound === undefined || Number.isNaN(bound) ? undefined : sign === '-' ? -bound : bound;
};

const quantileIn = (phi: number, counted: Bucket[]): number => {
  if (Number.isNaN(phi)) return NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const buckets = monotone(counted);
  const last = buckets.at(-1);
  if (last === undefined || last.bound !== Infinity || buckets.length < 2) return NaN;
  if (last.count === 0 || Number.isNaN(last.count)) return NaN;
  const rank = phi * last.count;
  const found = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  if (found === -1) return buckets.at(-2)!.bound;
  const { bound, count } = buckets[found]!;
  if (found === 0 && bound <= 0) return bound;
  const below = buckets[found - 1];
  const lower = below?.bound ?? 0;
  const before = below?.count ?? 0;
  return lower + (bound - lower) * ((rank - before) / (count - before));
};

const fractionIn = (lower: number, upper: number, buckets: readonly Bucket[]): number => {
  const last = buckets.at(-1);
  if (last === undefined || last.bound !== Infinity || last.count === 0 || Number.isNaN(last.count)) return NaN;
  if (Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  return lower >= upper ? 0 : (countUpTo(upper, buckets) - countUpTo(lower, buckets)) / last.count;
};

/** How many observations are at most `value`, taken as evenly spread inside a bucket. */
const countUpTo = (value: number, buckets: readonly Bucket[]): number => {
  const index = buckets.findIndex(({ bound }) => bound > value);
  const bucket = buckets[index];
  if (bucket === undefined) return buckets.at(-1)!.count;
  const below = buckets[index - 1] ?? { bound: bucket.bound > 0 ? 0 : -Infinity, count: 0 };
  if (value <= below.bound) return below.count;
  return below.count + (bucket.count - below.count) * ((value - below.bound) / (bucket.bound - below.bound));
};

const merged = (sorted: readonly Bucket[]): Bucket[] => {
  const buckets: Bucket[] = [];
  for (const { bound, count } of sorted) {
    const last = buckets.at(-1);
    if (last?.bound === bound) last.count += count;
    else buckets.push({ bound, count });
  }
  return buckets;
};

/** Scrapes and sums are not atomic, so a wider bucket can hold less than a narrower one for a moment: it is raised. */
const monotone = (buckets: Bucket[]): Bucket[] => {
  let most = buckets[0]?.count ?? 0;
  for (const bucket of buckets) {
    const close = Math.abs(bucket.count - most) <= rounding * (Math.abs(bucket.count) + Math.abs(most));
    if (close || bucket.count < most) bucket.count = most;
    else most = bucket.count;
  }
  return buckets;
};
