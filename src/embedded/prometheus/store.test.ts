import { expect, test } from 'vitest';
import { labelsOf } from '../../promql/labels.ts';
import { matcherOf } from '../../promql/matchers.ts';
import { ms } from '../../units.ts';
import { named, SeriesStore } from './store.ts';

const shop = labelsOf([['job', 'shop']]);
const samples = (series: { times: ArrayLike<number>; length: number }): readonly number[] =>
  Array.from(series.times).slice(0, series.length);

test('the first sample of a time stays, and nothing is written before it', () => {
  const store = new SeriesStore(ms(1_000));
  const series = store.seriesOf(named('up', shop));
  expect([store.append(series, 10, 1), store.append(series, 10, 2), store.append(series, 9, 3)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([samples(series), series.values[0]]).toEqual([[10], 1]);
});

test('a series does not grow past what is kept', () => {
  const store = new SeriesStore(ms(1_000));
  const series = store.seriesOf(named('up', shop));
  for (let timeMs = 0; timeMs < 100_000; timeMs += 10) store.append(series, timeMs, timeMs);
  const times = samples(series);
  expect(times.at(-1)).toBe(99_990);
  expect(times[0]).toBeLessThanOrEqual(98_990);
  expect(series.times.length).toBeLessThanOrEqual(512);
});

test('series are found by name and further matchers, and forgotten after the retention', () => {
  const store = new SeriesStore(ms(1_000));
  store.append(store.seriesOf(named('up', shop)), 0, 1);
  store.append(store.seriesOf(named('up', labelsOf([]))), 2_000, 1);
  store.append(store.seriesOf(named('down', shop)), 2_000, 1);
  const found = (...matchers: Parameters<typeof store.select>[0]): number => [...store.select(matchers)].length;
  expect(found(matcherOf('__name__', '=', 'up'))).toBe(2);
  expect(found(matcherOf('__name__', '=', 'up'), matcherOf('job', '=', 'shop'))).toBe(1);
  expect(found(matcherOf('job', '=~', 'sh.*'))).toBe(2);
  store.prune(2_000);
  expect(found(matcherOf('__name__', '=', 'up'))).toBe(1);
  expect(found(matcherOf('job', '=', 'shop'))).toBe(1);
});
