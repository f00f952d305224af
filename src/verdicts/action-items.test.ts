import { expect, test } from 'vitest';
import { actionItemVerdicts } from './action-items.ts';
import { runbookJudgement } from './runbook/runbook.ts';
import { journalOf, trialEntries, type Entry, type Story } from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import { trialsOf } from './trials.ts';
import type { ActionItemCheck } from '../documents/reference.ts';
import { ms } from '../units.ts';

const day = 86_400_000;
type History = readonly { runId: string; startedAt: string; mode: 'verify' | 'drill'; outcome: string }[];

const answerTo = (
  check: ActionItemCheck | undefined,
  { history = [], story, more = [] }: { history?: History; story?: Partial<Story>; more?: readonly Entry[] } = {},
) => {
  const item = { at: samplePlan.alerts[0]!.at, id: 'x', text: 'Do it', ...(check === undefined ? {} : { check }) };
  const plan = { ...samplePlan, reference: samplePlan.reference && { ...samplePlan.reference, actionItems: [item] } };
  const journal = journalOf([...trialEntries(story, plan), ...more], plan, { history });
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('no start');
  const runbook = runbookJudgement(journal, plan);
  const [verdict] = actionItemVerdicts(plan, { started, trial: trialsOf(journal)[0], runbook });
  return `${verdict?.state}: ${verdict?.detail}`;
};
const ago = (days: number, mode: 'verify' | 'drill', outcome = 'passed'): History[number] => ({
  runId: 'earlier',
  mode,
  outcome,
  startedAt: new Date(Date.parse('2026-11-22T10:00:00Z') - days * day).toISOString(),
});
const monthly = { type: 'scheduledVerifyWithin', withinMs: ms(30 * day) } as const;
const attested = { type: 'attested', by: 'team lead', date: '2026-09-01' } as const;

test('pools that fit into the server’s slots pass, with the sum', () => {
  expect(answerTo({ type: 'auditPools' })).toBe('pass: pool × instances 20 × 2 = 40 ≤ 100 − 3 = 97 connections');
});

test('an alert that fired is an alert that fires', () => {
  expect(answerTo({ type: 'alertFires', alert: 'ShopErrorRateHigh' })).toBe('pass: ShopErrorRateHigh fired');
  const silent = { story: { firesMs: Infinity } };
  expect(answerTo({ type: 'alertFires', alert: 'ShopErrorRateHigh' }, silent)).toBe(
    'fail: ShopErrorRateHigh did not fire',
  );
});

test('an alert that this experiment does not expect is not asked to fire', () => {
  expect(answerTo({ type: 'alertFires', alert: 'DiskFull' })).toBe(
    'not-checked: this experiment does not expect DiskFull',
  );
});

test('an alert that our own undo sets off proves nothing', () => {
  const more = (atMs: number): readonly Entry[] => [
    [atMs, { type: 'alert.fired', alert: 'DiskFull', labels: {}, value: 1 }],
  ];
  const check = { type: 'alertFires', alert: 'DiskFull' } as const;
  expect(answerTo(check, { more: more(40_250) })).toBe('not-checked: this experiment does not expect DiskFull');
  expect(answerTo(check, { more: more(39_900) })).toBe('pass: DiskFull fired');
});

test('a runbook is verified by what it did in this run', () => {
  const check = { type: 'runbookVerified', alert: 'DatabaseConnectionsRefused' } as const;
  expect(answerTo(check)).toBe('pass: the runbook of DatabaseConnectionsRefused: fixed');
  expect(answerTo(check, { story: { wellMs: Infinity } })).toBe(
    'fail: the runbook of DatabaseConnectionsRefused: false-success',
  );
  expect(answerTo({ ...check, alert: 'DiskFull' })).toBe(
    'not-checked: this experiment does not follow the runbook of DiskFull',
  );
});

test('a first run does not prove its own schedule', () => {
  expect(answerTo(monthly)).toBe('fail: no earlier verify of this experiment');
});

test('an earlier run inside the period does, one outside does not', () => {
  expect(answerTo(monthly, { history: [ago(30, 'verify')] })).toBe('pass: last verify 30 d ago, 30 d allowed');
  expect(answerTo(monthly, { history: [ago(31, 'verify')] })).toBe('fail: last verify 31 d ago, 30 d allowed');
  expect(answerTo(monthly, { history: [ago(40, 'verify'), ago(2, 'verify', 'failed')] })).toBe(
    'pass: last verify 2 d ago, 30 d allowed',
  );
});

test('a run of another kind, or one that never came to its end, proves no schedule', () => {
  expect(answerTo(monthly, { history: [ago(1, 'drill'), ago(1, 'verify', 'interrupted')] })).toBe(
    'fail: no earlier verify of this experiment',
  );
  expect(answerTo({ type: 'drilledWithin', withinMs: ms(100 * day) }, { history: [ago(12, 'drill')] })).toBe(
    'pass: last drill 12 d ago, 100 d allowed',
  );
});

test('what somebody attested is valid through its last day', () => {
  expect(answerTo({ ...attested, expires: '2026-11-22' })).toBe(
    'attested: attested by team lead on 2026-09-01, valid until 2026-11-22',
  );
  expect(answerTo({ ...attested, expires: '2026-11-21' })).toBe(
    'expired: attested by team lead on 2026-09-01, expired 2026-11-21',
  );
});

test('an item without a check is unmapped, not failed', () => {
  expect(answerTo(undefined)).toBe('unmapped: no check says how it would be seen');
});
