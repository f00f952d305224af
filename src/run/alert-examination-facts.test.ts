import { describe, expect, test } from 'vitest';
import { labelsOf } from '../promql/labels.ts';
import { matcherOf } from '../promql/matchers.ts';
import { ms } from '../units.ts';
import type { Points } from './alert-examination-api.ts';
import {
  conditionFacts,
  failedTargets,
  missingSelector,
  ownPoints,
  showSelector,
  stretchesOf,
  targetKey,
} from './alert-examination-facts.ts';

const points = (labels: Record<string, string>, ...values: readonly (readonly [number, number])[]): Points => ({
  labels: labelsOf(Object.entries(labels)),
  points: values.map(([atMs, value]) => [ms(atMs), value]),
});
const name = (metric: string) => matcherOf('__name__', '=', metric);
const series = (...all: readonly Record<string, string>[]) => all.map((labels) => labelsOf(Object.entries(labels)));

describe('a selector that finds nothing', () => {
  test('is shown as people write it', () => {
    expect(showSelector([name('up')])).toBe('up');
    expect(showSelector([name('up'), matcherOf('job', '=~', 'a|b')])).toBe('up{job=~"a|b"}');
    expect(showSelector([matcherOf('__name__', '=~', 'up.*')])).toBe('{__name__=~"up.*"}');
  });

  test('of an unknown metric tells the names that read alike, nearest first, three at most', () => {
    const names = [
      'pg_stat_activity_count',
      'pg_stat_activity_max',
      'pg_stat_activity_cnt',
      'up',
      'pg_up',
      'pg_stat_acts',
    ];
    expect(missingSelector([name('pg_stat_activity_counts')], [], names)).toEqual({
      ...{ selector: 'pg_stat_activity_counts', metric: 'pg_stat_activity_counts', ofThatName: 0, excluding: [] },
      nearest: ['pg_stat_activity_count', 'pg_stat_activity_cnt', 'pg_stat_activity_max'],
    });
    expect(missingSelector([name('billing_total')], [], names).nearest).toEqual([]);
  });

  test('tells each matcher that excludes every series, with a few of the values that there are', () => {
    const there = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((code) => ({ __name__: 'x', code, host: '1' }));
    const matchers = [name('x'), matcherOf('code', '=', 'z'), matcherOf('host', '=', '1'), matcherOf('zone', '!=', '')];
    expect(missingSelector(matchers, series(...there), []).excluding).toEqual([
      { matcher: 'code="z"', values: ['a', 'b', 'c', 'd', 'e', 'f'], more: 2 },
      { matcher: 'zone!=""', values: [], more: 0 },
    ]);
  });

  test('blames no matcher where only all of them together exclude every series', () => {
    const there = series({ __name__: 'x', a: '1', b: '1' }, { __name__: 'x', a: '2', b: '2' });
    const matchers = [name('x'), matcherOf('a', '=', '1'), matcherOf('b', '=', '2')];
    expect(missingSelector(matchers, there, ['x'])).toMatchObject({ ofThatName: 2, excluding: [], nearest: [] });
  });
});

describe('a condition', () => {
  const above = { query: 'x', op: '>', bound: 5 } as const;

  test('keeps the value that came closest, when and of which series', () => {
    const all = [points({ __name__: 'x', job: 'a' }, [0, 1], [10, 4], [20, 2]), points({ job: 'b' }, [10, 3])];
    expect(conditionFacts(above, 'x\n  + 0', all)).toEqual({
      ...{ value: 'x + 0', op: '>', bound: 5, held: false },
      closest: { value: 4, atMs: 10, labels: { job: 'a' } },
    });
  });

  test('held where one value made it true, and not on the bound itself', () => {
    expect(conditionFacts(above, 'x', [points({}, [0, 5])])).toMatchObject({ held: false, closest: { value: 5 } });
    expect(conditionFacts(above, 'x', [points({}, [0, 5.1])])).toMatchObject({ held: true, closest: { value: 5.1 } });
  });

  test('has no closest value where there was none that a journal can hold', () => {
    const all = [points({}, [0, NaN], [1, Infinity])];
    expect(conditionFacts(above, 'x', all)).toMatchObject({ held: false, closest: null });
    expect(conditionFacts(above, 'x', [])).toMatchObject({ held: false, closest: null });
  });
});

test('only series are looked at that the wanted alert could come from, unless there are none', () => {
  const [a, b] = [points({ job: 'a' }, [0, 1]), points({ job: 'b' }, [0, 1])];
  expect(ownPoints([a, b], { severity: 'page', job: 'b' })).toEqual([b]);
  expect(ownPoints([a, b], { job: 'c' })).toEqual([a, b]);
});

test('a stretch lasts while no step is missing, and the longest come first', () => {
  const broken = points({ job: 'a' }, [0, 1], [10, 1], [40, 1], [50, 1], [60, 1]);
  expect(stretchesOf([broken, points({ job: 'b' }, [0, 1])], 10)).toEqual([
    { labels: { job: 'a' }, fromMs: 40, untilMs: 60 },
    { labels: { job: 'a' }, fromMs: 0, untilMs: 10 },
    { labels: { job: 'b' }, fromMs: 0, untilMs: 0 },
  ]);
});

describe('a target that could not be scraped', () => {
  const watched = { fromMs: ms(100), untilMs: ms(200) };
  const up = (job: string, ...values: readonly (readonly [number, number])[]) =>
    points({ __name__: 'up', job, instance: `${job}:80` }, ...values);
  const failed = (ups: readonly Points[], feeding: readonly string[] = []) =>
    failedTargets(
      ups,
      ups.map(({ labels }) => ({
        ...{ job: labels.get('job') ?? '', instance: labels.get('instance') ?? '', scrapeMs: ms(10) },
        lastError: 'http://127.0.0.1:80/metrics: connection refused',
      })),
      new Set(feeding.map((job) => targetKey(job, `${job}:80`))),
      watched,
    );

  test('is told with its longest outage, and whether it was ever there', () => {
    expect(failed([up('a', [50, 1], [110, 0], [120, 1], [130, 0], [150, 1])])).toEqual([
      {
        ...{ job: 'a', instance: 'a:80', feeds: false, never: false, error: 'connection refused' },
        ...{ fromMs: 130, untilMs: 150 },
      },
    ]);
    expect(failed([up('a', [50, 0], [150, 0])])).toMatchObject([{ never: true, fromMs: 50, untilMs: null }]);
  });

  test('before the fault only is none', () => {
    expect(failed([up('a', [20, 0], [50, 1], [150, 1])])).toEqual([]);
    expect(failed([up('a', [20, 0], [110, 1])])).toMatchObject([{ fromMs: 20, untilMs: 110 }]);
  });

  test('comes first where the expression asks for its series', () => {
    const all = [up('a', [110, 0], [190, 1]), up('b', [110, 0], [120, 1])];
    expect(failed(all, ['b']).map(({ job, feeds }) => [job, feeds])).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });
});
