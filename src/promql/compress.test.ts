import { expect, test } from 'vitest';
import { compressExpression } from './compress.ts';
import { parsePromql } from './parse.ts';

const compressed = (text: string, speed: number): string => {
  const parsed = parsePromql(text);
  if (!parsed.ok) return parsed.problems.map(({ message }) => message).join('; ');
  const result = compressExpression(parsed.expression, speed);
  return result.ok ? result.text : `refused: ${result.reason}`;
};

test.each([
  ['up == 0', 'up == 0'],
  ['rate(x[5m])   >  0.5 # five minutes [5m]', 'rate(x[10s])   >  0.5 # five minutes [5m]'],
  ['rate(x{a="[5m]"}[30s])', 'rate(x{a="[5m]"}[1s])'],
  ['rate(x[10s])', 'rate(x[333ms])'],
  ['avg_over_time(x[600]) > 300', 'avg_over_time(x[20s]) > 300'],
  ['x offset 1h30m', 'x offset 3m'],
  ['x offset -1m', 'x offset -2s'],
  ['max_over_time(x[10m:1m] offset 0s)', 'max_over_time(x[20s:2s] offset 0s)'],
  ['x > 1h', 'x > 1h'],
])('%s at speed 30 is %s', (text, expected) => {
  expect(compressed(text, 30)).toBe(expected);
});

test.each([
  ['increase(x[5m]) > 3', 'increase counts over a window, and a shorter window holds less'],
  ['sum(changes(x[5m]))', 'changes counts over a window, and a shorter window holds less'],
  ['count_over_time(x[1m])', 'count_over_time counts over a window, and a shorter window holds less'],
  ['time() - x > 60', 'time reads the real clock, which cannot be compressed'],
  ['x and on() hour() > 8', 'hour reads the real clock, which cannot be compressed'],
  ['predict_linear(x[1h], 3600) < 0', 'predict_linear looks a real length of time ahead'],
  ['x @ 1700000000', '@ names a fixed moment of the real clock'],
  ['rate(x[10ms])', '10ms divided by 30 is less than a millisecond'],
])('%s at speed 30 is refused', (text, reason) => {
  expect(compressed(text, 30)).toBe(`refused: ${reason}`);
});

test('at speed 1 everything stays as written', () => {
  expect(compressed('increase(x[5m])', 1)).toBe('increase(x[5m])');
});
