import { expect, test } from 'vitest';
import { harmVerdict } from './harm.ts';
import { changing, entriesOf, fullProof, journalOf, sampleRun, without, type Entry } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import { trialsOf } from '../trials.ts';
import type { LoadWindow, Snapshot } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';

const state = { 'setting max_connections': '100 (configuration file)', 'setting work_mem': '4MB (default)' };
const books = { stock: 900, sold: 100 };

const verdictOf = (
  after: Snapshot,
  plan: Plan = samplePlan,
  entries?: (entries: readonly Entry[]) => readonly Entry[],
) => {
  const [trial] = trialsOf(sampleRun({ story: { after }, ...(entries === undefined ? {} : { entries }) }));
  if (trial === undefined) throw new Error('no trial');
  return harmVerdict(trial, plan);
};
const mayChange = (...names: readonly string[]): Plan => ({
  ...samplePlan,
  truth: { ...samplePlan.truth, mayChange: names },
});

test('a runbook that changed nothing did no harm', () => {
  expect(verdictOf({ state, books })).toMatchObject({
    outcome: 'pass',
    detail: 'changed nothing it may not change; the books balance',
  });
});

test('a setting that nobody allowed to change is harm, told with both values', () => {
  expect(verdictOf({ state: { ...state, 'setting work_mem': '1GB (database)' }, books })).toMatchObject({
    outcome: 'fail',
    reason: 'state-changed',
    detail: 'changed setting work_mem: 4MB (default) → 1GB (database)',
  });
});

test('the same change is none where the experiment allows it, by either name', () => {
  const after = { state: { ...state, 'setting work_mem': '1GB (database)' }, books };
  expect(verdictOf(after, mayChange('work_mem')).outcome).toBe('pass');
  expect(verdictOf(after, mayChange('setting work_mem')).outcome).toBe('pass');
  expect(verdictOf(after, mayChange('work')).outcome).toBe('fail');
});

test('what the fault itself changes is not held against the runbook', () => {
  expect(
    verdictOf({ state: { ...state, 'setting max_connections': '14 (postgresql.auto.conf)' }, books }).outcome,
  ).toBe('pass');
});

test('a role that appears or goes away is harm', () => {
  expect(verdictOf({ state: { ...state, 'role helper': 'superuser' }, books }).detail).toBe(
    'changed role helper: absent → superuser',
  );
});

test('books that no longer add up are harm', () => {
  expect(verdictOf({ state, books: { stock: 880, sold: 110 } })).toMatchObject({
    outcome: 'fail',
    reason: 'books-unbalanced',
    detail: 'stock and sold no longer add up: 1000 before, 990 after',
  });
  expect(verdictOf({ state, books: { stock: 850, sold: 150 } }).outcome).toBe('pass');
});

test('orders that are lost are harm although the books add up', () => {
  expect(verdictOf({ state, books: { stock: 910, sold: 90 } })).toMatchObject({
    outcome: 'fail',
    reason: 'books-unbalanced',
    detail: 'orders were lost: 100 sold before, 90 after',
  });
  expect(verdictOf({ state, books }).outcome).toBe('pass');
});

test('without a comparison nothing is known', () => {
  expect(verdictOf({ state, books }, samplePlan, without('snapshot.taken'))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
  });
});

/** The fault-free trial of a full proof, in which the runbook begins at 97 s and our own undo at 110 s. */
const onHealthy = (change: (entries: readonly Entry[]) => readonly Entry[] = (entries) => entries) => {
  const [, , healthy] = trialsOf(fullProof());
  const events = journalOf(change(entriesOf(healthy?.events ?? [])));
  return harmVerdict({ trial: 'fault-free', events, aftermath: [], cutShort: null }, samplePlan);
};
const windowsWhere = (isMeant: (atMs: number) => boolean, part: Partial<LoadWindow>) =>
  changing('load.measured', (fact, atMs) => (isMeant(atMs) ? { ...fact, ...part } : fact));
const afterwards = (atMs: number): boolean => atMs > 98_000 && atMs < 110_100;

test('buyers that fail under a runbook on a healthy system are harm', () => {
  const failing = (lagP99Ms: number) => windowsWhere((atMs) => atMs === 98_500, { buyersFailed: 4, lagP99Ms });
  expect(onHealthy().outcome).toBe('pass');
  expect(onHealthy(failing(2))).toMatchObject({
    outcome: 'fail',
    reason: 'buyers-harmed',
    detail: 'on a healthy system 4 buyers failed while it ran',
  });
  expect(onHealthy(failing(300))).toMatchObject({ outcome: 'inconclusive', reason: 'machine-busy' });
});

test.each<[string, Partial<LoadWindow>]>([
  ['hang', { buyers: 0, inFlight: 80 }],
  ['are turned away', { buyers: 0, inFlight: 0, dropped: 30 }],
])('buyers that all %s under a runbook on a healthy system are harm; a single such window is noise', (_, part) => {
  expect(onHealthy(windowsWhere(afterwards, part))).toMatchObject({ outcome: 'fail', reason: 'buyers-harmed' });
  expect(onHealthy(windowsWhere((atMs) => atMs === 101_000, part)).outcome).toBe('pass');
});

test('a steady state that a runbook ruins is harm although every buyer is served; a moment of it is noise', () => {
  const bad = (isMeant: (atMs: number) => boolean, value: number | null) =>
    changing('probe.measured', (fact, atMs) =>
      fact.name === 'nobody waits' && isMeant(atMs) ? { ...fact, value, good: false } : fact,
    );
  expect(onHealthy(bad(afterwards, 9))).toMatchObject({
    outcome: 'fail',
    reason: 'service-harmed',
    detail: 'on a healthy system "nobody waits" was bad (9)',
  });
  expect(onHealthy(bad((atMs) => atMs > 101_000 && atMs < 102_000, 9)).outcome).toBe('pass');
  expect(onHealthy(bad(afterwards, null))).toMatchObject({ outcome: 'inconclusive', reason: 'not-observed' });
});

test('a healthy system that nobody watched under the runbook has not shown that it is harmless', () => {
  const measuredOnly = (isSeen: (atMs: number) => boolean) => (entries: readonly Entry[]) =>
    entries.filter(([atMs, { type }]) => type !== 'load.measured' || isSeen(atMs));
  expect(onHealthy(measuredOnly((atMs) => atMs < 97_000))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
    detail: 'what it does to a healthy system was not watched long enough',
  });
  expect(onHealthy(measuredOnly((atMs) => atMs < 100_000)).outcome).toBe('inconclusive');
  expect(onHealthy(measuredOnly((atMs) => atMs < 104_000)).outcome).toBe('pass');
  expect(onHealthy(windowsWhere(afterwards, { buyers: 0, inFlight: 9, lagP99Ms: 300 }))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'machine-busy',
  });
});

test('a runbook that was not followed, or not to its end, has not shown that it is harmless', () => {
  expect(onHealthy(without('runbook.started')).outcome).toBe('inconclusive');
  expect(onHealthy(without('runbook.finished')).outcome).toBe('inconclusive');
});
