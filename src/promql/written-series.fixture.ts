/** Series and answers as short texts, so that a test of the semantics can be read as a table. */
import { evaluate, type EvaluateOptions } from './evaluate.ts';
import { showLabels } from './labels.ts';
import { acceptsAll } from './matchers.ts';
import { showValue } from './numbers.ts';
import { parsePromql } from './parse.ts';
import type { Series, SeriesSource } from './series.ts';
import { labelsIn, pointsIn } from './series-notation.ts';
import { minutes, parseDuration } from '../units.ts';

/**
 * Series by their text, each with one point per `step` from time 0 on, in the notation of `series-notation.ts`.
 *
 *     seriesOf('1m', { 'up{job="shop"}': '1 1 _ stale' })
 */
export const seriesOf = (step: string, written: Readonly<Record<string, string>>): SeriesSource => {
  const stepMs = parseDuration(step) ?? 0;
  const series = Object.entries(written).map(([name, points]): Series => {
    const slots = pointsIn(points).map((point, index) => ({ point, timeMs: index * stepMs }));
    const samples = slots.filter(({ point }) => point !== undefined);
    return {
      labels: labelsIn(name),
      times: samples.map(({ timeMs }) => timeMs),
      values: samples.map(({ point }) => (typeof point === 'number' ? point : NaN)),
      stale: samples.map(({ point }) => Number(point === 'stale')),
      length: samples.length,
    };
  });
  return { select: (matchers) => series.filter(({ labels }) => acceptsAll(matchers, labels)) };
};

/** The value of `expression` at a moment such as `5m`, one line per element; a failure is its message. */
export const answer = (
  expression: string,
  source: SeriesSource,
  at: string,
  options: Partial<EvaluateOptions> = {},
): readonly string[] => {
  const parsed = parsePromql(expression);
  if (!parsed.ok) return parsed.problems.map(({ message }) => message);
  try {
    const value = evaluate(parsed.expression, source, parseDuration(at) ?? 0, { lookbackMs: minutes(5), ...options });
    switch (value.type) {
      case 'scalar':
        return [showValue(value.value)];
      case 'string':
        return [value.value];
      case 'vector':
        return value.samples.map(({ labels, value: number }) => `${showLabels(labels)} ${short(number)}`);
      case 'matrix':
        return value.series.map(({ labels, values }) => `${showLabels(labels)} ${values.join(' ')}`);
      default:
        return value satisfies never;
    }
  } catch (error) {
    return [(error as Error).message];
  }
};

/** Enough digits to tell answers apart, too few to see in which order they were summed. */
const short = (value: number): string => showValue(Number.isFinite(value) ? Number(value.toPrecision(10)) : value);
