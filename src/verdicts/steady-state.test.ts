import { describe, expect, test } from 'vitest';
import { changing, sampleRun, without, type Entry } from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import { steadyStateVerdict } from './steady-state.ts';
import { trialsOf } from './trials.ts';

const verdictOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) => {
  const journal = sampleRun(entries === undefined ? {} : { entries });
  return steadyStateVerdict(trialsOf(journal)[0]?.events ?? [], samplePlan);
};

test('a calm baseline passes and says what was calm', () => {
  expect(verdictOf()).toMatchObject({ outcome: 'pass', detail: '2 probes good, 0 of 120 buyers failed' });
});

test('one failed buyer in the baseline makes the run inconclusive', () => {
  const verdict = verdictOf(
    changing('load.measured', (fact, atMs) => (atMs === 6_500 ? { ...fact, buyersFailed: 1 } : fact)),
  );
  expect(verdict).toMatchObject({
    outcome: 'inconclusive',
    reason: 'buyers-failed',
    detail: '1 of 120 buyers already failed before',
  });
});

test('a buyer who failed before the baseline began does not count', () => {
  expect(
    verdictOf(changing('load.measured', (fact, atMs) => (atMs <= 4_000 ? { ...fact, buyersFailed: 1 } : fact))).outcome,
  ).toBe('pass');
});

test('a probe that was bad before makes the run inconclusive', () => {
  const verdict = verdictOf(
    changing('probe.measured', (fact, atMs) =>
      atMs === 6_499 && fact.name === 'nobody waits' ? { ...fact, value: 7, good: false } : fact,
    ),
  );
  expect(verdict).toMatchObject({ reason: 'probe-bad', detail: '"nobody waits" was already bad before (7)' });
});

test('a probe without data is not a good probe', () => {
  const verdict = verdictOf(
    changing('probe.measured', (fact, atMs) =>
      atMs === 6_499 && fact.name === 'nobody waits' ? { ...fact, value: null, good: false, error: 'no series' } : fact,
    ),
  );
  expect(verdict).toMatchObject({ reason: 'no-data', detail: '"nobody waits" had no data before: no series' });
});

test('a probe that was never measured is not a good probe', () => {
  expect(verdictOf(without('probe.measured'))).toMatchObject({ outcome: 'inconclusive', reason: 'no-data' });
});

test('without load nothing is known', () => {
  expect(verdictOf(without('load.measured'))).toMatchObject({ outcome: 'inconclusive', reason: 'not-observed' });
});

test('a machine that is late in most windows is too busy to measure on', () => {
  expect(verdictOf(changing('load.measured', (fact) => ({ ...fact, lagP99Ms: 26 })))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'machine-busy',
    detail: 'the load generator was 26 ms late: machine too busy',
  });
});

test('one late window is a hiccup', () => {
  expect(
    verdictOf(changing('load.measured', (fact, atMs) => ({ ...fact, lagP99Ms: atMs === 7_000 ? 300 : 2 }))).outcome,
  ).toBe('pass');
});

test('a run that never came to its fault is judged by the time before its own undo', () => {
  const calm = verdictOf(
    without('fault.intended', 'fault.injected', 'fault.undone', 'fault.verified', 'runbook.started'),
  );
  expect(calm.outcome).toBe('pass');
});

describe('an expected alert', () => {
  const at = (atMs: number, type: 'alert.fired' | 'alert.cleared', alert: string) => (entries: readonly Entry[]) =>
    [
      ...entries,
      [atMs, { type, alert, labels: {}, ...(type === 'alert.fired' ? { value: 1 } : { wasFiring: true }) }] as Entry,
    ].toSorted(([one], [other]) => one - other);

  test('that already fires makes the run inconclusive: that it fires later would prove nothing', () => {
    expect(verdictOf(at(5_000, 'alert.fired', 'ShopErrorRateHigh'))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'alert-firing',
      detail: 'ShopErrorRateHigh was already firing before',
    });
  });

  test('that was over in time, or that nobody expects, does not count', () => {
    const over = at(5_500, 'alert.cleared', 'ShopErrorRateHigh');
    expect(verdictOf((entries) => over(at(5_000, 'alert.fired', 'ShopErrorRateHigh')(entries))).outcome).toBe('pass');
    expect(verdictOf(at(5_000, 'alert.fired', 'SomethingElse')).outcome).toBe('pass');
  });
});
