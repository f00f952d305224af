import fc from 'fast-check';
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
  expect(times.length).toBeLessThanOrEqual(135);
});

test('series that have their samples at the same times share these, also after a pause and after what is old was dropped', () => {
  const store = new SeriesStore(ms(1_000));
  const [first, second, later] = ['first', 'second', 'later'].map((name) => store.seriesOf(named(name, shop)));
  const scrape = (timeMs: number, ...shown: (typeof first)[]): void =>
    shown.forEach((series) => store.append(series!, timeMs, timeMs));
  scrape(10, first, second);
  scrape(20, first, second, later);
  expect(first!.times).toBe(second!.times);
  expect([samples(first!), samples(later!)]).toEqual([[10, 20], [20]]);
  scrape(30, later);
  scrape(40, first, later, second);
  expect(first!.times).toBe(second!.times);
  expect([samples(first!), samples(later!)]).toEqual([
    [10, 20, 40],
    [20, 30, 40],
  ]);
  for (let timeMs = 50; timeMs < 5_000; timeMs += 10) scrape(timeMs, first, second);
  expect(first!.times).toBe(second!.times);
  expect(first!.times[0]).toBeGreaterThan(10);
});

test('whatever series come and go, each keeps its own samples, and all of them for as long as asked', () => {
  const retentionMs = 8;
  const presence = fc.array(fc.constantFrom('sample', 'marker', 'nothing', 'late' as const), {
    minLength: 3,
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.array(presence, { maxLength: 60 }), (scrapes) => {
      const store = new SeriesStore(ms(retentionMs));
      const series = ['a', 'b', 'c'].map((name) => store.seriesOf(named(name, shop)));
      const expected: [number, number | 'stale'][][] = [[], [], []];
      scrapes.forEach((shown, scrape) => {
        shown.forEach((what, index) => {
          const timeMs = what === 'late' ? scrape - 0.5 : scrape;
          if (what === 'marker') store.markStale(series[index]!, timeMs);
          else if (what !== 'nothing') store.append(series[index]!, timeMs, scrape * 10 + index);
          if (what !== 'nothing' && timeMs > (expected[index]!.at(-1)?.[0] ?? -Infinity))
            expected[index]!.push([timeMs, what === 'marker' ? 'stale' : scrape * 10 + index]);
        });
        series.forEach(({ times, values, stale, length }, index) => {
          const kept = Array.from({ length }, (_, at) => [times[at], stale[at] ? 'stale' : values[at]]);
          const wanted = expected[index]!;
          expect(kept).toEqual(wanted.slice(wanted.length - length));
          const oldestMs = (wanted.at(-1)?.[0] ?? 0) - retentionMs;
          expect(length).toBeGreaterThanOrEqual(wanted.filter(([timeMs]) => timeMs >= oldestMs).length);
        });
      });
    }),
  );
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
