/** Functions that write labels: `label_replace`, `label_join`, and the labels that `absent` makes up. */
import { RE2JS } from 're2js';
import { labelsOf, nameLabel, type Labels } from './labels.ts';
import { unwrapped, type Node } from './expression.ts';
import { distinct, EvaluationError, type VectorSample } from './value.ts';

/** Writes `target` from a template filled by the groups of `pattern` on `source`; leaves what does not match as it is. */
export const replaceLabel = (
  samples: readonly VectorSample[],
  [target, template, source, pattern]: readonly [string, string, string, string],
): readonly VectorSample[] => {
  if (target === '') throw new EvaluationError('invalid destination label name in label_replace(): ');
  const expression = compiled(pattern);
  return distinct(
    samples.map((sample) => {
      const match = expression.matcher(sample.labels.get(source) ?? '');
      if (!match.matches()) return sample;
      const groups = expression.namedGroups();
      const filled = template.replace(reference, (_, name?: string, bare?: string, dollar?: string) => {
        if (dollar !== undefined) return '$';
        const wanted = name ?? bare ?? '';
        const index = /^\d+$/.test(wanted) ? Number(wanted) : groups[wanted];
        return index === undefined || index > match.groupCount() ? '' : (match.group(index) ?? '');
      });
      return relabelled(sample, target, filled);
    }),
  );
};

/** A bare name runs as far as it can, as in Go: `$1_x` asks for the group called `1_x`. */
const reference = /\$(?:\{(\w+)\}|(\w+)|(\$))/g;

const compiled = (pattern: string): RE2JS => {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`, { cause: error });
  }
};

/** Writes `target` from the values of `sources` with `separator` between them. */
export const joinLabels = (
  samples: readonly VectorSample[],
  [target = '', separator = '', ...sources]: readonly string[],
): readonly VectorSample[] => {
  if (target === '') throw new EvaluationError('invalid destination label name in label_join(): ');
  return distinct(
    samples.map((sample) => {
      const values = sources.map((source) => sample.labels.get(source) ?? '');
      return relabelled(sample, target, values.join(separator));
    }),
  );
};

/** A name that is written is there to stay, also where the old one was about to go. */
const relabelled = ({ labels, value, unnamed }: VectorSample, name: string, text: string): VectorSample => {
  const written = { labels: labelsOf([...labels, [name, text]]), value };
  return unnamed === undefined || name === nameLabel ? written : { ...written, unnamed };
};

/** What is certain about a series that is missing: the labels a plain selector asks for by equality, once each. */
export const labelsOfMissing = (node: Node): Labels => {
  const inner = unwrapped(node);
  const selector = inner.kind === 'range' ? inner.of : inner;
  if (selector.kind !== 'selector') return labelsOf([]);
  const asked = selector.matchers.filter(({ label }) => label !== nameLabel);
  const certain = asked.filter(
    ({ label, op }) => op === '=' && asked.filter((other) => other.label === label).length === 1,
  );
  return labelsOf(certain.map(({ label, value }) => [label, value]));
};
