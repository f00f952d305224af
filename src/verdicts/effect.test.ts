import { expect, test } from 'vitest';
import { effectVerdict } from './effect.ts';
import { changing, sampleRun, withMore, without, type Entry } from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import { trialsOf } from './trials.ts';

const verdictOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) => {
  const [trial] = trialsOf(sampleRun(entries === undefined ? {} : { entries }));
  if (trial === undefined) throw new Error('no trial');
  return effectVerdict(trial, samplePlan);
};
/** All measurements stay good; only the cause probe knows that something was changed. */
const unfelt = (entries: readonly Entry[]): readonly Entry[] => {
  const calm = changing('load.measured', (fact) => ({ ...fact, buyersFailed: 0 }))(
    without('alert.pended', 'alert.fired')(entries),
  );
  return changing('probe.measured', (fact) => {
    if (fact.kind === 'cause') return fact;
    return { ...fact, value: 0, good: fact.kind !== 'alert' };
  })(calm);
};

test('what the fault did first is named', () => {
  expect(verdictOf()).toMatchObject({ outcome: 'pass', detail: '"buyers succeed" turned bad within 0.5 s' });
});

test('a fault that changed nothing measurable is inconclusive', () => {
  expect(verdictOf(unfelt)).toMatchObject({
    outcome: 'inconclusive',
    reason: 'no-effect',
    detail: 'the fault changed nothing measurable',
  });
});

test('failed buyers alone are an effect', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    changing('load.measured', (fact, atMs) => (atMs === 10_000 ? { ...fact, buyersFailed: 5 } : fact))(unfelt(all));
  expect(verdictOf(entries).detail).toBe('buyers failed within 2.0 s');
});

test('an alert that sees it is an effect, too', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    withMore([10_000, { type: 'alert.pended', alert: 'ShopErrorRateHigh', labels: {}, value: 1 }])(unfelt(all));
  expect(verdictOf(entries).detail).toBe('ShopErrorRateHigh saw it within 2.0 s');
});

test('an aborted run has not shown that a fault has no effect', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    withMore([9_000, { type: 'run.aborted', condition: 'too hot' }])(unfelt(all));
  expect(verdictOf(entries)).toMatchObject({ reason: 'not-observed', detail: 'the run was aborted: too hot' });
});

test('a fault that was never injected is inconclusive', () => {
  expect(verdictOf(without('fault.injected'))).toMatchObject({ reason: 'not-injected' });
});
