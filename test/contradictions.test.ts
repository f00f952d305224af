import { expect, test } from 'vitest';
import type { JournalEvent, JournalFact } from '../src/journal/events.ts';
import { ms } from '../src/units.ts';
import { contradictions, disorder, type Shown } from './contradictions.ts';

const alert = (type: 'alert.fired' | 'alert.delivered' | 'alert.resolved', name: string): JournalFact => ({
  ...{ type, alert: name, labels: {}, receiver: 'pager', group: '', value: 1 },
});
const step = (name: string, outcome: 'passed' | 'failed' = 'passed'): JournalFact => ({
  ...{ type: 'step.finished', step: name, outcome, detail: '', attempts: 1 },
});
const phases = (...names: readonly string[]): readonly JournalFact[] =>
  names.map((phase) => ({ type: 'phase.entered', phase }) as JournalFact);
const restarted: JournalFact = { type: 'environment.changed', act: 'restart', target: 'postgres', by: 'runbook' };
const fault = (type: 'intended' | 'injected' | 'undone' | 'verified'): JournalFact =>
  ({ type: `fault.${type}`, faultId: '1-lower-connection-limit' }) as JournalFact;
const file = 'runbooks/DatabaseConnectionsRefused.md';
const names = ['DatabaseConnectionsRefused', 'ShopErrorRateHigh'];

/** A single proof of web-stack-outage, an event a second. */
const story: readonly JournalFact[] = [
  { type: 'trial.started', trial: 'fault' },
  ...phases('up'),
  { type: 'environment.opened' } as JournalFact,
  ...phases('warm-up', 'baseline', 'inject'),
  fault('intended'),
  alert('alert.fired', 'DatabaseDown'),
  fault('injected'),
  ...phases('await-alert'),
  ...names.map((name) => alert('alert.fired', name)),
  ...names.map((name) => alert('alert.delivered', name)),
  { type: 'runbook.found', file } as JournalFact,
  ...phases('runbook'),
  { type: 'runbook.started', file } as JournalFact,
  ...[step('buyers-fail'), step('who-is-connected'), step('raise-the-limit'), restarted, step('restart-the-database')],
  ...[step('the-limit-is-set'), step('connections-in-use')],
  { type: 'runbook.finished', claim: 'ok' },
  ...phases('heal'),
  ...names.toReversed().map((name) => alert('alert.resolved', name)),
  { type: 'service.healed' } as JournalFact,
  ...phases('resolve', 'settle', 'undo'),
  ...[fault('undone'), fault('verified')],
  ...phases('down'),
  { type: 'environment.closed' },
  { type: 'trial.ended', trial: 'fault' },
  { type: 'run.ended', outcome: 'completed', residue: [] },
];

const checks = [
  'steady state before',
  'fault 1-lower-connection-limit',
  'the fault has an effect',
  'impact as in the postmortem',
  'ShopErrorRateHigh fires',
  'DatabaseConnectionsRefused fires',
  'ShopErrorRateHigh resolves',
  'DatabaseConnectionsRefused resolves',
  'nothing else fires',
  'runbook',
];

const shown = (facts: readonly JournalFact[], judged: object = {}): Shown => ({
  code: 0,
  judged: {
    checks: checks.map((name) => ({ name, outcome: 'pass', detail: '' })),
    runbook: { verdict: 'fixed', detail: '' },
    ...judged,
  } as unknown as Shown['judged'],
  events: facts.map((fact, seq): JournalEvent => ({ seq, atMs: ms(seq * 1_000), ...fact })),
});

const without = (unwanted: (fact: JournalFact) => boolean): readonly JournalFact[] =>
  story.filter((fact) => !unwanted(fact));

test('a run that is as its proof has to be contradicts nothing', () => {
  expect(contradictions('web-stack-outage', 'single', shown(story))).toEqual([]);
});

test('a check that did not pass, one that is missing and another verdict are told', () => {
  const failing = checks.map((name) => ({ name, outcome: name === 'runbook' ? 'fail' : 'pass', detail: 'no' }));
  expect(contradictions('web-stack-outage', 'single', shown(story, { checks: failing }))).toEqual([
    'check 10 is "runbook: fail: no", expected "runbook"',
  ]);
  const fewer = failing.slice(0, -1);
  const other = { checks: fewer, runbook: { verdict: 'mitigated', detail: 'so so' } };
  expect(contradictions('web-stack-outage', 'single', shown(story, other))).toEqual([
    'runbook mitigated: so so',
    'check 10 is "nothing", expected "runbook"',
  ]);
});

test('a step that is missing is told once, by its place', () => {
  const skipping = without((fact) => fact.type === 'step.finished' && fact.step === 'raise-the-limit');
  expect(contradictions('web-stack-outage', 'single', shown(skipping))).toEqual([
    'fault: 14 is "postgres: restart by runbook", expected "step raise-the-limit passed"',
  ]);
});

test('an alert that never resolves before the undo is told, and one that comes after the runbook', () => {
  const lasting = without((fact) => fact.type === 'alert.resolved' && fact.alert === 'ShopErrorRateHigh');
  const late = [...lasting.slice(0, -3), alert('alert.resolved', 'ShopErrorRateHigh'), ...lasting.slice(-3)];
  expect(contradictions('web-stack-outage', 'single', shown(late))).toEqual([
    'fault: ShopErrorRateHigh resolved: never',
  ]);
  const undelivered = without((fact) => fact.type === 'alert.delivered' && fact.alert === 'ShopErrorRateHigh');
  const at = undelivered.findIndex(({ type }) => type === 'runbook.finished');
  const after = undelivered.toSpliced(at, 0, alert('alert.delivered', 'ShopErrorRateHigh'));
  expect(contradictions('web-stack-outage', 'single', shown(after))).toEqual([
    'fault: the runbook begins came before ShopErrorRateHigh delivered',
  ]);
});

test('an alert that was interrupted counts by its end', () => {
  const [name = ''] = names;
  const runbook = story.findIndex(({ type }) => type === 'runbook.found');
  const again = (['alert.resolved', 'alert.fired', 'alert.delivered'] as const).map((type) => alert(type, name));
  const flapping = story.toSpliced(runbook, 0, ...again);
  expect(contradictions('web-stack-outage', 'single', shown(flapping))).toEqual([]);
  const early = flapping.filter(
    ({ type }, index) => type !== 'alert.resolved' || (index < runbook + 3 && index >= runbook),
  );
  expect(contradictions('web-stack-outage', 'single', shown(early))).toContain(
    `fault: ${name} resolved came before the runbook begins`,
  );
});

test('a full proof needs its other two trials', () => {
  expect(contradictions('web-stack-outage', 'full', shown(story))).toContain(
    'trial 2 is "nothing", expected "control"',
  );
});

test('what comes at nearly the same time is in no order', () => {
  const at = (times: Readonly<Record<string, number>>) => Object.entries(times).map(([what, atMs]) => ({ what, atMs }));
  expect(disorder([['a'], ['b']], at({ a: 599, b: 0 }))).toEqual([]);
  expect(disorder([['a'], ['b']], at({ a: 600, b: 0 }))).toEqual(['b came before a']);
  expect(disorder([['a', 'b']], at({ a: 9_000, b: 0 }))).toEqual([]);
  expect(disorder([['a'], ['b']], at({ b: 0 }))).toEqual(['a: never']);
});
