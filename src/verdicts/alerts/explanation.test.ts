import { describe, expect, test } from 'vitest';
import { ms } from '../../units.ts';
import { alertExplanations } from './explanation.ts';
import { examined, explain, seen, sentLabels } from './explanation.fixture.ts';
import { sampleRun, without, type Entry } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';

describe('an alert that came as it should', () => {
  test('shows each step by the servers’ own times, beside the delay that is configured', () => {
    const stretches = [{ labels: {}, fromMs: ms(8_400), untilMs: ms(13_000) }];
    const { steps, why } = explain([examined({ stretches })]);
    expect(why).toBeNull();
    expect(steps.map(({ name, sinceFaultMs, configured }) => [name, sinceFaultMs, configured])).toEqual([
      ['series', -6_000, null],
      ['true', 400, { name: 'scrape_interval', writtenMs: 5_000 }],
      ['pending', 900, { name: 'evaluation_interval', writtenMs: 5_000 }],
      ['firing', 1_900, { name: 'for', writtenMs: 60_000 }],
      ['sent', 1_950, null],
      ['received', 2_000, { name: 'group_wait', writtenMs: 5_000 }],
      ['resolved', 6_900, { name: 'group_interval', writtenMs: 300_000 }],
    ]);
  });

  test('is dated by the servers where they say it, unless that cannot be', () => {
    const dated = (all: readonly Entry[]): readonly Entry[] =>
      all.map(([atMs, fact]) => {
        if (fact.type === 'alert.pended') return [atMs, { ...fact, activeAtMs: ms(8_850) }];
        if (fact.type === 'alert.sent') return [atMs, { ...fact, firedAtMs: ms(9_860), sentAtMs: ms(99_000) }];
        return [atMs, fact];
      });
    const { steps } = explain([], {}, dated);
    expect(Object.fromEntries(steps.map(({ name, sinceFaultMs }) => [name, sinceFaultMs]))).toMatchObject({
      ...{ pending: 850, firing: 1_860, sent: 1_950 },
    });
  });

  test('is explained by its events alone in a journal of before alerts were examined', () => {
    const { steps, why, verdict } = explain([]);
    expect([verdict.outcome, why]).toEqual(['pass', null]);
    expect(steps.map(({ name }) => name)).toEqual(['true', 'pending', 'firing', 'sent', 'received', 'resolved']);
  });
});

test('an alert that nobody expected is listed once, with what made it fire', () => {
  const fired = (atMs: number): Entry => [
    atMs,
    { type: 'alert.fired', alert: 'DatabaseDown', labels: sentLabels, value: 0 },
  ];
  const rule: Entry = [
    40_000,
    { type: 'alert.examined', alert: 'DatabaseDown', wanted: null, examination: { ...seen, expr: 'pg_up == 0' } },
  ];
  expect(explain([fired(9_000), fired(12_000)]).unexpected).toEqual([
    {
      alert: 'DatabaseDown',
      trial: 'fault',
      labels: sentLabels,
      sinceFaultMs: 1_100,
      value: 0,
      forMs: null,
      examination: null,
    },
  ]);
  expect(explain([fired(9_000), rule]).unexpected).toMatchObject([
    { alert: 'DatabaseDown', forMs: 60_000, examination: { expr: 'pg_up == 0' } },
  ]);
  expect(explain([]).unexpected).toEqual([]);
});

test('a run that never broke anything explains its alerts by its verdict alone', () => {
  const journal = sampleRun({ entries: without('fault.intended', 'fault.injected') });
  const { expected, unexpected } = alertExplanations(journal, samplePlan);
  expect(expected.map(({ verdict, steps, cause }) => [verdict.outcome, steps, cause])).toEqual([
    ['inconclusive', [], null],
    ['inconclusive', [], null],
  ]);
  expect(unexpected).toEqual([]);
});
