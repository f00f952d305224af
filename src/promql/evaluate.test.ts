import { expect, test } from 'vitest';
import { answer, seriesOf } from './written-series.fixture.ts';

const pools = seriesOf('1m', {
  'pool{job="shop",state="used"}': '1 2 3',
  'pool{job="shop",state="idle"}': '4 5 6',
  'pool{job="bank"}': '7 8 9',
});

test.each([
  ['pool{state="used"}', ['pool{job="shop", state="used"} 3']],
  ['pool{state!="used"}', ['pool{job="shop", state="idle"} 6', 'pool{job="bank"} 9']],
  ['pool{state=~"used|id.*"}', ['pool{job="shop", state="used"} 3', 'pool{job="shop", state="idle"} 6']],
  ['pool{state=~"use"}', []],
  ['pool{state!~".+"}', ['pool{job="bank"} 9']],
  ['{job="bank"}', ['pool{job="bank"} 9']],
  ['nosuch', []],
])('%s selects by matchers that are anchored, a missing label being empty', (text, expected) => {
  expect(answer(text, pools, '2m')).toEqual(expected);
});

test('an instant selector sees the newest sample for 5 minutes and not at the end of them', () => {
  const source = seriesOf('1m', { x: '7' });
  expect(answer('x', source, '4m59s999ms')).toEqual(['x{} 7']);
  expect(answer('x', source, '5m')).toEqual([]);
});

test('a series with a staleness marker is gone at once, although an older sample is within reach', () => {
  const source = seriesOf('1m', { x: '7 stale _ 8' });
  expect(answer('x', source, '59s')).toEqual(['x{} 7']);
  expect(answer('x', source, '1m')).toEqual([]);
  expect(answer('x', source, '2m59s')).toEqual([]);
  expect(answer('x', source, '3m')).toEqual(['x{} 8']);
});

test('a NaN of the data is a value, not a staleness marker', () => {
  expect(answer('x', seriesOf('1m', { x: '1 NaN' }), '1m')).toEqual(['x{} NaN']);
});

test('a range is open on the left and leaves staleness markers out', () => {
  const source = seriesOf('1m', { x: '1 2 stale 4' });
  expect(answer('x[3m]', source, '3m')).toEqual(['x{} 2 4']);
  expect(answer('x[3m1ms]', source, '3m')).toEqual(['x{} 1 2 4']);
  expect(answer('x[1m]', source, '2m')).toEqual([]);
});

test.each([
  ['pool{job="bank"} offset 1m', '8'],
  ['pool{job="bank"} offset -1m', '9'],
  ['pool{job="bank"} @ 0', '7'],
  ['pool{job="bank"} @ start()', '8'],
  ['pool{job="bank"} @ 120 offset 2m', '7'],
])('%s looks at another time', (text, value) => {
  expect(answer(text, pools, text.includes('offset -1m') || text.includes('start') ? '1m' : '2m')).toEqual([
    `pool{job="bank"} ${value}`,
  ]);
});

test('a subquery evaluates on multiples of its step after the left edge', () => {
  expect(answer('max_over_time(pool{job="bank"}[2m:1m])', pools, '2m')).toEqual(['{job="bank"} 9']);
  expect(answer('count_over_time(pool{job="bank"}[2m:1m])', pools, '2m')).toEqual(['{job="bank"} 2']);
  expect(answer('count_over_time(pool{job="bank"}[2m:30s])', pools, '2m')).toEqual(['{job="bank"} 4']);
});

test.each([
  // A counter that grows by 6 a minute and was first seen far from zero: extended to both edges.
  ['rate(x[3m])', '100 106 112 118', '3m', '0.1'],
  ['increase(x[3m])', '100 106 112 118', '3m', '18'],
  // Never extended below zero: half a minute before the first sample the counter was 0.
  ['increase(x[3m])', '_ 3 9 15', '3m', '15'],
  // A restart counts from zero.
  ['increase(x[3m1ms])', '100 106 2 8', '3m', '14.00007778'],
  ['delta(x[3m1ms])', '100 106 2 8', '3m', '-92.00051111'],
  ['irate(x[3m])', '0 6 18', '2m', '0.2'],
  ['irate(x[3m])', '0 6 3', '2m', '0.05'],
  ['idelta(x[3m])', '0 6 3', '2m', '-3'],
  ['deriv(x[5m])', '0 6 12', '2m', '0.1'],
  ['predict_linear(x[5m], 60)', '0 6 12', '2m', '18'],
  ['changes(x[5m])', '1 1 2 NaN NaN 3', '5m', '3'],
  ['resets(x[5m])', '5 3 4 1', '3m', '2'],
])('%s over %s at %s is %s', (text, points, at, value) => {
  expect(answer(text, seriesOf('1m', { x: points }), at)).toEqual([`{} ${value}`]);
});

test('rate needs two samples inside the window, so a window of one scrape interval never has a rate', () => {
  const source = seriesOf('1m', { x: '0 60 120' });
  expect(answer('rate(x[1m])', source, '2m')).toEqual([]);
  expect(answer('rate(x[1m1ms])', source, '2m')).not.toEqual([]);
});

test.each([
  ['avg_over_time', '3'],
  ['sum_over_time', '9'],
  ['min_over_time', '2'],
  ['max_over_time', '5'],
  ['count_over_time', '3'],
  ['present_over_time', '1'],
  ['stdvar_over_time', '2'],
])('%s of 2 2 5 is %s', (name, value) => {
  expect(answer(`${name}(x[3m])`, seriesOf('1m', { x: '_ 2 2 5' }), '3m')).toEqual([`{} ${value}`]);
});

test('last_over_time keeps the name, every other function of a range drops it', () => {
  const source = seriesOf('1m', { x: '1 2' });
  expect(answer('last_over_time(x[5m])', source, '1m')).toEqual(['x{} 2']);
  expect(answer('quantile_over_time(0.5, x[5m])', source, '1m')).toEqual(['{} 1.5']);
});

test('two metrics that differ only in the name cannot both lose it', () => {
  const source = seriesOf('1m', { 'a{job="x"}': '1 2', 'b{job="x"}': '1 2' });
  expect(answer('rate({job="x"}[5m])', source, '1m')).toEqual(['vector cannot contain metrics with the same labelset']);
});

test('absent answers with the labels that are certain', () => {
  expect(answer('absent(up{job="shop",env=~"a|b"})', pools, '0s')).toEqual(['{job="shop"} 1']);
  expect(answer('absent(sum(up{job="shop"}))', pools, '0s')).toEqual(['{} 1']);
  expect(answer('absent(pool)', pools, '0s')).toEqual([]);
  expect(answer('absent_over_time(up{job="shop"}[5m])', pools, '0s')).toEqual(['{job="shop"} 1']);
});

test.each([
  ['clamp(pool{job="bank"}, 0, 5)', ['{job="bank"} 5']],
  ['clamp(pool{job="bank"}, 5, 0)', []],
  ['round(pool{job="bank"} / 2)', ['{job="bank"} 5']],
  ['scalar(pool{job="bank"}) + 1', ['10']],
  ['scalar(pool)', ['NaN']],
  ['vector(3)', ['{} 3']],
  ['time()', ['120']],
  ['timestamp(pool{job="bank"} offset 1m)', ['{job="bank"} 60']],
  ['hour(vector(7200))', ['{} 2']],
  ['minute()', ['{} 2']],
  ['day_of_week(vector(0))', ['{} 4']],
  ['days_in_month(vector(0))', ['{} 31']],
  ['day_of_year(vector(86400))', ['{} 2']],
  ['sort_desc(pool{job="shop"})', ['pool{job="shop", state="idle"} 6', 'pool{job="shop", state="used"} 3']],
  ['label_replace(pool{job="bank"}, "job", "the-$1", "job", "(.*)")', ['pool{job="the-bank"} 9']],
  ['label_replace(pool{job="bank"}, "job", "x", "job", "ban")', ['pool{job="bank"} 9']],
  ['label_replace(pool{job="bank"}, "job", "", "job", ".*")', ['pool{} 9']],
  [
    'label_join(pool{state="used"}, "where", "/", "job", "state")',
    ['pool{job="shop", state="used", where="shop/used"} 3'],
  ],
])('%s', (text, expected) => {
  expect(answer(text, pools, '2m')).toEqual(expected);
});

test('compat 2 includes the left edge of lookbacks, ranges and subqueries', () => {
  const source = seriesOf('1m', { x: '1 2 4' });
  for (const [expression, at, before3, since3] of [
    ['x', '7m', 'x{} 4', undefined],
    ['count_over_time(x[1m])', '2m', '{} 2', '{} 1'],
    ['count_over_time(x[2m:1m])', '2m', '{} 3', '{} 2'],
    ['increase(x[1m])', '2m', '{} 2', undefined],
  ] as const) {
    expect([expression, ...answer(expression, source, at, { compat: 2 })]).toEqual([expression, before3]);
    expect([expression, ...answer(expression, source, at)]).toEqual([
      expression,
      ...(since3 === undefined ? [] : [since3]),
    ]);
  }
});

test('a name that is removed at the end of the query can still be read, and two that collide are an error', () => {
  const source = seriesOf('1m', { 'a{job="x"}': '1 2', 'b{job="x"}': '1 3' });
  const later = { names: 'later' } as const;
  const renamed = 'label_replace(-{job="x"}, "__name__", "minus_$1", "__name__", "(.*)")';
  expect(answer(renamed, source, '1m', later)).toEqual(['minus_a{job="x"} -2', 'minus_b{job="x"} -3']);
  expect(answer(renamed, source, '1m')).toEqual(['vector cannot contain metrics with the same labelset']);
  expect(answer('-{job="x"}', source, '1m', later)).toEqual(['vector cannot contain metrics with the same labelset']);
  expect(answer('-a > -9', source, '1m', later)).toEqual(['{job="x"} -2']);
  expect(answer('sum by (__name__) (a or on (__name__) -b)', source, '1m', later)).toEqual(['a{} 2', '{} -3']);
});
