/** An expression over a stretch of time: its answer at every step, put together by series. */
import { evaluate, type EvaluateOptions } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { labelsKey, noLabels, type Labels } from './labels.ts';
import type { SeriesSource } from './series.ts';
import type { SeriesWindow } from './value.ts';

/** Milliseconds since the Unix epoch; both ends are steps where they fall on one. */
export type Steps = { readonly startMs: number; readonly endMs: number; readonly stepMs: number };

/**
 * @param expression Of a vector or a number; a number is a series without labels.
 * @throws {EvaluationError} as soon as one step has no answer.
 */
export const evaluateRange = (
  expression: Expression,
  source: SeriesSource,
  { startMs, endMs, stepMs }: Steps,
  options: Omit<EvaluateOptions, 'startMs' | 'endMs'>,
): readonly SeriesWindow[] => {
  const found = new Map<string, { labels: Labels; times: number[]; values: number[] }>();
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
    const value = evaluate(expression, source, atMs, { ...options, startMs, endMs });
    const number = value.type === 'scalar' ? [{ labels: noLabels, value: value.value }] : [];
    for (const sample of value.type === 'vector' ? value.samples : number) {
      const key = labelsKey(sample.labels);
      const series = found.get(key) ?? { labels: sample.labels, times: [], values: [] };
      found.set(key, series);
      series.times.push(atMs);
      series.values.push(sample.value);
    }
  }
  return [...found].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, series]) => series);
};
