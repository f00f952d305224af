/** Binary operators: between numbers, between a vector and a number, and between two vectors that must find each other. */
import {
  isComparison,
  isSetOp,
  type ArithmeticOp,
  type Binary,
  type ComparisonOp,
  type Matching,
  type SetOp,
} from './expression.ts';
import { dropLabels, dropName, keepLabels, labelsKey, nameLabel, showLabels, type Labels } from './labels.ts';
import { unnamedAtOnce, type Unnamed } from './names.ts';
import { powerOf } from './numbers.ts';
import { distinct, EvaluationError, type Value, type VectorSample } from './value.ts';

const arithmetic: Readonly<Record<ArithmeticOp, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': powerOf,
  atan2: Math.atan2,
};

const comparisons: Readonly<Record<ComparisonOp, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** What two numbers give; undefined where a comparison without `bool` drops the element. */
const combine = (op: ArithmeticOp | ComparisonOp, bool: boolean, left: number, right: number): number | undefined => {
  if (!isComparison(op)) return arithmetic[op](left, right);
  const holds = comparisons[op](left, right);
  return bool ? Number(holds) : holds ? left : undefined;
};

/** The value of `left op right`, whose sides are numbers or instant vectors. */
export const operate = (
  { op, bool, matching }: Pick<Binary, 'op' | 'bool' | 'matching'>,
  left: Value,
  right: Value,
  unnamed: Unnamed = unnamedAtOnce,
): Value => {
  if (isSetOp(op)) return { type: 'vector', samples: combineSets(op, samplesOf(left), samplesOf(right), matching) };
  if (left.type === 'scalar' && right.type === 'scalar')
    return { type: 'scalar', value: combine(op, true, left.value, right.value) ?? NaN };
  const renames = bool || !isComparison(op);
  const samples =
    left.type === 'scalar'
      ? withNumber(samplesOf(right), renames ? unnamed : undefined, (value) =>
          keepVectorSide(combine(op, bool, left.value, value), renames, value),
        )
      : right.type === 'scalar'
        ? withNumber(samplesOf(left), renames ? unnamed : undefined, (value) => combine(op, bool, value, right.value))
        : matched(op, bool, samplesOf(left), samplesOf(right), matching ?? everyLabel);
  return { type: 'vector', samples: renames ? distinct(samples) : samples };
};

/** A comparison that filters keeps the vector's value, also where the vector stands on the right. */
const keepVectorSide = (combined: number | undefined, renames: boolean, value: number): number | undefined =>
  combined === undefined || renames ? combined : value;

const everyLabel: Matching = { on: false, labels: new Set(), include: [] };

const samplesOf = (value: Value): readonly VectorSample[] => (value.type === 'vector' ? value.samples : []);

const withNumber = (
  samples: readonly VectorSample[],
  unnamed: Unnamed | undefined,
  change: (value: number) => number | undefined,
): readonly VectorSample[] => {
  const kept: VectorSample[] = [];
  for (const sample of samples) {
    const value = change(sample.value);
    if (value !== undefined) kept.push(unnamed === undefined ? { ...sample, value } : unnamed(sample.labels, value));
  }
  return kept;
};

/** By which labels two elements belong together. */
const signature = ({ on, labels: names }: Matching): ((labels: Labels) => Labels) => {
  const dropped = new Set([...names, nameLabel]);
  return (labels) => (on ? keepLabels(labels, names) : dropLabels(labels, dropped));
};

const combineSets = (
  op: SetOp,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
  matching = everyLabel,
): readonly VectorSample[] => {
  const toSignature = signature(matching);
  const keyOf = ({ labels }: VectorSample): string => labelsKey(toSignature(labels));
  if (op === 'or') {
    const known = new Set(left.map(keyOf));
    return [...left, ...right.filter((sample) => !known.has(keyOf(sample)))];
  }
  const known = new Set(right.map(keyOf));
  return left.filter((sample) => known.has(keyOf(sample)) === (op === 'and'));
};

const matched = (
  op: ArithmeticOp | ComparisonOp,
  bool: boolean,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
  matching: Matching,
): readonly VectorSample[] => {
  if (left.length === 0 || right.length === 0) return [];
  const toSignature = signature(matching);
  const rightIsMany = matching.many === 'right';
  const [many, one] = rightIsMany ? [right, left] : [left, right];
  const partners = partnersBySignature(one, toSignature, rightIsMany ? 'left' : 'right');
  const results: VectorSample[] = [];
  const taken = new Set<string>();
  for (const sample of many) {
    const key = labelsKey(toSignature(sample.labels));
    const partner = partners.get(key);
    if (partner === undefined) continue;
    const value = rightIsMany
      ? combine(op, bool, partner.value, sample.value)
      : combine(op, bool, sample.value, partner.value);
    if (value === undefined) continue;
    const labels = resultLabels(sample.labels, partner.labels, matching, bool || !isComparison(op));
    const identity = matching.many === undefined ? key : labelsKey(labels);
    if (taken.has(identity))
      throw new EvaluationError(
        matching.many === undefined
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    taken.add(identity);
    results.push(sample.unnamed ? { labels, value, unnamed: true } : { labels, value });
  }
  return results;
};

const partnersBySignature = (
  samples: readonly VectorSample[],
  toSignature: (labels: Labels) => Labels,
  side: 'left' | 'right',
): ReadonlyMap<string, VectorSample> => {
  const partners = new Map<string, VectorSample>();
  for (const sample of samples) {
    const shared = toSignature(sample.labels);
    const key = labelsKey(shared);
    const other = partners.get(key);
    if (other !== undefined)
      throw new EvaluationError(
        `found duplicate series for the match group ${showLabels(shared)} on the ${side} hand-side of the operation: ` +
          `[${showLabels(other.labels)}, ${showLabels(sample.labels)}];many-to-many matching not allowed: ` +
          'matching labels must be unique on one side',
      );
    partners.set(key, sample);
  }
  return partners;
};

const resultLabels = (
  many: Labels,
  one: Labels,
  { on, labels, many: side, include }: Matching,
  renames: boolean,
): Labels => {
  const named = renames ? dropName(many) : many;
  if (side === undefined) return on ? keepLabels(named, labels) : dropLabels(named, labels);
  if (include.length === 0) return named;
  const result = new Map(named);
  for (const name of include) {
    const value = one.get(name);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return new Map([...result].toSorted(([left], [right]) => (left < right ? -1 : 1)));
};
