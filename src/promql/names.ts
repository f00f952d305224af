/**
 * Where a value stops being its metric, the metric's name goes: at once, as production servers do, or marked and removed
 * at the end of the query, so that `label_replace` can still read it (Prometheus' feature `promql-delayed-name-removal`).
 */
import { dropName, type Labels } from './labels.ts';
import { distinct, type VectorSample } from './value.ts';

/** A sample under the labels of what it was computed from. */
export type Unnamed = (labels: Labels, value: number) => VectorSample;

export const unnamedAtOnce: Unnamed = (labels, value) => ({ labels: dropName(labels), value });
export const unnamedLater: Unnamed = (labels, value) => ({ labels, value, unnamed: true });

/** Removes the names that were marked. @throws {EvaluationError} where two samples can then no longer be told apart. */
export const withoutMarkedNames = (samples: readonly VectorSample[]): readonly VectorSample[] =>
  samples.some(({ unnamed }) => unnamed)
    ? distinct(samples.map((sample) => (sample.unnamed ? unnamedAtOnce(sample.labels, sample.value) : sample)))
    : samples;
