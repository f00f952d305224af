import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, ms, parseDuration, showSeconds } from './units.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['1h', 3_600_000],
  ['2d12h', 216_000_000],
])('%s is %d ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '5', 's', '1.5s', '-1s', '1s1m', '1m1m', '1 m', '1M'])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('a printed duration reads as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (value) => {
      expect(parseDuration(formatDuration(ms(value)))).toBe(value);
    }),
  );
});

test.each([
  [420, '0.42 s'],
  [12_300, '12.3 s'],
  [125_000, '2:05 min'],
])('%d ms is shown as %s', (value, expected) => {
  expect(showSeconds(ms(value))).toBe(expected);
});
