/** The worked example of the scoring model and its seven variants. */
import { describe, expect, test } from 'vitest';
import { recomputeTeam } from '../../../test/recompute.fixture.ts';
import { scorecardJson } from '../../reports/scorecard-json.ts';
import { drillJudgement, type DrillJudgement } from './drill-judgement.ts';
import { drillRun, goldenPlan, goldenRun, linesOf, teamWithout } from './golden.fixture.ts';
import { entriesOf, journalOf, type Entry } from '../journal.fixture.ts';
import type { GroupName } from './item.ts';

const group = (judged: DrillJudgement, name: GroupName): number | null | undefined =>
  judged.team?.groups.find((each) => each.name === name)?.points;
const item = (judged: DrillJudgement, id: string) => judged.objectives.find((each) => each.id === id);

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
