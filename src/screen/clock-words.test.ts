import { expect, test } from 'vitest';
import { clockWords } from './clock-words.ts';

test.each([
  [0, '0:00'],
  [7_999, '0:07'],
  [760_000, '12:40'],
  [3_723_000, '1:02:03'],
  [-500, '0:00'],
  [-31_000, '-0:31'],
])('%d ms is %s', (durationMs, words) => {
  expect(clockWords(durationMs)).toBe(words);
});
