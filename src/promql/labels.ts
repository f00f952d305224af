/**
 * The label set of a series. Two sets are the same when their keys are; an empty value is the same as a missing label, so
 * none is ever stored, and names are kept in order, so a key is a walk.
 */
export type Labels = ReadonlyMap<string, string>;

/** The label that holds a metric's name. */
export const nameLabel = '__name__';

export const noLabels: Labels = new Map();

/** Where a name is given twice, the last one counts. */
export const labelsOf = (entries: Iterable<readonly [string, string]>): Labels => {
  const labels = new Map(entries);
  return new Map(
    [...labels]
      .filter(([, value]) => value !== '')
      .toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
};

/** Equal for equal label sets; not for people. */
export const labelsKey = (labels: Labels): string => {
  let key = '';
  for (const [name, value] of labels) key += `${name}\u{1}${value}\u{2}`;
  return key;
};

/** Only the labels named. */
export const keepLabels = (labels: Labels, names: ReadonlySet<string>): Labels => {
  const kept = new Map<string, string>();
  for (const [name, value] of labels) if (names.has(name)) kept.set(name, value);
  return kept;
};

/** All labels but those named. */
export const dropLabels = (labels: Labels, names: ReadonlySet<string>): Labels => {
  const kept = new Map<string, string>();
  for (const [name, value] of labels) if (!names.has(name)) kept.set(name, value);
  return kept;
};

const justTheName = new Set([nameLabel]);

/** The labels without the metric's name, as after most functions. */
export const dropName = (labels: Labels): Labels => (labels.has(nameLabel) ? dropLabels(labels, justTheName) : labels);

/** As people write it: `up{instance="shop-1:8080", job="shop"}`. */
export const showLabels = (labels: Labels): string => {
  const inside = [...dropName(labels)].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  return `${labels.get(nameLabel) ?? ''}{${inside}}`;
};
