import { expect, test } from 'vitest';
import { answer, seriesOf } from './written-series.fixture.ts';

const buckets = (counts: Readonly<Record<string, number>>) =>
  seriesOf('1m', Object.fromEntries(Object.entries(counts).map(([le, count]) => [`b{le="${le}"}`, String(count)])));

const latency = buckets({ '0.1': 50, '0.5': 90, '1': 100, '+Inf': 100 });

test.each([
  [0.25, '0.05'], // inside the first bucket, which begins at 0
  [0.5, '0.1'], // exactly on a bound
  [0.7, '0.3'],
  [1, '1'],
  [-0.1, '-Inf'],
  [1.1, '+Inf'],
])('the %d-quantile lies inside the bucket that reaches its rank', (phi, value) => {
  expect(answer(`histogram_quantile(${phi}, b)`, latency, '0s')).toEqual([`{} ${value}`]);
});

test.each([
  [0, 0.1, '0.5'],
  [0.1, 0.3, '0.2'], // half of the bucket from 0.1 to 0.5
  [-5, 0, '0'],
  [0.5, '+Inf', '0.1'],
  [0.5, 0.1, '0'],
  [NaN, 1, 'NaN'],
])('the share of what lies between %d and %s is counted in buckets and parts of them', (lower, upper, value) => {
  expect(answer(`histogram_fraction(${lower}, ${upper}, b)`, latency, '0s')).toEqual([`{} ${value}`]);
});

test('a share of nothing, or without a bucket for everything, is not known', () => {
  expect(answer('histogram_fraction(0, 1, b)', buckets({ '1': 0, '+Inf': 0 }), '0s')).toEqual(['{} NaN']);
  expect(answer('histogram_fraction(0, 1, b)', buckets({ '1': 10, '2': 20 }), '0s')).toEqual(['{} NaN']);
});

test.each([
  ['in the last bucket the highest finite bound is the answer', { '1': 10, '2': 20, '+Inf': 100 }, '2'],
  ['without a bucket for everything nothing is known', { '1': 10, '2': 20 }, 'NaN'],
  ['one bucket is not a distribution', { '+Inf': 20 }, 'NaN'],
  ['nothing observed is no latency of 0', { '1': 0, '+Inf': 0 }, 'NaN'],
  ['a first bucket at or below 0 has no lower end', { '-1': 90, '+Inf': 100 }, '-1'],
  ['a wider bucket never holds less than a narrower one', { '1': 90, '2': 80, '+Inf': 100 }, '0.5555555556'],
  ['a bound that is no number is left out', { '1': 100, x: 3, '+Inf': 100 }, '0.5'],
  ['equal bounds in two notations are one bucket', { '1': 50, '1.0': 50, '+Inf': 100 }, '0.5'],
])('%s', (_, counts, value) => {
  expect(answer('histogram_quantile(0.5, b)', buckets(counts), '0s')).toEqual([`{} ${value}`]);
});

test('every group of labels is a histogram of its own', () => {
  const two = seriesOf('1m', {
    'b{le="1",r="x"}': '1',
    'b{le="+Inf",r="x"}': '1',
    'b{le="1",r="y"}': '0',
    'b{le="+Inf",r="y"}': '0',
  });
  expect(answer('histogram_quantile(1, b)', two, '0s')).toEqual(['{r="x"} 1', '{r="y"} NaN']);
});
