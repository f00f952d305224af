/** Label sets: identity, order and the way Alertmanager prints them. */

export type Labels = Readonly<Record<string, string>>;

/** A label that is not there has the value "", everywhere in Alertmanager. */
export const labelValue = (labels: Labels, name: string): string =>
  Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';

/** Only the labels called `names`, sorted by name; those that are not there stay absent. */
export const pickLabels = (labels: Labels, names: (name: string) => boolean): Labels =>
  Object.fromEntries(
    Object.keys(labels)
      .filter(names)
      .toSorted()
      .map((name) => [name, labelValue(labels, name)]),
  );

/** The labels that all of `sets` have in common; none for no set. */
export const commonLabels = ([first = {}, ...rest]: readonly Labels[]): Labels =>
  pickLabels(first, (name) => rest.every((other) => Object.hasOwn(other, name) && other[name] === first[name]));

/** `{alertname="PoolExhausted", cluster="c1"}` */
export const showLabels = (labels: Labels): string =>
  `{${Object.keys(labels)
    .toSorted()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(', ')}}`;

/** The offset and the prime (2^40 + this) of FNV-1a with 64 bits, in halves that a double holds exactly. */
const fnv = { high: 0xcbf29ce4, low: 0x84222325, prime: 0x1b3 } as const;

/** The identity of an alert: FNV-1a, 64 bit, over each name, 0xFF, value, 0xFF in the order of names; 16 hex digits. */
export const fingerprint = (labels: Labels): string => {
  let { high, low }: { high: number; low: number } = fnv;
  const add = (byte: number): void => {
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * fnv.prime;
    high = (high * fnv.prime + Math.floor(product / 2 ** 32) + mixed * 2 ** 8) >>> 0;
    low = product >>> 0;
  };
  for (const name of Object.keys(labels).toSorted()) {
    for (const text of [name, labelValue(labels, name)]) {
      for (const byte of Buffer.from(text)) add(byte);
      add(0xff);
    }
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
};

/** Smaller sets first, then by the first name (in order of names) in which they differ; a missing label sorts first. */
export const compareLabels = (a: Labels, b: Labels): number => {
  const bySize = Object.keys(a).length - Object.keys(b).length;
  if (bySize !== 0) return bySize;
  for (const name of Object.keys({ ...a, ...b }).toSorted()) {
    if (!Object.hasOwn(a, name)) return -1;
    if (!Object.hasOwn(b, name)) return 1;
    const byValue = compareText(labelValue(a, name), labelValue(b, name));
    if (byValue !== 0) return byValue;
  }
  return 0;
};

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
