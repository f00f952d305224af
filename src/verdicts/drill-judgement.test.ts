/** The worked example of the scoring model and its seven variants, and what a judgement says of drills that prove nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recomputeTeam } from '../../test/recompute.fixture.ts';
import { scorecardJson } from '../reports/scorecard-json.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import { drillJudgement, type DrillJudgement } from './drill-judgement.ts';
import {
  by,
  claim,
  confirmed,
  drillEntries,
  drillRun,
  focus,
  goldenPlan,
  goldenRun,
  teamWithout,
  update,
  type TeamStory,
} from './golden.fixture.ts';
import { changing, entriesOf, journalOf, samplePlan, withMore, without, type Entry } from './journal.fixture.ts';
import { anyPlan, anyStory } from './stories.fixture.ts';
import type { GroupName } from './team-item.ts';

const group = (judged: DrillJudgement, name: GroupName): number | null | undefined =>
  judged.team?.groups.find((each) => each.name === name)?.points;
const item = (judged: DrillJudgement, id: string) => judged.objectives.find((each) => each.id === id);
const linesOf = (journal: readonly JournalEvent[]): string => journal.map((event) => JSON.stringify(event)).join('\n');

/** The golden drill with some of its entries changed. */
const changed = (change: (entries: readonly Entry[]) => readonly Entry[], plan = goldenPlan()): DrillJudgement =>
  drillJudgement(journalOf(change(drillEntries({}, plan)), plan));

describe('the worked example', () => {
  const golden = drillJudgement(goldenRun());

  test('scores TEAM 75.3813, from 70.1054 to 78.0778, Practised, without a gate', () => {
    expect(golden.team).toMatchObject({ band: 'Practised', gate: null, notObserved: [] });
    expect(golden.team?.total).toBeCloseTo(75.3813, 4);
    expect(golden.team?.low).toBeCloseTo(70.1054, 4);
    expect(golden.team?.high).toBeCloseTo(78.0778, 4);
  });

  test.each([
    ['timing', 38.5014],
    ['diagnosis', 8.674],
    ['safety', 12],
    ['communication', 10.2059],
    ['autonomy', 6],
  ] as const)('has %s at %d', (name, points) => {
    expect(group(golden, name)).toBeCloseTo(points, 4);
  });

  test.each([
    ['engaged', 4.2451, 'S'],
    ['right-lead', 3.3904, 'M'],
    ['diagnosed', 10, 'S'],
    ['mitigated', 9.5098, 'P'],
    ['confirmed', 8, 'P'],
    ['escalated', 3.3561, 'P'],
    ['wrong-leads', 5.074, 'S'],
    ['claims', 3.6, 'S'],
    ['safety', 12, 'P'],
    ['cadence', 5.7059, 'P'],
    ['severity', 1.5, 'S'],
    ['lead', 1.5, 'P'],
    ['closing', 1.5, 'P'],
    ['autonomy', 6, 'P'],
  ])('gives %s %d points and rates it %s', (id, points, rating) => {
    expect(item(golden, id)?.points).toBeCloseTo(points, 4);
    expect(item(golden, id)?.rating).toBe(rating);
  });

  test('scores READINESS 73.1544, Practised', () => {
    expect(golden.readiness?.total).toBeCloseTo(73.1544, 4);
    expect(golden.readiness?.band).toBe('Practised');
  });

  test('comes out the same when it is recomputed by a script that knows nothing of this code', () => {
    const recomputed = recomputeTeam(linesOf(goldenRun()));
    expect(recomputed.total).toBeCloseTo(golden.team?.total ?? 0, 9);
    expect(recomputed.low).toBeCloseTo(golden.team?.low ?? 0, 9);
    expect(recomputed.high).toBeCloseTo(golden.team?.high ?? 0, 9);
  });

  test('shows what the team said beside what was so, and what buyers suffered', () => {
    expect(golden.claims.map(({ words, isTrue }) => [words, isTrue])).toEqual([
      ['cause database/pool-limit-too-low', true],
      ['resolved', false],
      ['resolved', true],
    ]);
    expect(golden.failedMinutes).toBeCloseTo((0.75 * 1_210) / 60, 6);
  });

  test('says how far it came in the terms of the postmortem', () => {
    expect(golden.equivalence).toBe(
      "restored at T+18:40; at 1:5 about 1 h 33 min of the reference's 2 h 30 min (machine parts are not compressed)",
    );
  });
});

describe('variants of the worked example', () => {
  test('1: a diagnosis that was never confirmed merges two stretches: 22 points for both, total 74.3781', () => {
    const judged = drillJudgement(drillRun({ team: teamWithout(670) }));
    expect(item(judged, 'diagnosed')).toBeUndefined();
    expect(item(judged, 'mitigated')).toMatchObject({ max: 22, name: 'right lead → mitigated' });
    expect(item(judged, 'mitigated')?.points).toBeCloseTo(19.1066, 4);
    expect(group(judged, 'timing')).toBeCloseTo(38.0982, 4);
    expect(item(judged, 'claims')?.points).toBeCloseTo(3, 9);
    expect(judged.team?.total).toBeCloseTo(74.3781, 4);
  });

  test('2: an escalation that was neither needed nor done is left out: total 73.9636', () => {
    const judged = drillJudgement(drillRun({ team: teamWithout(790) }));
    expect(item(judged, 'escalated')).toMatchObject({ points: null, rating: '-', visible: 'neither needed nor done' });
    expect(group(judged, 'timing')).toBeCloseTo(38.2014, 4);
    expect(item(judged, 'cadence')?.points).toBeCloseTo(4.5882, 4);
    expect(judged.team?.total).toBeCloseTo(73.9636, 4);
  });

  test('2b: one that was required and not done has no points', () => {
    const plan = goldenPlan({}, { escalation: { required: true, to: 'dba' } });
    const judged = drillJudgement(drillRun({ team: teamWithout(790) }, plan));
    expect(item(judged, 'escalated')).toMatchObject({ points: 0, rating: 'U' });
  });

  test('3: a service that was never restored has no end, no true "resolved", no closing notice, and at most 49.9', () => {
    const judged = drillJudgement(drillRun({ greenS: Infinity, resolvesS: Infinity, endS: 1_800 }));
    expect(group(judged, 'timing')).toBeCloseTo(30.5014, 4);
    expect(item(judged, 'confirmed')).toMatchObject({ points: 0, rating: 'U' });
    expect(item(judged, 'claims')?.points).toBeCloseTo(1.2, 9);
    expect(item(judged, 'closing')?.points).toBe(0);
    expect(item(judged, 'cadence')?.working).toContain('21:50.0 to 30:10.0: 8.3333 min, late 3.3333 min');
    expect(judged.team?.ungated).toBeGreaterThan(49.9);
    expect(judged.team).toMatchObject({
      total: 49.9,
      gate: { most: 49.9, why: 'the service was not restored in time' },
      band: 'Not yet',
    });
  });

  test('5: at k = 1 every stretch is quick, so that k is always shown beside the total', () => {
    const judged = drillJudgement(drillRun({}, goldenPlan({}, { timeScale: 1 })));
    expect(group(judged, 'timing')).toBeCloseTo(50, 9);
    expect(judged.plan.drill?.timeScale).toBe(1);
  });

  test('6: without a usable postmortem there is no TEAM, and READINESS as ever', () => {
    const judged = drillJudgement(drillRun({}, goldenPlan({ reference: null })));
    expect(judged.team).toBeNull();
    expect(judged.teamWithheld).toBe('the postmortem says neither when it was mitigated nor when it was resolved');
    expect(judged.readiness?.items.map(({ name }) => name)).toContain('time to detect');
    expect(judged.objectives.find(({ id }) => id === 'claims')?.rating).toBe('S');
  });

  test('7: journals that differ only in names give the same bytes', () => {
    const renamed = entriesOf(goldenRun().slice(1)).map(([atMs, fact]): Entry => {
      const named = fact.type === 'team.leadNamed' ? { ...fact, lead: 'Ada Lovelace' } : fact;
      return [atMs, 'by' in named && named.by === 'primary' ? { ...named, by: 'operator' as const } : named];
    });
    const plan = goldenPlan();
    const other = journalOf(renamed, plan, { history: [...goldenHistory()] });
    expect(scorecardJson(drillJudgement(other))).toBe(scorecardJson(drillJudgement(goldenRun())));
  });
});

const goldenHistory = () => {
  const [started] = goldenRun();
  return started?.type === 'run.started' ? started.history : [];
};

describe('no score', () => {
  test('training shows ratings and no total', () => {
    const judged = drillJudgement(drillRun({}, goldenPlan({}, { mode: 'training' })));
    expect(judged.team).toBeNull();
    expect(judged.teamWithheld).toBe('training is for learning; only an evaluation is scored');
    expect(item(judged, 'mitigated')?.rating).toBe('P');
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

describe('for any drill', () => {
  test('an independent recomputation comes to the same points', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, (story, plan) => {
        const journal = drillRun(story, plan);
        const { team } = drillJudgement(journal);
        if (team === null) return;
        const { total, low, high, ...groups } = recomputeTeam(linesOf(journal));
        const close = (a: number | null, b: number | null): void => expect(a ?? -1).toBeCloseTo(b ?? -1, 6);
        for (const { name, points } of team.groups) close(points, groups[name]);
        close(team.total, total);
        close(team.low, low);
        close(team.high, high);
      }),
      { numRuns: 60 },
    );
  });

  test('every beginning of its journal is judged; what has points has them between 0 and its most', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, fc.double({ min: 0, max: 1, noNaN: true }), (story, plan, share) => {
        const journal = drillRun(story, plan);
        const beginning = journal.slice(0, 1 + Math.floor(share * (journal.length - 1)));
        for (const some of [beginning, journal]) {
          const judged = drillJudgement(some);
          expect(JSON.stringify(judged)).not.toContain('NaN');
          const outside = judged.objectives.filter(
            ({ points, max }) => points !== null && (points < 0 || points > max),
          );
          expect(outside).toEqual([]);
          const { team } = judged;
          if (team === null) continue;
          expect(team.total).toBeGreaterThanOrEqual(0);
          expect(team.total).toBeLessThanOrEqual(100);
          expect(team.low).toBeLessThanOrEqual(team.total);
          expect(team.high).toBeGreaterThanOrEqual(team.total);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('names never change a byte of the score', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, fc.string(), (story, plan, name) => {
        const renamed = (story.team ?? []).map(([atS, fact]): readonly [number, JournalFact] => {
          const named = fact.type === 'team.leadNamed' ? { ...fact, lead: name } : fact;
          return [atS, 'by' in named ? { ...named, by: 'operator' as const } : named];
        });
        expect(scorecardJson(drillJudgement(drillRun({ ...story, team: renamed }, plan)))).toBe(
          scorecardJson(drillJudgement(drillRun(story, plan))),
        );
      }),
      { numRuns: 30 },
    );
  });

  /**
   * All else equal means: everything that people and the service did keeps its share of the time. The model also weighs
   * shares (wrong leads, silence), so that shortening one stretch alone may make a wrong lead a larger part of the whole.
   */
  test('a team that does the same in less time never has a lower score', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: doings.length, maxLength: doings.length });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 30, max: 100 }), (gapsS, percent) => {
        const scoreAt = (factor: number): number => drillJudgement(drillRun(inOrder(gapsS, factor))).team?.total ?? 0;
        // The service is looked at twice a second, and a moment of its own is known no better.
        expect(scoreAt(percent / 100) + 0.02).toBeGreaterThanOrEqual(scoreAt(1));
      }),
      { numRuns: 15 },
    );
  });
});

const doings: readonly JournalFact[] = [
  { type: 'team.acknowledged', by, alert: null },
  { type: 'team.leadNamed', by, lead: 'me' },
  focus('web-server'),
  { type: 'team.severityDeclared', by, severity: 'SEV-1' },
  focus('database'),
  update,
  confirmed('database/pool-limit-too-low'),
  { type: 'team.escalated', by, to: 'dba', reason: null },
];

/** What a team did, one after the other from the page on, the remedy behind it, and a "resolved" when that is true. */
const inOrder = (gapsS: readonly number[], factor: number): Partial<TeamStory> => {
  let atS = 100;
  const team = doings.map((fact, index) => [(atS += factor * (gapsS[index] ?? 0)), fact] as const);
  const causeGoneS = atS + factor * 30;
  const resolvedS = causeGoneS + 400;
  return {
    team: [...team, [resolvedS, claim('resolved')]],
    causeGoneS,
    greenS: causeGoneS + factor * 100,
    resolvesS: Infinity,
    endS: resolvedS + 10,
  };
};
