/** What an expression evaluates to. */
import { labelsKey, type Labels } from './labels.ts';

export type VectorSample = {
  readonly labels: Labels;
  readonly value: number;
  /** The metric's name is still there, but goes at the end of the query (`names.ts`). */
  readonly unnamed?: true;
};

/** Samples of one series inside a window, ascending in time; never empty, never stale. */
export type SeriesWindow = {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
};

export type Value =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly type: 'matrix'; readonly series: readonly SeriesWindow[] };

/** The expression is right, but the data at this moment make its answer impossible. */
export class EvaluationError extends Error {
  override name = 'EvaluationError';
}

/** @throws {EvaluationError} when two samples have the same labels: an answer that nobody could tell apart. */
export const distinct = (samples: readonly VectorSample[]): readonly VectorSample[] => {
  if (samples.length < 2) return samples;
  const seen = new Set(samples.map(({ labels }) => labelsKey(labels)));
  if (seen.size < samples.length) throw new EvaluationError('vector cannot contain metrics with the same labelset');
  return samples;
};
