import { expect, test } from 'vitest';
import { resolutionVerdict } from './resolution.ts';
import { healingOf } from '../healed.ts';
import { changing, sampleRun, withMore, without, type Entry, type Story } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import { trialsOf } from '../trials.ts';

const [want] = samplePlan.alerts;

const verdictOf = (
  change: { story?: Partial<Story>; entries?: (entries: readonly Entry[]) => readonly Entry[] } = {},
) => {
  const [trial] = trialsOf(sampleRun(change));
  const healed = trial && healingOf(trial, samplePlan);
  if (trial === undefined || want === undefined || healed === undefined) throw new Error('not healed');
  return resolutionVerdict(trial, want, samplePlan, healed);
};
const resolvedAt =
  (atMs: number) =>
  (entries: readonly Entry[]): readonly Entry[] =>
    entries.map(([at, fact]) => (fact.type === 'alert.resolved' ? [atMs, fact] : [at, fact]));

test('an alert that resolves in time after healing passes', () => {
  expect(verdictOf()).toMatchObject({ outcome: 'pass', detail: 'in 0.9 s, at 30x 27 s of 5 min, after healing' });
});

test('an alert that resolves after its bound is late', () => {
  expect(verdictOf({ entries: resolvedAt(24_000) })?.outcome).toBe('pass');
  expect(verdictOf({ entries: resolvedAt(24_100) })).toMatchObject({
    outcome: 'fail',
    reason: 'late',
    detail: 'late: resolved in 10.1 s, at 30x 5 min 3 s of 5 min, after healing',
  });
});

test('a late resolution beside a machine that was too busy is inconclusive', () => {
  const busy = changing('load.measured', (fact, atMs) => (atMs === 20_000 ? { ...fact, lagP99Ms: 180 } : fact));
  expect(verdictOf({ entries: (entries) => busy(resolvedAt(25_000)(entries)) })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'machine-busy',
  });
});

test('an alert that keeps firing is not resolved', () => {
  expect(verdictOf({ entries: without('alert.resolved', 'alert.cleared') })).toMatchObject({
    outcome: 'fail',
    reason: 'not-resolved',
    detail: 'still firing 5 min after healing',
  });
});

test('an alert that clears without anybody being told is not resolved', () => {
  expect(verdictOf({ entries: without('alert.resolved') })).toMatchObject({
    outcome: 'fail',
    reason: 'not-resolved',
    detail: 'cleared, but pager was never told 5 min after healing',
  });
});

test('an alert that was not watched for long enough is inconclusive', () => {
  expect(verdictOf({ story: { undoMs: 20_000 }, entries: without('alert.resolved') })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
  });
});

test('an alert that resolved only because its series vanished has not resolved', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.kind === 'alert' && atMs > 14_000 ? { ...fact, value: null, good: false } : fact,
  );
  expect(verdictOf({ entries })).toMatchObject({
    outcome: 'fail',
    reason: 'no-data',
    detail: 'resolved only for want of data: its value never came back',
  });
});

test('a gap in the data before a good value is fine', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.kind === 'alert' && atMs > 14_000 && atMs < 16_000 ? { ...fact, value: null, good: false } : fact,
  );
  expect(verdictOf({ entries })?.outcome).toBe('pass');
});

test('where its value was not measured nothing is known', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    all.filter(([, fact]) => fact.type !== 'probe.measured' || fact.kind !== 'alert');
  expect(verdictOf({ entries })).toMatchObject({ outcome: 'inconclusive', reason: 'not-observed' });
});

test('a message to somebody else does not count', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    withMore([
      15_000,
      { type: 'alert.resolved', alert: want?.name ?? '', labels: { severity: 'page' }, receiver: 'chat' },
    ])(without('alert.resolved')(all));
  expect(verdictOf({ entries })).toMatchObject({ outcome: 'fail', reason: 'not-resolved' });
});

test('an alert that never fired cannot be asked to resolve', () => {
  expect(verdictOf({ entries: without('alert.fired') })).toBeUndefined();
});
