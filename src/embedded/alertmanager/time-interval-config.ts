/** `time_intervals` of alertmanager.yml. */
import type { Node } from 'yaml';
import type { YamlReader } from '../yaml-reader.ts';
import { clockOf, type Span, type TimeInterval } from './time-interval.ts';

/** One entry of the list: its name, where that stands, and its intervals. */
export type NamedIntervals = { readonly name: string; readonly at: Node; readonly intervals: readonly TimeInterval[] };

export const readTimeIntervals = (yaml: YamlReader, node: Node, path: string): NamedIntervals => {
  let named = { name: '', at: node };
  let intervals: readonly TimeInterval[] = [];
  yaml.mapping(node, path, {
    name: (value, key) => void (named = { name: yaml.text(value, key), at: value }),
    time_intervals: (value, key) =>
      void (intervals = yaml.list(value, key).map((item, i) => readInterval(yaml, item, `${key}[${i}]`))),
  });
  if (named.name === '') yaml.problem(node, `${path} must have a name`);
  return { ...named, intervals };
};

const readInterval = (yaml: YamlReader, node: Node, path: string): TimeInterval => {
  const interval: { -readonly [Key in keyof TimeInterval]: TimeInterval[Key] } = { localTime: clockOf('UTC') };
  const spans =
    (field: 'weekdays' | 'daysOfMonth' | 'months' | 'years', kind: Kind) =>
    (value: Node, key: string): void => {
      interval[field] = yaml.list(value, key).map((item, i) => readSpan(yaml, item, `${key}[${i}]`, kind));
    };
  yaml.mapping(node, path, {
    times: (value, key) =>
      void (interval.times = yaml.list(value, key).map((item, i) => readTimes(yaml, item, `${key}[${i}]`))),
    weekdays: spans('weekdays', weekdays),
    days_of_month: spans('daysOfMonth', days),
    months: spans('months', months),
    years: spans('years', years),
    location: (value, key) => {
      const location = yaml.text(value, key);
      try {
        interval.localTime = clockOf(location);
      } catch {
        yaml.problem(
          value,
          `${key}: nobody knows the time zone ${JSON.stringify(location)}`,
          'write it like Europe/Berlin',
        );
      }
    },
  });
  return interval;
};

const readTimes = (yaml: YamlReader, node: Node, path: string): Span => {
  const minute = (value: Node, key: string): number => {
    const text = yaml.text(value, key);
    const found = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
    if (found === null) yaml.problem(value, `${key} must be a time like 09:00, at most 24:00`);
    return Number(found?.[1] ?? 24) * 60 + Number(found?.[2] ?? 0);
  };
  let [from, to] = [NaN, NaN];
  let isComplete = 0;
  yaml.mapping(node, path, {
    start_time: (value, key) => {
      from = minute(value, key);
      isComplete += 1;
    },
    end_time: (value, key) => {
      to = minute(value, key);
      isComplete += 1;
    },
  });
  if (isComplete < 2) yaml.problem(node, `${path} must have a start_time and an end_time`);
  if (from >= to)
    yaml.problem(node, `${path}: start_time must be before end_time`, 'for a night write two, one up to 24:00');
  return { from, to };
};

type Kind = {
  readonly what: string;
  readonly number: (text: string) => number | undefined;
  readonly isKnown: (value: number) => boolean;
};

const wholeNumber = (text: string): number | undefined => (/^-?\d+$/.test(text) ? Number(text) : undefined);
const named =
  (names: string) =>
  (text: string): number | undefined => {
    const index = names.split(' ').indexOf(text);
    return index === -1 ? undefined : index;
  };

const weekdays: Kind = {
  what: 'a day of the week like monday, or a span like monday:friday',
  number: named('sunday monday tuesday wednesday thursday friday saturday'),
  isKnown: () => true,
};
const days: Kind = {
  what: 'a day from 1 to 31 or, from the end of the month, from -1 to -31, or a span like 1:7 or -3:-1',
  number: wholeNumber,
  isKnown: (value) => value !== 0 && Math.abs(value) <= 31,
};
const monthNames = named('- january february march april may june july august september october november december');
const months: Kind = {
  what: 'a month like may or 5, or a span like may:august',
  number: (text) => monthNames(text) ?? wholeNumber(text),
  isKnown: (value) => value >= 1 && value <= 12,
};
const years: Kind = { what: 'a year or a span like 2026:2028', number: wholeNumber, isKnown: () => true };

/** The shortest month, by which spans are compared that count from different ends. */
const shortestMonth = 28;

const readSpan = (yaml: YamlReader, node: Node, path: string, { what, number, isKnown }: Kind): Span => {
  const text = yaml.text(node, path);
  const [first = '', second = first, ...more] = text.toLowerCase().split(':');
  const [from, to] = [number(first), number(second)];
  const nothing = { from: 1, to: 0 };
  if (from === undefined || to === undefined || more.length > 0 || !isKnown(from) || !isKnown(to)) {
    yaml.problem(node, `${path} must be ${what}, not ${JSON.stringify(text)}`);
    return nothing;
  }
  const fromStart = (value: number): number => (value < 0 ? shortestMonth + value : value);
  if ((from < 0 && to > 0) || fromStart(from) > fromStart(to))
    yaml.problem(node, `${path}: ${JSON.stringify(text)} ends before it begins`);
  return { from, to };
};
