/** Series and answers as short texts, so that a test of the semantics can be read as a table. */
import { evaluate } from './evaluate.ts';
import { labelsOf, nameLabel, showLabels, type Labels } from './labels.ts';
import { acceptsAll } from './matchers.ts';
import { showValue } from './numbers.ts';
import { parsePromql } from './parse.ts';
import type { Series, SeriesSource } from './series.ts';
import { minutes, parseDuration } from '../units.ts';

/**
 * Series by their text, each with one point per `step` from time 0 on: a number, `_` for none, `stale` for a marker.
 *
 *     seriesOf('1m', { 'up{job="shop"}': '1 1 _ stale' })
 */
export const seriesOf = (step: string, written: Readonly<Record<string, string>>): SeriesSource => {
  const stepMs = parseDuration(step) ?? 0;
  const series = Object.entries(written).map(([name, points]): Series => {
    const slots = points.split(' ').map((point, index) => ({ point, timeMs: index * stepMs }));
    const samples = slots.filter(({ point }) => point !== '_');
    return {
      labels: labelsIn(name),
      times: samples.map(({ timeMs }) => timeMs),
      values: samples.map(({ point }) => (point === 'stale' ? NaN : Number(point))),
      stale: samples.map(({ point }) => Number(point === 'stale')),
      length: samples.length,
    };
  });
  return { select: (matchers) => series.filter(({ labels }) => acceptsAll(matchers, labels)) };
};

const labelsIn = (text: string): Labels => {
  const [, name = '', inside = ''] = /^([\w:]*)(?:\{(.*)\})?$/.exec(text) ?? [];
  const pairs = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value] as const);
  return labelsOf([...pairs, [nameLabel, name]]);
};

/** The value of `expression` at a moment such as `5m`, one line per element; a failure is its message. */
export const answer = (expression: string, source: SeriesSource, at: string): readonly string[] => {
  const parsed = parsePromql(expression);
  if (!parsed.ok) return parsed.problems.map(({ message }) => message);
  try {
    const value = evaluate(parsed.expression, source, parseDuration(at) ?? 0, { lookbackMs: minutes(5) });
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
