/**
 * Matchers choose alerts by their labels: in routes, inhibition rules, silences and the API's `filter`. Regular
 * expressions are RE2's, anchored at both ends; a label that is missing counts as "".
 */
import { RE2JS } from 're2js';
import { compareText, labelValue, type Labels } from './labels.ts';

const operators = ['=', '!=', '=~', '!~'] as const;
export type Operator = (typeof operators)[number];

export type Matcher = {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
  readonly matches: (labels: Labels) => boolean;
};

/** @throws {Error} when the value of a regular-expression matcher is no RE2 expression. */
export const matcher = (name: string, operator: Operator, value: string): Matcher => {
  const wanted = operator === '=' || operator === '=~';
  const isRegex = operator === '=~' || operator === '!~';
  const regex = isRegex ? RE2JS.compile(value) : null;
  const test = regex === null ? (text: string) => text === value : (text: string) => regex.matches(text);
  return { name, operator, value, matches: (labels) => test(labelValue(labels, name)) === wanted };
};

/** All of them at once; no matchers match everything. */
export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every(({ matches }) => matches(labels));

/** By name, then value, then operator: the order in which they stand in a group's key. */
export const sortMatchers = (matchers: readonly Matcher[]): readonly Matcher[] =>
  matchers.toSorted(
    (a, b) =>
      compareText(a.name, b.name) ||
      compareText(a.value, b.value) ||
      operators.indexOf(a.operator) - operators.indexOf(b.operator),
  );

/** `{severity!~"info|none",team="db"}` */
export const showMatchers = (matchers: readonly Matcher[]): string =>
  `{${matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`).join(',')}}`;

const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const onePattern = new RegExp(
  String.raw`\s*(?<name>${quoted}|[^\s=!~,{}"]+)\s*(?<operator>=~|!=|!~|=)\s*(?<value>${quoted}|[^,"{}]*?)\s*(?:,|$)`,
  'ys',
);

/**
 * Reads one or more matchers, separated by commas and with or without braces around them: `team="db"`,
 * `{alertname=~"Pool.*", severity!=info}`.
 *
 * @throws {Error} saying what is wrong with `text`.
 */
export const parseMatchers = (text: string): readonly Matcher[] => {
  const inner = /^\s*\{(?<inner>.*)\}\s*$/s.exec(text)?.groups?.['inner'] ?? text;
  const found: Matcher[] = [];
  onePattern.lastIndex = 0;
  while (onePattern.lastIndex < inner.trimEnd().length) {
    const groups = onePattern.exec(inner)?.groups;
    if (groups === undefined) throw new Error(`${JSON.stringify(text)} is not a matcher like team="db"`);
    const { name = '', operator = '=', value = '' } = groups;
    found.push(matcher(unquote(name), operator as Operator, unquote(value)));
  }
  if (found.length === 0) throw new Error('a matcher is empty');
  return found;
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

/** Go's double quotes, as far as people write them; an unknown escape is kept as it stands (`\d` in a regular expression). */
const unquote = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/gs, (whole, c: string) => escapes[c] ?? whole) : text;
