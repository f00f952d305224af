/** What a judgement says of drills that prove nothing, and what its score never changes. */
import { describe, expect, test } from 'vitest';
import { drillJudgement, type DrillJudgement } from './drill-judgement.ts';
import { drillEntries, drillRun, goldenPlan, goldenRun } from './golden.fixture.ts';
import { changing, journalOf, withMore, without, type Entry } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';

/** The golden drill with some of its entries changed. */
const changed = (change: (entries: readonly Entry[]) => readonly Entry[], plan = goldenPlan()): DrillJudgement =>
  drillJudgement(journalOf(change(drillEntries({}, plan)), plan));

describe('no score', () => {
  test('training shows ratings and no total', () => {
    const judged = drillJudgement(drillRun({}, goldenPlan({}, { mode: 'training' })));
    expect(judged.team).toBeNull();
    expect(judged.teamWithheld).toBe('training is for learning; only an evaluation is scored');
    expect(judged.objectives.find(({ id }) => id === 'mitigated')?.rating).toBe('P');
    expect(judged.readiness?.total).toBeCloseTo(73.1544, 4);
  });

  test.each<[string, (entries: readonly Entry[]) => readonly Entry[], string]>([
    ['nothing was broken', without('fault.intended', 'fault.injected'), 'no fault was injected'],
    [
      'the system was not well before',
      changing('probe.measured', (fact, atMs) =>
        atMs < 9_000 && fact.kind === 'steady-state' ? { ...fact, value: 5, good: false } : fact,
      ),
      'the system was not well before: "buyers succeed" was already bad before (5)',
    ],
    [
      'the fault changed nothing',
      (entries) =>
        changing('probe.measured', (fact) => ({ ...fact, good: fact.kind !== 'alert' }))(
          changing('load.measured', (fact) => ({ ...fact, buyersFailed: 0 }))(without('alert.fired')(entries)),
        ),
      'the fault changed nothing measurable',
    ],
    [
      'the run failed',
      withMore([900_000, { type: 'run.failed', reason: 'lost postgres' }]),
      'the run failed: lost postgres',
    ],
    [
      'an abort condition held',
      withMore([900_000, { type: 'run.aborted', condition: 'shop gone' }]),
      'the run was aborted: shop gone',
    ],
    [
      'the conductor was interrupted',
      withMore([1_400_000, { type: 'run.ended', outcome: 'interrupted', signal: 'SIGTERM', residue: [] }]),
      'the run was interrupted',
    ],
  ])('where %s neither people nor system are scored', (_, change, why) => {
    const judged = changed(change);
    expect([judged.team, judged.teamWithheld, judged.readiness, judged.readinessWithheld]).toEqual([
      null,
      why,
      null,
      why,
    ]);
  });

  test.each([
    ['the time limit', { outcome: 'timed-out' } as const, []],
    ['the red button', { outcome: 'interrupted' } as const, ['run.stopped'] as const],
  ])('%s ends a drill like any other: it is scored, and was not restored', (_, { outcome }, stopped) => {
    const story = { greenS: Infinity, resolvesS: Infinity };
    const plan = goldenPlan();
    const entries = [
      ...drillEntries(story, plan),
      ...stopped.map((type): Entry => [1_320_000, { type, by: 'primary', reason: 'enough' }]),
      [1_400_000, { type: 'run.ended', outcome, residue: [] }] as const,
    ];
    expect(drillJudgement(journalOf(entries, plan)).team?.gate?.most).toBe(49.9);
  });

  test('a team that was never told of it has no TEAM; that no alert came counts against the system', () => {
    const judged = drillJudgement(drillRun({ team: [], firesS: Infinity, causeGoneS: Infinity, greenS: Infinity }));
    expect(judged.teamWithheld).toBe('nobody was ever told of it: no page came, and nobody saw it without one');
    expect(judged.readiness?.items[0]).toMatchObject({ name: 'expected alerts fired', points: 0 });
  });

  test('what was stopped before anybody was told of it measured nothing', () => {
    const plan = goldenPlan();
    const entries = [
      ...drillEntries({ team: [] }, plan).filter(([atMs]) => atMs < 60_000),
      [60_000, { type: 'run.stopped', by: 'primary', reason: 'not today' }] as const,
      [61_000, { type: 'run.ended', outcome: 'interrupted', residue: [] }] as const,
    ];
    const judged = drillJudgement(journalOf(entries, plan));
    expect(judged.teamWithheld).toBe('it was stopped before anybody was told of it');
    expect(judged.readinessWithheld).toBe(judged.teamWithheld);
  });

  test('what gets well by our own undoing was not restored by the team', () => {
    const judged = drillJudgement(drillRun({ causeGoneS: 1_000, greenS: 1_280 }));
    expect(judged.milestones.find(({ name }) => name === 'restored')?.run).toBeNull();
  });

  test('a verify run and a journal without a beginning are refused by name', () => {
    expect(() => drillJudgement(journalOf([], samplePlan))).toThrow('run 2026-11-22-a3f is no drill: nobody was there');
    expect(() => drillJudgement([])).toThrow('a journal begins with run.started, this one is empty');
  });
});

test('points never change the exit code: a drill in which nobody did anything ends like one that was mastered', () => {
  const nobody = drillJudgement(drillRun({ team: [], causeGoneS: Infinity, greenS: Infinity }));
  expect([nobody.exit.code, nobody.team?.band]).toEqual([0, 'Not yet']);
  expect(drillJudgement(goldenRun()).exit.code).toBe(0);
});

test('a fault that could not be undone wins over everything, whatever the score', () => {
  const judged = changed(
    withMore([1_400_000, { type: 'run.ended', outcome: 'completed', residue: ['x; by hand: alter system'] }]),
  );
  expect([judged.exit.code, judged.team?.band]).toEqual([5, 'Practised']);
});

test('nobody who never came to it is credited with a service that healed by itself', () => {
  const judged = drillJudgement(drillRun({ team: [] }));
  expect(judged.milestones.filter(({ run }) => run !== null).map(({ name }) => name)).toEqual(['detected', 'notified']);
  expect(judged.team?.gate?.most).toBe(49.9);
});
