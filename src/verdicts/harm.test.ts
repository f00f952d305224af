import { expect, test } from 'vitest';
import { harmVerdict } from './harm.ts';
import {
  changing,
  entriesOf,
  fullProof,
  journalOf,
  samplePlan,
  sampleRun,
  without,
  type Entry,
} from './journal.fixture.ts';
import { trialsOf } from './trials.ts';
import type { Snapshot } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';

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

test('without a comparison nothing is known', () => {
  expect(verdictOf({ state, books }, samplePlan, without('snapshot.taken'))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-observed',
  });
});

test('buyers that fail under a runbook on a healthy system are harm', () => {
  const [, , healthy] = trialsOf(fullProof());
  const alter = (change: (entries: readonly Entry[]) => readonly Entry[]) => {
    const events = journalOf(change(entriesOf(healthy?.events ?? [])));
    return harmVerdict({ trial: 'fault-free', events, aftermath: [], cutShort: null }, samplePlan);
  };
  const failing = (lagP99Ms: number) =>
    changing('load.measured', (fact, atMs) => (atMs === 98_500 ? { ...fact, buyersFailed: 4, lagP99Ms } : fact));
  expect(alter((entries) => entries).outcome).toBe('pass');
  expect(alter(failing(2))).toMatchObject({
    outcome: 'fail',
    reason: 'buyers-harmed',
    detail: 'on a healthy system 4 buyers failed while it ran',
  });
  expect(alter(failing(300))).toMatchObject({ outcome: 'inconclusive', reason: 'machine-busy' });
});
