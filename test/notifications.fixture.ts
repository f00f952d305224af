/** What two Alertmanagers told their receivers, side by side. */
import type { Received } from './receivers.fixture.ts';

export type Pair = {
  /** The path and the number of the notification there. */
  readonly name: string;
  /** As both should have told it, without the moments; undefined where there was none. */
  readonly expected: string | undefined;
  readonly got: string | undefined;
  /** Between the times of the two. */
  readonly apartMs: number;
};

/** Two notifications that are less apart than this are in no order. */
const togetherMs = 20;

/** Pairs in the order of each path; `show` tells what of a notification has to be the same. */
export const pairsOf = (
  expected: readonly Received[],
  got: readonly Received[],
  show: (received: Received) => unknown,
): readonly Pair[] => {
  const paths = [...new Set([...expected, ...got].map(({ path }) => path))];
  const text = (one: Received | undefined): string | undefined =>
    one === undefined ? undefined : JSON.stringify(comparable(show(one)), null, 2);
  return paths.flatMap((path) => {
    const [wanted = [], found = []] = [expected, got].map((all) => inOrder(all.filter((each) => each.path === path)));
    return Array.from({ length: Math.max(wanted.length, found.length) }, (_, index): Pair => {
      const [left, right] = [wanted[index], found[index]];
      const apartMs = Math.abs((left?.atMs ?? Infinity) - (right?.atMs ?? -Infinity));
      return { name: `${path} ${index + 1}`, expected: text(left), got: text(right), apartMs };
    });
  });
};

const inOrder = (received: readonly Received[]): readonly Received[] => {
  let round = 0;
  return received
    .map((each, index) => {
      if (index > 0 && each.atMs - received[index - 1]!.atMs > togetherMs) round += 1;
      const group = String(each.body['groupKey'] ?? each.body['dedup_key']);
      return { each, key: `${String(round).padStart(4, '0')} ${group}` };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ each }) => each);
};

/** In the order of keys, and without the moments; whether an alert has an end stays. */
const comparable = (value: unknown, key = ''): unknown => {
  if (key === 'startsAt' || (key === 'endsAt' && !String(value).startsWith('0001'))) return 'a time';
  if (Array.isArray(value)) return value.map((item) => comparable(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, comparable(item, name)]));
};
