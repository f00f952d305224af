/** What holds for the judgement of any drill. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recomputeTeam } from '../../../test/recompute.fixture.ts';
import type { JournalFact } from '../../journal/events.ts';
import { scorecardJson } from '../../reports/scorecard-json.ts';
import { drillJudgement } from './drill-judgement.ts';
import { by, claim, confirmed, drillRun, focus, linesOf, update, type TeamStory } from './golden.fixture.ts';
import { anyPlan, anyStory } from './stories.fixture.ts';

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
