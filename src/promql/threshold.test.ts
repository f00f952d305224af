import { expect, test } from 'vitest';
import { parsePromql } from './parse.ts';
import { metricNames, thresholdOf } from './threshold.ts';

const expression = (text: string) => {
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.expression;
};

test.each([
  ['sum(rate(x[5m])) > 0.5', { query: 'sum(rate(x[5m]))', op: '>', value: 0.5 }],
  ['((a / b) >= 80 / 100)', { query: '(a / b)', op: '>=', value: 0.8 }],
  ['5 < x', { query: 'x', op: '>', value: 5 }],
  ['x == -1', { query: 'x', op: '==', value: -1 }],
  ['a - b offset 5m > 10m', { query: 'a - b offset 5m', op: '>', value: 600 }],
])('the threshold of %s can be read from it', (text, expected) => {
  expect(thresholdOf(expression(text))).toEqual(expected);
});

test.each(['x > y', 'x > 1 and y > 2', 'absent(x)', 'x > bool 1', 'x + 1', 'x > scalar(y)'])(
  '%s has no threshold',
  (text) => {
    expect(thresholdOf(expression(text))).toBeUndefined();
  },
);

test('the metrics of an expression are those it names', () => {
  expect(metricNames(expression('a / on(x) rate(b[5m]) or a{y="z"} or {"c.d"} or {__name__=~"e.*"}'))).toEqual([
    'a',
    'b',
    'c.d',
  ]);
});
