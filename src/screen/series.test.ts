import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms, seconds } from '../units.ts';
import { columnsOf, noSeries, withMeasurement, type Series } from './series.ts';

const each = (values: readonly (number | null)[]): Series =>
  values.reduce<Series>((series, value, second) => withMeasurement(series, seconds(second), value), noSeries);

test('the newest value stands at the right, and what was not measured is a gap', () => {
  expect(columnsOf(each([1, 2, null, 4]), seconds(3), 300).slice(-5)).toEqual([null, 1, 2, null, 4]);
});

test('within a second and within a column the highest value stays', () => {
  const spike = withMeasurement(withMeasurement(each([1, 2]), ms(1_200), 90), ms(1_800), 3);
  expect(columnsOf(spike, seconds(1), 300).slice(-2)).toEqual([1, 90]);
  expect(columnsOf(spike, seconds(1), 10).at(-1)).toBe(90);
  expect(spike).toMatchObject({ now: 3, peak: 90 });
});

test('what is older than five minutes is gone from the chart, not from the peak', () => {
  const series = each([99, ...Array.from({ length: 400 }, () => 1)]);
  expect(Math.max(...columnsOf(series, seconds(400), 50).map((value) => value ?? 0))).toBe(1);
  expect(series.peak).toBe(99);
  expect(series.buckets.length).toBe(300);
});

test('silence moves to the left like everything else', () => {
  expect(columnsOf(each([5]), seconds(2), 300).slice(-3)).toEqual([5, null, null]);
});

test('no measured second falls between two columns, however many there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 299 }), (columns, second) => {
      const series = withMeasurement(noSeries, seconds(second), 7);
      const values = columnsOf(series, seconds(299), columns);
      expect(values).toHaveLength(columns);
      expect(values).toContain(7);
    }),
  );
});
