/**
 * Functions of a range vector: the samples of one window → a number, or undefined where the window has too few. The
 * window is open on the left: (`fromMs`, `toMs`].
 */
import { maxOf, meanOf, minOf, quantileOf, sumOf, varianceOf } from './numbers.ts';
import type { FunctionName } from './signatures.ts';
import type { SeriesWindow } from './value.ts';

export type Window = SeriesWindow & {
  readonly fromMs: number;
  readonly toMs: number;
  /** The moment the expression is evaluated for; `toMs` moved back by any offset. */
  readonly atMs: number;
};

type WindowFunction = (window: Window, parameter: number) => number | undefined;

/**
 * The change over the window, extended to its edges where samples lie close enough (within 1.1 mean intervals); a
 * counter is never extended below zero, and its decreases count as restarts from zero.
 */
const extrapolated = ({ times, values, fromMs, toMs }: Window, isCounter: boolean): number | undefined => {
  const count = values.length;
  if (count < 2) return undefined;
  const [first] = values as [number];
  const firstMs = times[0]!;
  const lastMs = times[count - 1]!;
  let change = values[count - 1]! - first;
  if (isCounter) for (let i = 1; i < count; i++) if (values[i]! < values[i - 1]!) change += values[i - 1]!;
  const sampledMs = lastMs - firstMs;
  if (sampledMs === 0) return change;
  const meanMs = sampledMs / (count - 1);
  const near = meanMs * 1.1;
  let beforeMs = firstMs - fromMs;
  if (beforeMs >= near) beforeMs = meanMs / 2;
  if (isCounter && change > 0 && first >= 0) beforeMs = Math.min(beforeMs, sampledMs * (first / change));
  let afterMs = toMs - lastMs;
  if (afterMs >= near) afterMs = meanMs / 2;
  return change * ((sampledMs + beforeMs + afterMs) / sampledMs);
};

const perSecond = (change: number | undefined, lengthMs: number): number | undefined =>
  change === undefined ? undefined : change / (lengthMs / 1_000);

/** The step between the last two samples, and how long it took. */
const lastStep = ({ times, values }: Window, isCounter: boolean): { change: number; lastedMs: number } | undefined => {
  if (values.length < 2) return undefined;
  const last = values.at(-1)!;
  const previous = values.at(-2)!;
  const lastedMs = times.at(-1)! - times.at(-2)!;
  if (lastedMs === 0) return undefined;
  return { change: isCounter && last < previous ? last : last - previous, lastedMs };
};

const countSteps = (values: readonly number[], counts: (previous: number, value: number) => boolean): number =>
  values.reduce((count, value, index) => (index > 0 && counts(values[index - 1]!, value) ? count + 1 : count), 0);

/** Least squares through the samples; x counts seconds from `originMs`. */
const line = ({ times, values }: Window, originMs: number): { slope: number; intercept: number } | undefined => {
  const count = values.length;
  if (count < 2) return undefined;
  const [first] = values as [number];
  if (values.every((value) => value === first))
    return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: NaN, intercept: NaN };
  const xs = times.map((time) => (time - originMs) / 1_000);
  const sumX = sumOf(xs);
  const sumY = sumOf(values);
  const covariance = sumOf(xs.map((x, index) => x * values[index]!)) - (sumX * sumY) / count;
  const variance = sumOf(xs.map((x) => x * x)) - (sumX * sumX) / count;
  const slope = covariance / variance;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
};

export const windowFunctions = {
  rate: (window) => perSecond(extrapolated(window, true), window.toMs - window.fromMs),
  increase: (window) => extrapolated(window, true),
  delta: (window) => extrapolated(window, false),
  irate: (window) => {
    const step = lastStep(window, true);
    return step && perSecond(step.change, step.lastedMs);
  },
  idelta: (window) => lastStep(window, false)?.change,
  deriv: (window) => line(window, window.times[0]!)?.slope,
  predict_linear: (window, seconds) => {
    const fit = line(window, window.atMs);
    return fit && fit.intercept + fit.slope * seconds;
  },
  changes: ({ values }) =>
    countSteps(values, (previous, value) => value !== previous && !(Number.isNaN(value) && Number.isNaN(previous))),
  resets: ({ values }) => countSteps(values, (previous, value) => value < previous),
  avg_over_time: ({ values }) => meanOf(values),
  sum_over_time: ({ values }) => sumOf(values),
  min_over_time: ({ values }) => minOf(values),
  max_over_time: ({ values }) => maxOf(values),
  count_over_time: ({ values }) => values.length,
  first_over_time: ({ values }) => values[0],
  last_over_time: ({ values }) => values.at(-1),
  present_over_time: () => 1,
  stddev_over_time: ({ values }) => Math.sqrt(varianceOf(values)),
  stdvar_over_time: ({ values }) => varianceOf(values),
  quantile_over_time: ({ values }, phi) => quantileOf(phi, values),
} as const satisfies Partial<Record<FunctionName, WindowFunction>>;

export type WindowFunctionName = keyof typeof windowFunctions;
export const isWindowFunction = (name: FunctionName): name is WindowFunctionName =>
  Object.hasOwn(windowFunctions, name);

/** These hand on samples as they were, so they keep the metric's name. */
export const keepsName = (name: FunctionName): boolean => name === 'last_over_time' || name === 'first_over_time';
