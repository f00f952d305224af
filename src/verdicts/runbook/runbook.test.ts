import { describe, expect, test } from 'vitest';
import { runbookJudgement } from './runbook.ts';
import { changing, fullProof, sampleRun, withMore, without, type Entry, type Story } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { seconds } from '../../units.ts';

const judged = (journal: readonly JournalEvent[]) => {
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('no plan');
  const runbook = runbookJudgement(journal, started.plan);
  if (runbook === undefined) throw new Error('no runbook');
  return runbook;
};
const wordOf = (
  change: {
    story?: Partial<Story>;
    plan?: Partial<Plan>;
    entries?: (entries: readonly Entry[]) => readonly Entry[];
  } = {},
) => {
  const { verdict, detail } = judged(sampleRun(change));
  return { verdict, detail };
};
const steps = (
  outcome: 'failed' | 'errored' | 'blocked' | 'timed-out',
  detail: string,
  sqlState?: string,
): Story['steps'] => [
  { name: 'see the limit', outcome: 'passed', detail: '14' },
  { name: 'raise the limit', outcome, detail, ...(sqlState === undefined ? {} : { sqlState }) },
];
const never = { wellMs: Infinity } as const;
const external: Partial<Plan> = { truth: { ...samplePlan.truth, nature: 'external' } };

test('fixed: healed in time, and stayed so', () => {
  expect(wordOf()).toEqual({ verdict: 'fixed', detail: 'healed in 3.0 s, at 30x 1 min 30 s of 10 min' });
});

test('no-alert: the alert did not fire in its bound', () => {
  expect(wordOf({ story: { ...never, firesMs: Infinity, runbookMs: Infinity } })).toEqual({
    verdict: 'no-alert',
    detail: 'DatabaseConnectionsRefused: never fired in 2 min: it never became pending',
  });
});

test('no-runbook: the alert names none, or one that is not there', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    withMore([
      11_000,
      {
        type: 'runbook.missing',
        alert: 'DatabaseConnectionsRefused',
        url: 'https://runbooks.example/gone.md',
        reason: 'no such file',
      },
    ])(all);
  expect(wordOf({ story: { ...never, runbookMs: Infinity }, entries })).toEqual({
    verdict: 'no-runbook',
    detail: 'https://runbooks.example/gone.md: no such file',
  });
});

test('self-healed: without a runbook it heals as well', () => {
  const { verdict, detail } = judged(fullProof({ control: { wellMs: 62_000 } }));
  expect({ verdict, detail }).toEqual({
    verdict: 'self-healed',
    detail: 'without a runbook the service heals by itself, 5.0 s, at 30x 2 min 30 s after the fault',
  });
});

test('self-healed: it was well again before the runbook began', () => {
  expect(wordOf({ story: { wellMs: 12_500, runbookMs: 14_000 } })).toEqual({
    verdict: 'self-healed',
    detail: 'the service was well again at T+12.5 s, before the runbook began',
  });
});

test('a control trial that heals only after the runbook’s time is no self-healing', () => {
  const plan = { runbook: samplePlan.runbook && { ...samplePlan.runbook, withinMs: seconds(120) } };
  const late = fullProof({ control: { wellMs: 72_000 } }).map((event): JournalEvent =>
    event.type === 'run.started' ? { ...event, plan: { ...event.plan, ...plan } } : event,
  );
  expect(judged(late).verdict).toBe('fixed');
});

test('harmful: it changed what it may not change', () => {
  const after = {
    state: { 'setting max_connections': '100 (configuration file)', 'setting work_mem': '1GB (database)' },
    books: { stock: 900, sold: 100 },
  };
  expect(wordOf({ story: { after } })).toEqual({
    verdict: 'harmful',
    detail: 'under the fault: changed setting work_mem: 4MB (default) → 1GB (database)',
  });
  expect(judged(fullProof({ faultFree: { after } })).detail).toMatch(/^on a healthy system: changed setting work_mem/);
});

test('blocked: a step could not be carried out, and says why', () => {
  expect(
    wordOf({
      story: { ...never, claim: 'blocked', steps: steps('errored', 'permission denied to set parameter', '42501') },
    }),
  ).toEqual({
    verdict: 'blocked',
    detail: 'stopped at "raise the limit": permission denied to set parameter (permission denied, 42501)',
  });
  expect(
    wordOf({ story: { ...never, claim: 'blocked', steps: steps('errored', 'too many clients', '53300') } }).detail,
  ).toMatch(/\(login refused, 53300\)$/);
});

test('false-success: it says ok, and the cause is still there', () => {
  expect(wordOf({ story: never })).toEqual({
    verdict: 'false-success',
    detail: 'the runbook said ok at T+12.9 s; "max_connections in effect" does not hold',
  });
});

test('false-success: it says ok, and buyers still fail', () => {
  expect(wordOf({ story: { ...never, causeGoneMs: 13_000 } }).detail).toBe(
    'the runbook said ok at T+12.9 s; 75 % of buyers still fail',
  );
});

test('false-success: a numeric cause is told with its value', () => {
  const probe = {
    name: 'slots used',
    written: 'slots',
    at: samplePlan.alerts[0]!.at,
    language: 'promql',
    query: 'slots',
    below: 10,
  } as const;
  const entries = changing('probe.measured', (fact) => (fact.kind === 'cause' ? { ...fact, value: 14 } : fact));
  expect(wordOf({ story: never, plan: { truth: { ...samplePlan.truth, healed: [probe] } }, entries }).detail).toBe(
    'the runbook said ok at T+12.9 s; "slots used" is still 14',
  );
});

test('ineffective: it says honestly that it failed, and it did', () => {
  expect(wordOf({ story: { ...never, claim: 'failed', steps: steps('failed', 'value is 14') } })).toEqual({
    verdict: 'ineffective',
    detail: 'the runbook said failed at T+12.3 s; "max_connections in effect" does not hold',
  });
});

test('false-failure: it says that it failed, and the service is well', () => {
  expect(wordOf({ story: { claim: 'failed', steps: steps('timed-out', 'gave up after 30 s') } })).toEqual({
    verdict: 'false-failure',
    detail:
      'the runbook said failed at T+12.3 s (step "raise the limit" timed-out), but the service was well since T+14.0 s',
  });
});

test('relapsed: healed, and ill again while it settled', () => {
  expect(wordOf({ story: { relapseMs: 20_000 } })).toEqual({
    verdict: 'relapsed',
    detail: 'healed, then ill again: 600 of 880 buyers failed while it settled',
  });
});

test('a single bad window while it settles is no relapse', () => {
  const entries = changing('load.measured', (fact, atMs) => (atMs === 21_000 ? { ...fact, buyersFailed: 20 } : fact));
  expect(wordOf({ entries }).verdict).toBe('fixed');
});

test('fixed-late: healed, but not in the time the runbook is given', () => {
  const late = { runbook: samplePlan.runbook && { ...samplePlan.runbook, withinMs: seconds(89) } };
  expect(wordOf({ plan: late })).toEqual({
    verdict: 'fixed-late',
    detail: 'healed 3.0 s, at 30x 1 min 30 s of 1 min 29 s after the runbook began',
  });
  expect(
    wordOf({ plan: { runbook: samplePlan.runbook && { ...samplePlan.runbook, withinMs: seconds(90) } } }).verdict,
  ).toBe('fixed');
});

test('late beside a machine that was too busy is inconclusive', () => {
  const late = { runbook: samplePlan.runbook && { ...samplePlan.runbook, withinMs: seconds(89) } };
  const entries = changing('load.measured', (fact, atMs) => (atMs === 12_000 ? { ...fact, lagP99Ms: 250 } : fact));
  expect(wordOf({ plan: late, entries }).verdict).toBe('inconclusive');
});

test('mitigated: the best word where the cause is out of reach', () => {
  expect(wordOf({ plan: external, story: { causeGoneMs: Infinity } })).toEqual({
    verdict: 'mitigated',
    detail: 'buyers are served again in 3.0 s, at 30x 1 min 30 s of 10 min; the cause is outside our reach',
  });
});

test('inconclusive: the system was not well before', () => {
  const entries = changing('load.measured', (fact, atMs) => (atMs === 6_500 ? { ...fact, buyersFailed: 1 } : fact));
  expect(wordOf({ entries }).verdict).toBe('inconclusive');
});

test.each<[string, Entry]>([
  ['the run was aborted: too hot', [20_000, { type: 'run.aborted', condition: 'too hot' }]],
  ['the run failed: PostgreSQL was lost', [20_000, { type: 'run.failed', reason: 'PostgreSQL was lost' }]],
  ['the run was interrupted', [41_000, { type: 'run.ended', outcome: 'interrupted', residue: [] }]],
  ['the run hit its time limit', [41_000, { type: 'run.ended', outcome: 'timed-out', residue: [] }]],
])('inconclusive: %s', (detail, entry) => {
  expect(wordOf({ entries: withMore(entry) })).toEqual({ verdict: 'inconclusive', detail });
});

test('inconclusive: a journal without an end', () => {
  expect(judged(sampleRun().slice(0, -1))).toMatchObject({
    verdict: 'inconclusive',
    detail: 'the journal ends before the run does',
  });
});

test('inconclusive: not healed, but not watched for long enough either', () => {
  expect(wordOf({ story: { ...never, undoMs: 15_000 } })).toEqual({
    verdict: 'inconclusive',
    detail: 'only 5 load windows were measured after the runbook',
  });
});

test('inconclusive: healed, but what the runbook changed was never compared', () => {
  expect(wordOf({ entries: without('snapshot.taken') })).toEqual({
    verdict: 'inconclusive',
    detail: 'what it changed was not compared',
  });
});

test('inconclusive: a full proof without its other trials', () => {
  expect(wordOf({ plan: { proof: 'full' } })).toEqual({
    verdict: 'inconclusive',
    detail: 'a full proof was asked for, but not all of its trials were run',
  });
});

test('inconclusive: a control trial on a machine that was not well', () => {
  const journal = fullProof().map((event): JournalEvent =>
    event.type === 'load.measured' && event.atMs === 55_500 ? { ...event, buyersFailed: 2 } : event,
  );
  expect(judged(journal)).toMatchObject({ verdict: 'inconclusive', detail: '2 of 120 buyers already failed before' });
});

test('a full proof shows what each of its trials says', () => {
  const { verdict, proofs } = judged(fullProof());
  expect(verdict).toBe('fixed');
  expect(proofs.map(({ name, verdict: { outcome, detail } }) => [name, outcome, detail])).toEqual([
    ['without a runbook', 'pass', 'does not heal by itself in 29.1 s, at 30x 14 min 33 s'],
    ['under the fault', 'pass', 'changed nothing it may not change; the books balance'],
    ['on a healthy system', 'pass', 'changed nothing it may not change; the books balance'],
  ]);
});

test('steps that were never reached are told', () => {
  const entries = changing('runbook.started', (fact) => ({ ...fact, steps: [...fact.steps, 'tell the team'] }));
  expect(judged(sampleRun({ entries })).steps.map(({ step, outcome }) => [step, outcome])).toEqual([
    ['see the limit', 'passed'],
    ['raise the limit', 'passed'],
    ['buyers are served', 'passed'],
    ['tell the team', 'not-reached'],
  ]);
});

test('an experiment without a runbook has no verdict on one', () => {
  expect(runbookJudgement(sampleRun(), { ...samplePlan, runbook: null })).toBeUndefined();
});

test('relapsed: the cause is back although every buyer is served', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.kind === 'cause' && atMs > 35_000 ? { ...fact, value: 0, good: false } : fact,
  );
  expect(wordOf({ entries })).toEqual({
    verdict: 'relapsed',
    detail: 'healed, then ill again: "max_connections in effect" no longer holds while it settled',
  });
});

test('relapsed: a probe decides where no buyer failed, and is the one that is named', () => {
  const entries = changing('probe.measured', (fact, atMs) =>
    fact.name === 'nobody waits' && atMs > 35_000 ? { ...fact, value: 4, good: false } : fact,
  );
  expect(wordOf({ entries })).toEqual({
    verdict: 'relapsed',
    detail: 'healed, then ill again: "nobody waits" was bad (4) while it settled',
  });
});

describe('a control trial whose load was not measured to its end has not shown that nothing heals by itself', () => {
  const blind = (isBlind: (atMs: number) => boolean) =>
    judged(fullProof().filter((event) => event.type !== 'load.measured' || !isBlind(event.atMs)));

  test('no window after the fault had shown itself', () => {
    expect(blind((atMs) => atMs > 58_000 && atMs < 87_000)).toMatchObject({
      verdict: 'inconclusive',
      detail: 'only 2 of 58 load windows were measured in 29.1 s, at 30x 14 min 33 s',
    });
  });

  test('every third window missing', () => {
    expect(blind((atMs) => atMs > 58_000 && atMs < 87_000 && (atMs / 500) % 3 === 0).verdict).toBe('inconclusive');
  });

  test('a few windows missing are no matter', () => {
    expect(blind((atMs) => atMs > 70_000 && atMs < 73_000).verdict).toBe('fixed');
  });
});

test('a runbook is not judged by what somebody else mended meanwhile', () => {
  const entry: Entry = [14_000, { type: 'environment.changed', act: 'restart', target: 'postgres', by: 'operator' }];
  const word = wordOf({ entries: withMore(entry) });
  expect(word).toMatchObject({ verdict: 'inconclusive' });
  expect(word.detail).toMatch(/^somebody else did restart postgres at T\+14/);
});
