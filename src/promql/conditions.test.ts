import { expect, test } from 'vitest';
import { conditionsOf, distanceTo, selectorsMissing, type Condition } from './conditions.ts';
import { nameAskedFor } from './matchers.ts';
import { parsePromql } from './parse.ts';

const expression = (text: string) => {
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.expression;
};

test.each<[string, readonly (readonly [string, Condition['op'], number])[]]>([
  ['x > 5', [['x', '>', 5]]],
  ['5 < x', [['x', '>', 5]]],
  [
    'sum(a) > 1 and (b < 2 or c == 3)',
    [
      ['sum(a)', '>', 1],
      ['b', '<', 2],
      ['c', '==', 3],
    ],
  ],
  ['a > 1 unless b > 2', [['a', '>', 1]]],
  ['a > on (job) group_left () b', [['(a) - on (job) group_left () (b)', '>', 0]]],
  ['absent(a)', []],
  ['a', []],
  ['a > bool 1', []],
  ['sum(a > 1)', []],
])('%s compares', (text, expected) => {
  expect(conditionsOf(expression(text)).map(({ query, op, bound }) => [query, op, bound])).toEqual(expected);
});

test('what is made of two vectors can be asked itself', () => {
  const [condition] = conditionsOf(expression('rate(a[5m]) >= ignoring (x) rate(b[5m])'));
  expect(parsePromql(condition?.query ?? '').ok).toBe(true);
});

test.each([
  ['gone / here', ['gone']],
  ['sum(rate(gone[5m])) / on () also_gone', ['gone', 'also_gone']],
  ['absent(gone)', []],
  ['absent_over_time(gone[5m]) and here', []],
  ['here unless gone', []],
  ['gone unless here', ['gone']],
  ['gone or here', []],
  ['gone or also_gone', ['gone', 'also_gone']],
  ['sum(gone) or vector(0)', []],
])('without data, %s misses', (text, expected) => {
  const finds = ({ matchers }: { matchers: Parameters<typeof nameAskedFor>[0] }): boolean =>
    nameAskedFor(matchers) === 'here';
  const missing = selectorsMissing(expression(text), finds);
  expect(missing.map(({ matchers }) => nameAskedFor(matchers))).toEqual(expected);
});

test.each<[number, Condition['op'], number, boolean]>([
  [5, '>', 5, false],
  [5.1, '>', 5, true],
  [5, '>=', 5, true],
  [5, '<', 5, false],
  [4, '<', 5, true],
  [5, '==', 5, true],
  [5, '!=', 5, false],
  [4, '!=', 5, true],
])('%d %s %d has no distance left where it is true', (value, op, bound, holds) => {
  expect(distanceTo(value, { op, bound }) === 0).toBe(holds);
});
