import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drillJudgement } from './drill-judgement.ts';
import { isExpectedLead } from './debrief.ts';
import { drillRun, focus, goldenRun, goldenTimeline, teamWithout } from './golden.fixture.ts';
import { anyPlan, anyStory, coarsePlan } from './stories.fixture.ts';

const questionsOf = (...given: Parameters<typeof drillRun>) => drillJudgement(drillRun(...given)).questions;

describe('the questions after a drill', () => {
  test('are about what made sense at the time, the most telling first', () => {
    expect(drillJudgement(goldenRun()).questions.map(({ id }) => id)).toEqual([
      'wrong-lead-1',
      'claim',
      'slowest',
      'harm',
      'hint',
      'silence',
      'change',
    ]);
  });

  test('call a wrong lead expected where the original team went there, too', () => {
    const [first] = questionsOf();
    expect(first?.text).toBe(
      'Focus was on web-server from T+2:10 to T+6:40 (expected: the original team went there, too). ' +
        'What made it a reasonable first guess, and what would have ruled it out sooner?',
    );
    expect(first?.evidence).toHaveLength(1);
  });

  test('do not call it so where the original team never went there', () => {
    const team = [...teamWithout(220), [220, focus('load-balancer')] as const].toSorted(([a], [b]) => a - b);
    expect(questionsOf({ team })[0]?.text).not.toContain('expected');
  });

  test('ask who would have been called where nobody was, and it was needed', () => {
    const plan = coarsePlan({}, { escalation: { required: true, to: 'dba' } });
    expect(questionsOf({ team: [] }, plan).map(({ text }) => text)).toContain(
      'Nobody called dba. Who would have been called at 3 am, and how does one know when?',
    );
  });

  test('are four where there is little to ask about', () => {
    expect(questionsOf({ team: [], firesS: Infinity }, coarsePlan({ reference: null })).map(({ id }) => id)).toEqual([
      'page',
      'surprise',
      'postmortem',
      'change',
    ]);
  });

  test('are four to seven after any drill, each under an id of its own, and the same when asked again', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, (story, plan) => {
        const journal = drillRun(story, plan);
        const { questions } = drillJudgement(journal);
        expect(questions.length).toBeGreaterThanOrEqual(4);
        expect(questions.length).toBeLessThanOrEqual(7);
        expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
        expect(drillJudgement(journal).questions).toEqual(questions);
      }),
      { numRuns: 30 },
    );
  });
});

test('a lead is expected only where the original team took all of it', () => {
  expect(isExpectedLead(['web-server'], goldenTimeline)).toBe(true);
  expect(isExpectedLead(['network', 'web-server'], goldenTimeline)).toBe(true);
  expect(isExpectedLead(['load-balancer', 'web-server'], goldenTimeline)).toBe(false);
});
