import { expect, test } from 'vitest';
import { quietVerdict } from './quiet.ts';
import { entriesOf, fullProof, journalOf, sampleRun, withMore, type Entry } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import { trialsOf } from '../trials.ts';

const firing = (alert: string, atMs = 12_000): Entry => [atMs, { type: 'alert.fired', alert, labels: {}, value: 1 }];
const verdictOf = (...more: readonly Entry[]) => {
  const [trial] = trialsOf(sampleRun({ entries: withMore(...more) }));
  if (trial === undefined) throw new Error('no trial');
  return quietVerdict(trial, samplePlan);
};

test('expected alerts are not noise', () => {
  expect(verdictOf()).toMatchObject({ outcome: 'pass', detail: 'nothing else fired' });
});

test('an allowed alert may fire, and is named', () => {
  expect(verdictOf(firing('DatabaseRestarted'))).toMatchObject({
    outcome: 'pass',
    detail: 'only what is allowed also fired: DatabaseRestarted',
  });
});

test('any other alert fails, each once, by name', () => {
  expect(verdictOf(firing('DiskFull'), firing('DiskFull', 13_000), firing('CpuHot', 14_000))).toMatchObject({
    outcome: 'fail',
    reason: 'unexpected-alert',
    detail: 'also fired: DiskFull, CpuHot',
  });
});

test('a trial that was cut short has not shown that it stays quiet', () => {
  expect(verdictOf([20_000, { type: 'run.failed', reason: 'PostgreSQL was lost' }])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
  });
});

test('where nothing was broken even an expected alert is noise', () => {
  const healthy = trialsOf(fullProof())[2];
  if (healthy === undefined) throw new Error('no trial');
  expect(quietVerdict(healthy, samplePlan).outcome).toBe('pass');
  const noisy = { ...healthy, events: journalOf([...entriesOf(healthy.events), firing('ShopErrorRateHigh', 100_000)]) };
  expect(quietVerdict(noisy, samplePlan)).toMatchObject({ outcome: 'fail', detail: 'also fired: ShopErrorRateHigh' });
});

test('an expected alert with other labels goes to other people, and is noise', () => {
  const ticket: Entry = [
    12_000,
    { type: 'alert.fired', alert: 'ShopErrorRateHigh', labels: { severity: 'ticket' }, value: 1 },
  ];
  expect(verdictOf(ticket)).toMatchObject({
    outcome: 'fail',
    reason: 'unexpected-alert',
    detail: 'also fired: ShopErrorRateHigh without severity=page (is ticket)',
  });
});

test('what fires because of our own undo is not held against the system', () => {
  expect(verdictOf(firing('DiskFull', 40_250))).toMatchObject({ outcome: 'pass', detail: 'nothing else fired' });
  expect(verdictOf(firing('DiskFull', 39_900)).outcome).toBe('fail');
});

test('what fired before anything was broken says something of the machine, not of the system under test', () => {
  expect(verdictOf(firing('DiskFull', 4_000))).toMatchObject({ outcome: 'pass', detail: 'nothing else fired' });
});
