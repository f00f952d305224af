import { expect, test } from 'vitest';
import { alertVerdict } from './alerts.ts';
import { changing, sampleRun, withMore, without, type Entry, type Story } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import { trialsOf } from '../trials.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';

const name = 'DatabaseConnectionsRefused';
const labels = { severity: 'page' };

const verdictOf = (
  change: {
    story?: Partial<Story>;
    plan?: Partial<Plan>;
    entries?: (entries: readonly Entry[]) => readonly Entry[];
  } = {},
  alter: (alert: PlannedAlert) => PlannedAlert = (alert) => alert,
) => {
  const plan = { ...samplePlan, ...change.plan };
  const [trial] = trialsOf(sampleRun(change));
  const want = plan.alerts.find((alert) => alert.name === name);
  if (trial === undefined || want === undefined) throw new Error('no fault trial');
  return alertVerdict(trial, alter(want), plan);
};
/** A story without any alert, in which the service stays ill for longer than every bound. */
const silent = { firesMs: Infinity, runbookMs: Infinity, wellMs: Infinity } as const;

test('an alert that fires in time and reaches its receiver passes, and shows its delay in both times', () => {
  const verdict = verdictOf();
  expect(verdict).toMatchObject({ outcome: 'pass', detail: '1.9 s, at 30x 57 s of 2 min; pager told after 2.0 s' });
  const types = sampleRun().filter(({ seq }) => verdict.evidence.includes(seq));
  expect(types.map(({ type }) => type)).toEqual(['fault.injected', 'alert.fired', 'alert.sent', 'alert.delivered']);
});

test('an alert that tells its receiver exactly at its bound is in time, one that fires a moment after it is late', () => {
  const patient = { runbookMs: 14_000, wellMs: 20_000 };
  expect(verdictOf({ story: { ...patient, firesMs: 11_900 } }).outcome).toBe('pass');
  expect(verdictOf({ story: { ...patient, firesMs: 12_100 } })).toMatchObject({
    outcome: 'fail',
    reason: 'late',
    detail: 'late: fired after 4.1 s, at 30x 2 min 3 s of 2 min',
  });
});

test('an alert that fires in time and reaches its receiver late is late', () => {
  const patient = { runbookMs: 14_000, wellMs: 20_000, firesMs: 11_940 };
  const verdict = verdictOf({ story: patient });
  expect(verdict).toMatchObject({
    outcome: 'fail',
    reason: 'late',
    detail:
      'late: fired in time, after 3.9 s, at 30x 1 min 59 s, but reached pager only after 4.0 s, at 30x 2 min 2 s of 2 min',
  });
  const busy = changing('load.measured', (fact, atMs) => (atMs === 10_000 ? { ...fact, lagP99Ms: 180 } : fact));
  expect(verdictOf({ story: patient, entries: busy })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'machine-busy',
  });
});

test('an alert whose page was not awaited until its bound is inconclusive', () => {
  const cutOff = { firesMs: 9_900, undoMs: 11_000, runbookMs: Infinity, wellMs: Infinity };
  expect(verdictOf({ story: cutOff, entries: without('alert.delivered') })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
  });
});

test('an alert that fires only once our own undo has begun did not fire', () => {
  const entries = withMore(
    [40_300, { type: 'alert.fired', alert: name, labels, value: 1 }],
    [40_310, { type: 'alert.delivered', alert: name, labels, receiver: 'pager' }],
  );
  expect(verdictOf({ story: silent, entries })).toMatchObject({ outcome: 'fail', reason: 'never-fired' });
});

test('a late alert beside a machine that was too busy is inconclusive', () => {
  const verdict = verdictOf({
    story: { firesMs: 13_000, runbookMs: 15_000, wellMs: 20_000 },
    entries: changing('load.measured', (fact, atMs) => (atMs === 10_000 ? { ...fact, lagP99Ms: 180 } : fact)),
  });
  expect(verdict).toMatchObject({
    outcome: 'inconclusive',
    reason: 'machine-busy',
    detail: 'fired after 5.0 s, at 30x 2 min 30 s of 2 min, but the machine was too busy (load sent 180 ms late)',
  });
});

test('a busy machine after the alert excuses nothing', () => {
  const verdict = verdictOf({
    story: { firesMs: 13_000, runbookMs: 15_000, wellMs: 20_000 },
    entries: changing('load.measured', (fact, atMs) => (atMs === 15_000 ? { ...fact, lagP99Ms: 180 } : fact)),
  });
  expect(verdict).toMatchObject({ outcome: 'fail', reason: 'late' });
});

test('a condition that was never reached is told with the closest value', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.kind === 'alert' ? { ...fact, value: atMs === 11_999 ? 0.42 : 0.1, good: false } : fact,
  );
  expect(verdictOf({ story: silent, entries })).toMatchObject({
    outcome: 'fail',
    reason: 'below-threshold',
    detail: 'never fired in 2 min: closest value 0.42, threshold > 0.5',
  });
});

test('closest means lowest where the condition is “less than”', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.kind === 'alert' ? { ...fact, value: atMs === 11_999 ? 3 : 9, good: false } : fact,
  );
  const verdict = verdictOf({ story: silent, entries }, (alert) => ({
    ...alert,
    rule: { ...alert.rule, threshold: { query: 'free', op: '<', value: 2 } },
  }));
  expect(verdict.detail).toBe('never fired in 2 min: closest value 3, threshold < 2');
});

test('an expression without data is another finding than one below its threshold', () => {
  const entries = changing('probe.measured', (fact) =>
    fact.kind === 'alert' ? { ...fact, value: null, good: false } : fact,
  );
  expect(verdictOf({ story: silent, entries })).toMatchObject({
    outcome: 'fail',
    reason: 'no-data',
    detail: 'never fired in 2 min: its expression had no data',
  });
});

test('a condition that held without ever becoming pending is named as that', () => {
  expect(verdictOf({ story: silent })).toMatchObject({
    outcome: 'fail',
    reason: 'never-fired',
    detail: 'never fired in 2 min: it never became pending',
  });
});

test('a condition that held for less than `for` asks is told with both', () => {
  const entries = withMore(
    [9_000, { type: 'alert.pended', alert: name, labels, value: 0.7 }],
    [9_800, { type: 'alert.cleared', alert: name, labels, wasFiring: false }],
  );
  expect(verdictOf({ story: silent, entries })).toMatchObject({
    outcome: 'fail',
    reason: 'shorter-than-for',
    detail: 'pending for 0.8 s, at 30x 24 s; `for` asks for 1 min',
  });
});

test('an alert that is still pending when its time is over is late', () => {
  const entries = withMore([11_500, { type: 'alert.pended', alert: name, labels, value: 0.7 }]);
  expect(verdictOf({ story: silent, entries })).toMatchObject({
    outcome: 'fail',
    reason: 'late',
    detail: 'late: still pending after 2 min; `for` asks for 1 min',
  });
});

test('an alert that fires with other labels did not fire', () => {
  const entries = changing('alert.fired', (fact) => ({ ...fact, labels: { severity: 'ticket' } }));
  expect(verdictOf({ entries })).toMatchObject({
    outcome: 'fail',
    reason: 'wrong-labels',
    detail: 'fired without severity=page (is ticket)',
  });
});

test('more labels than wanted do no harm', () => {
  const entries = changing('alert.fired', (fact) => ({ ...fact, labels: { ...fact.labels, instance: 'db:5432' } }));
  expect(verdictOf({ entries }).outcome).toBe('pass');
});

test('an alert that is never sent on has told nobody', () => {
  expect(verdictOf({ entries: without('alert.sent', 'alert.delivered') })).toMatchObject({
    outcome: 'fail',
    reason: 'not-delivered',
    detail: 'fired, but was never sent to be routed',
  });
});

test('an alert that is sent on and reaches nobody is a matter of routing', () => {
  expect(verdictOf({ entries: without('alert.delivered') })).toMatchObject({
    outcome: 'fail',
    reason: 'not-delivered',
    detail: 'was sent, but no message reached pager',
  });
});

test('an alert that reaches another receiver is told with both', () => {
  expect(verdictOf({ entries: changing('alert.delivered', (fact) => ({ ...fact, receiver: 'chat' })) })).toMatchObject({
    outcome: 'fail',
    reason: 'wrong-receiver',
    detail: 'reached chat instead of pager',
  });
});

test('an alert that was active before the fault proves nothing', () => {
  const entries = withMore([6_000, { type: 'alert.pended', alert: name, labels, value: 0.7 }]);
  expect(verdictOf({ entries })).toMatchObject({ outcome: 'inconclusive', reason: 'already-active' });
});

test('an alert that was over before the fault does not matter', () => {
  const entries = withMore(
    [5_000, { type: 'alert.pended', alert: name, labels, value: 0.7 }],
    [6_000, { type: 'alert.cleared', alert: name, labels, wasFiring: false }],
  );
  expect(verdictOf({ entries }).outcome).toBe('pass');
});

test('an alert that reacts while the fault is still being injected is timed from the beginning of the injection', () => {
  expect(verdictOf({ story: { firesMs: 7_950 }, entries: without('alert.pended') }).detail).toMatch(
    /^0\.1 s, at 30x 2 s of 2 min/,
  );
});

test('an aborted run makes a silent alert inconclusive, not failed', () => {
  const entries = withMore([12_500, { type: 'run.aborted', condition: 'shop process gone' }]);
  expect(verdictOf({ story: silent, entries })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
    detail: 'the run was aborted: shop process gone',
  });
});

test('an alert that was not watched until its bound is inconclusive', () => {
  expect(verdictOf({ story: { ...silent, undoMs: 10_000 } })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
    detail: 'watched for 2.1 s, at 30x 1 min 3 s of 2 min only',
  });
});

test('an alert that stayed silent because the service was well again so soon is inconclusive', () => {
  expect(verdictOf({ story: { ...silent, wellMs: 10_000 } })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
    detail: 'the service was well again after 2.0 s, at 30x 1 min of 2 min',
  });
});

test('without an injected fault nothing can be said', () => {
  expect(verdictOf({ entries: without('fault.injected') })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-injected',
  });
});
