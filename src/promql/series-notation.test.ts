import { expect, test } from 'vitest';
import { showLabels } from './labels.ts';
import { labelsIn, pointsIn } from './series-notation.ts';

test.each([
  ['1 -2.5 +3e2 Inf -inf', [1, -2.5, 300, Infinity, -Infinity]],
  ['1x2', [1, 1, 1]],
  ['1+2x3', [1, 3, 5, 7]],
  ['10-2.5x2', [10, 7.5, 5]],
  ['0+-1x2', [0, -1, -2]],
  ['_ 1 _x2 stale', [undefined, 1, undefined, undefined, 'stale']],
  ['0x10', Array(11).fill(0)],
  ['', []],
])('%s is read as %j', (text, points) => {
  expect(pointsIn(text)).toEqual(points);
});

test.each([
  ['1 two', 'two is not a value of a series'],
  ['1+2', '1+2 is not a value of a series'],
  ['{{schema:1}}', 'native histograms are not supported'],
])('%s is no list of points', (text, reason) => {
  expect(() => pointsIn(text)).toThrow(reason);
});

test.each([
  ['up{job="a", instance=""}', 'up{job="a"}'],
  ['{"my.metric", x="y"}', 'my.metric{x="y"}'],
  [' {} ', '{}'],
])('%s names one series', (text, shown) => {
  expect(showLabels(labelsIn(text))).toBe(shown);
});

test.each([
  ['up{job=~"a"}', 'is not a series'],
  ['up + 1', 'is not a series'],
  ['up{', 'is never closed'],
])('%s names no series', (text, reason) => {
  expect(() => labelsIn(text)).toThrow(reason);
});
