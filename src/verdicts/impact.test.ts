import { expect, test } from 'vitest';
import { impactOf, impactVerdict } from './impact.ts';
import { changing, sampleRun, without, type Entry, type Story } from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import { trialsOf } from './trials.ts';

const verdictOf = (
  change: { story?: Partial<Story>; entries?: (entries: readonly Entry[]) => readonly Entry[] } = {},
) => {
  const [trial] = trialsOf(sampleRun(change));
  const impact = trial && impactOf(trial, samplePlan);
  if (trial === undefined || impact === undefined) throw new Error('no impact');
  return impactVerdict(trial, samplePlan, impact);
};

test('an impact like the postmortem’s passes and prints both', () => {
  expect(verdictOf()).toMatchObject({
    outcome: 'pass',
    detail: '75 % of buyers failed (75 of 100); the postmortem says 75 % (± 15)',
  });
});

test('the edge of the tolerance is inside', () => {
  expect(verdictOf({ story: { failing: 0.9 } }).outcome).toBe('pass');
  expect(verdictOf({ story: { failing: 0.6 } }).outcome).toBe('pass');
});

test('a replay that is much milder is not faithful, which is inconclusive', () => {
  expect(verdictOf({ story: { failing: 0.5 } })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-faithful',
    detail: '50 % of buyers failed (50 of 100); the postmortem says 75 % (± 15): the replay is not faithful',
  });
});

test('a replay that is much harsher is not faithful either', () => {
  expect(verdictOf({ story: { failing: 1 } }).outcome).toBe('inconclusive');
});

test('what happens once the runbook has begun does not count', () => {
  const entries = changing('load.measured', (fact, atMs) => (atMs > 11_000 ? { ...fact, buyersFailed: 0 } : fact));
  expect(verdictOf({ entries }).outcome).toBe('pass');
});

test('without a runbook the outage ends where the service heals', () => {
  expect(verdictOf({ story: { runbookMs: Infinity } }).detail).toMatch(/^75 % of buyers failed \(165 of 220\)/);
});

test('buyers of whom none ended a visit give no share', () => {
  const entries = changing('load.measured', (fact) => ({ ...fact, buyers: 0, buyersFailed: 0 }));
  expect(verdictOf({ entries })).toMatchObject({ outcome: 'inconclusive', reason: 'no-data' });
});

test('without an injected fault there is no impact', () => {
  expect(verdictOf({ entries: without('fault.injected') })).toMatchObject({ reason: 'not-injected' });
});

test('an experiment that states no share has nothing to compare', () => {
  const [trial] = trialsOf(sampleRun());
  expect(trial && impactOf(trial, { ...samplePlan, impact: null })).toBeUndefined();
});
