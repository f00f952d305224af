/** Aggregations: one instant vector → groups of samples → a sample per group, or the chosen samples of each group. */
import type { Aggregation } from './expression.ts';
import { dropLabels, keepLabels, labelsKey, labelsOf, nameLabel, noLabels, type Labels } from './labels.ts';
import { maxOf, meanOf, minOf, quantileOf, showPlain, sumOf, varianceOf } from './numbers.ts';
import { EvaluationError, type VectorSample } from './value.ts';

/** The first argument of the aggregations that take one; a number for all but `count_values`. */
export type Parameter = number | string | undefined;

type Group = { readonly labels: Labels; readonly samples: VectorSample[] };

export const aggregate = (
  { op, grouping }: Pick<Aggregation, 'op' | 'grouping'>,
  parameter: Parameter,
  samples: readonly VectorSample[],
): readonly VectorSample[] => {
  const groups = groupsOf(samples, grouping);
  if (op === 'topk' || op === 'bottomk') {
    const count = countOf(parameter);
    return groups.flatMap((group) => ranked(group.samples, op === 'topk').slice(0, count));
  }
  if (op === 'count_values') {
    const label = labelNameOf(parameter);
    return groups.flatMap((group) => countedValues(group, label));
  }
  const fold = op === 'quantile' ? (values: readonly number[]) => quantileOf(Number(parameter), values) : folds[op];
  return groups.map(({ labels, samples: all }) => {
    const value = fold(all.map((sample) => sample.value));
    return all.some(({ unnamed }) => unnamed) ? { labels, value, unnamed: true } : { labels, value };
  });
};

const folds = {
  sum: sumOf,
  avg: meanOf,
  min: minOf,
  max: maxOf,
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(varianceOf(values)),
  stdvar: varianceOf,
} as const satisfies Partial<Record<Aggregation['op'], (values: readonly number[]) => number>>;

const groupsOf = (samples: readonly VectorSample[], grouping: Aggregation['grouping']): readonly Group[] => {
  const dropped = grouping?.by === false ? new Set([...grouping.labels, nameLabel]) : undefined;
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels =
      grouping === undefined
        ? noLabels
        : dropped === undefined
          ? keepLabels(sample.labels, grouping.labels)
          : dropLabels(sample.labels, dropped);
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, samples: [sample] });
    else group.samples.push(sample);
  }
  return [...groups.values()];
};

/** Best first; NaN loses against every number, and of equals the earlier stays ahead. */
const ranked = (samples: readonly VectorSample[], greatest: boolean): readonly VectorSample[] =>
  samples.toSorted((left, right) => {
    if (Number.isNaN(left.value)) return Number.isNaN(right.value) ? 0 : 1;
    if (Number.isNaN(right.value)) return -1;
    if (left.value === right.value) return 0;
    return left.value > right.value === greatest ? -1 : 1;
  });

const countOf = (parameter: Parameter): number => {
  const count = Number(parameter);
  if (Number.isNaN(count)) throw new EvaluationError('Parameter value is NaN');
  if (Math.abs(count) >= 2 ** 63) throw new EvaluationError(`Scalar value ${count} overflows int64`);
  return Math.max(0, Math.trunc(count));
};

const labelNameOf = (parameter: Parameter): string => {
  const label = String(parameter);
  if (label === '') throw new EvaluationError('invalid label name "" in count_values');
  return label;
};

const countedValues = ({ labels, samples }: Group, label: string): readonly VectorSample[] => {
  const counts = new Map<string, number>();
  for (const { value } of samples) {
    const shown = showPlain(value);
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }
  return [...counts].map(([shown, value]) => ({ labels: labelsOf([...labels, [label, shown]]), value }));
};
