import { expect, test } from 'vitest';
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import { drillRun, goldenRun, goldenTimeline } from '../verdicts/team/golden.fixture.ts';
import { coarsePlan } from '../verdicts/team/stories.fixture.ts';
import { minutes, ms } from '../units.ts';
import { laneLines } from './lanes.ts';

test('both lanes begin at detection, and every minute has the same place in both', () => {
  expect(`\n${laneLines(drillJudgement(goldenRun()), 80).join('\n')}\n`).toMatchInlineSnapshot(`
    "
      reference/5  D─N─AW─────L──────────C─────W─────E────M────────────────R   30:00
      this run     DN─AW───────L─────C───E──────M─────S──R                     20:20
      minutes      0        5         10       15       20        25
                   D detected  N notified  A at work  W wrong lead  L right lead
                   C cause confirmed  E escalated  M mitigated  S service restored
                   R resolved
    "
  `);
});

test('milestones that fall together stand beside each other', () => {
  const plan = coarsePlan();
  const together = plan.reference?.timeline.map((row) => ({
    ...row,
    atMs: row.milestone === 'resolved' ? minutes(150) : ms(0),
  }));
  const judged = drillJudgement(
    drillRun({}, coarsePlan({ reference: plan.reference && { ...plan.reference, timeline: together ?? [] } })),
  );
  expect(laneLines(judged, 80)[0]).toMatch(/^ {2}reference\/5 {2}D[A-Z]{8}─+R {3}30:00$/);
});

test('a postmortem that begins with its trigger is held against the run from its detection', () => {
  const plan = coarsePlan();
  const timeline = [
    { ...goldenTimeline[0]!, milestone: 'triggered' as const },
    ...goldenTimeline.map((row) => ({ ...row, atMs: ms(row.atMs + minutes(60)) })),
  ];
  const judged = drillJudgement(
    drillRun({}, coarsePlan({ reference: plan.reference && { ...plan.reference, timeline } })),
  );
  expect(laneLines(judged, 80)[0]).toMatch(/ {3}30:00$/);
  expect(judged.milestones[0]).toMatchObject({ referenceMs: minutes(60), scaledMs: 0 });
});

test('without a postmortem there is one lane, and before anything happened none', () => {
  const journal = drillRun({}, coarsePlan({ reference: null }));
  expect(laneLines(drillJudgement(journal), 80)[0]).toMatch(/^ {2}this run {5}DN/);
  expect(laneLines(drillJudgement(journal.slice(0, 5)), 80)).toEqual([]);
});
