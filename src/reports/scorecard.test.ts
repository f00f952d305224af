import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import { drillRun, goldenPlan, goldenRun } from '../verdicts/team/golden.fixture.ts';
import { anyPlan, anyStory } from '../verdicts/team/stories.fixture.ts';
import { lengthOf } from './plain-text.ts';
import { scorecard, showRange } from './scorecard.ts';

const golden = drillJudgement(goldenRun());
const page = (width: number, judged = golden): string => scorecard(judged, width).join('\n');

test('the worked example at 120 columns', () => {
  expect(`\n${page(120)}\n`).toMatchInlineSnapshot(`
    "
    gameday drill  web-stack-outage  evaluation  k 5  embedded                                            run 2026-11-22-a3f
    Web stack outage of 2024-06-20

    TIMELINE
      reference/5  D──N──AW───────────L──────────────────C─────────W─────────E────────M────────────────────────────R   30:00
      this run     DN───A─W─────────────L─────────C─────E────────────M─────────S────R                                  20:20
      minutes      0               5               10              15              20              25
                   D detected  N notified  A at work  W wrong lead  L right lead  C cause confirmed  E escalated
                   M mitigated  S service restored  R resolved

    MILESTONES
                      this run  reference/5   as written
      detected            0:00         0:00         0:00
      notified            0:10         1:00         5:00
      engaged             1:40         2:00        10:00
      right lead          6:40         6:00        30:00
      diagnosed           9:40        12:00      1:00:00
      escalated          11:40        18:00      1:30:00
      mitigated          15:40        21:00      1:45:00
      restored           18:40            -            -
      confirmed          20:10        30:00      2:30:00  said at 16:00
      restored at T+18:40; at 1:5 about 1 h 33 min of the reference's 2 h 30 min (machine parts are not compressed)
      failed probe-minutes: 15.1 (a minute in which every buyer fails is 1)

    OBJECTIVES
      S  notified → engaged        1:30 / 2:00   x 0.75     4.2 of 6  two minutes are the least that is measured
      M  engaged → right lead      5:00 / 4:00   x 1.25    3.4 of 10
      S  right lead → diagnosed    3:00 / 6:00   x 0.50   10.0 of 10  nudge taken
      P  diagnosed → mitigated     6:00 / 9:00   x 0.67    9.5 of 12
      P  mitigated → confirmed     4:30 / 9:00   x 0.50     8.0 of 8
      P  engaged → escalated     10:00 / 16:00   x 0.63     3.4 of 4
      S  wrong leads                                        5.1 of 9  focus on web-server T+2:10 to T+6:40
      S  claims are true                                    3.6 of 6  not so at that moment: resolved at T+16:00
      P  no harm done                                     12.0 of 15  restart-postgres (minor) at T+10:30
      P  updates in time                                    5.7 of 6  silent T+2:00 to T+7:50
      S  severity declared                                  1.5 of 3  SEV-2 at T+2:00; it was SEV-1
      P  lead named                                       1.5 of 1.5  at T+1:50
      P  closing notice                                   1.5 of 1.5  true at T+20:10
      P  without hints                                      6.0 of 8  nudge at T+7:30
      P performed, S with some difficulty, M with major difficulty, U not reached, - not observed

    GATES  none
    TEAM  75 (70-78)  Practised  at k 5
      timing 38.5 of 50 · diagnosis 8.7 of 15 · safety 12.0 of 15 · communication 10.2 of 12 · autonomy 6.0 of 8
    READINESS  73  Practised; action items 3/5 pass

    ACTION ITEMS
      ✔ done      settings    Fix the settings: pool × instances 20 × 2 = 40 ≤ 100 − 3 = 97 connections
      ✔ done      monitoring  Alert on it: DbPoolSaturated fired
      ✔ done      schedule    Test it: last verify 2 d ago, 30 d allowed
      ✘ open      drills      Drill it: no earlier drill of this experiment
      · attested  training    Train the team: attested by lead on 2026-10-01, valid until 2027-10-01

    TALK ABOUT
      1 Focus was on web-server from T+2:10 to T+6:40 (expected: the original team went there, too). What made it a
        reasonable first guess, and what would have ruled it out sooner?
      2 At T+16:00 it was called resolved, and was not yet. What looked well, and where would one look to be sure?
      3 From engaged to right lead took 5:00, the reference 4:00. What was hard to see in that time?
      4 restart-postgres at T+10:30: what was it expected to do, and what could have warned that it costs something?
      5 Where would the nudge have had to stand so that nobody has to ask for it: alert, dashboard, runbook?
      6 From T+2:00 to T+7:50 nothing was said outside. Who would have wanted to know what?
      7 What is the one thing that you will change by next week, and which role will?

    every line of it: gameday score 2026-11-22-a3f --explain
    The team is judged, never a person; not for individual appraisal.
    "
  `);
});

test('the worked example at 80 columns, down to its points', () => {
  const lines = scorecard(golden, 80);
  expect(`\n${lines.slice(0, lines.indexOf('ACTION ITEMS')).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    gameday drill  web-stack-outage  evaluation  k 5  embedded    run 2026-11-22-a3f
    Web stack outage of 2024-06-20

    TIMELINE
      reference/5  D─N─AW─────L──────────C─────W─────E────M────────────────R   30:00
      this run     DN─AW───────L─────C───E──────M─────S──R                     20:20
      minutes      0        5         10       15       20        25
                   D detected  N notified  A at work  W wrong lead  L right lead
                   C cause confirmed  E escalated  M mitigated  S service restored
                   R resolved

    MILESTONES
                      this run  reference/5   as written
      detected            0:00         0:00         0:00
      notified            0:10         1:00         5:00
      engaged             1:40         2:00        10:00
      right lead          6:40         6:00        30:00
      diagnosed           9:40        12:00      1:00:00
      escalated          11:40        18:00      1:30:00
      mitigated          15:40        21:00      1:45:00
      restored           18:40            -            -
      confirmed          20:10        30:00      2:30:00  said at 16:00
      restored at T+18:40; at 1:5 about 1 h 33 min of the reference's 2 h 30 min
      (machine parts are not compressed)
      failed probe-minutes: 15.1 (a minute in which every buyer fails is 1)

    OBJECTIVES
      S  notified → engaged       1:30 / 2:00  x 0.75    4.2 of 6
           two minutes are the least that is measured
      M  engaged → right lead     5:00 / 4:00  x 1.25   3.4 of 10
      S  right lead → diagnosed   3:00 / 6:00  x 0.50  10.0 of 10
           nudge taken
      P  diagnosed → mitigated    6:00 / 9:00  x 0.67   9.5 of 12
      P  mitigated → confirmed    4:30 / 9:00  x 0.50    8.0 of 8
      P  engaged → escalated    10:00 / 16:00  x 0.63    3.4 of 4
      S  wrong leads                                     5.1 of 9
           focus on web-server T+2:10 to T+6:40
      S  claims are true                                 3.6 of 6
           not so at that moment: resolved at T+16:00
      P  no harm done                                  12.0 of 15
           restart-postgres (minor) at T+10:30
      P  updates in time                                 5.7 of 6
           silent T+2:00 to T+7:50
      S  severity declared                               1.5 of 3
           SEV-2 at T+2:00; it was SEV-1
      P  lead named                                    1.5 of 1.5
           at T+1:50
      P  closing notice                                1.5 of 1.5
           true at T+20:10
      P  without hints                                   6.0 of 8
           nudge at T+7:30
      P performed, S with some difficulty, M with major difficulty, U not reached, -
      not observed

    GATES  none
    TEAM  75 (70-78)  Practised  at k 5
      timing 38.5 of 50 · diagnosis 8.7 of 15 · safety 12.0 of 15 · communication
      10.2 of 12 · autonomy 6.0 of 8
    READINESS  73  Practised; action items 3/5 pass

    "
  `);
});

describe('the order is part of the message', () => {
  test('milestones and ratings stand above points, the gate above the total', () => {
    const text = page(100);
    const places = ['TIMELINE', 'MILESTONES', 'OBJECTIVES', 'GATES  none', 'TEAM  75 (70-78)  Practised  at k 5'].map(
      (words) => text.indexOf(words),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('a gate is told with what the total would be without it', () => {
    const judged = drillJudgement(drillRun({ greenS: Infinity, resolvesS: Infinity, endS: 1_800 }));
    expect(page(100, judged)).toMatch(
      /GATES {2}at most 49\.9: the service was not restored in time \(\d\d\.\d without\)\nTEAM {2}50 \(50-50\) {2}Not yet/,
    );
  });
});

test('training shows ratings, and neither points nor a total', () => {
  const text = page(100, drillJudgement(drillRun({}, goldenPlan({}, { mode: 'training' }))));
  expect(text).toContain('TEAM  no score: training is for learning; only an evaluation is scored');
  expect(text).toContain('P  diagnosed → mitigated');
  expect(text).not.toMatch(/of 10\b|GATES|75 \(/);
});

test('a drill that proved nothing says why, and has no score', () => {
  const judged = drillJudgement(goldenRun().slice(0, 60));
  expect(page(100, judged)).toContain(
    'TEAM  no score: no fault was injected\nREADINESS  no score: no fault was injected',
  );
});

test('a fault that may still be active is the first and the last thing said, with the command whole', () => {
  const residue = [...goldenRun()].map((event) =>
    event.type === 'run.ended' ? { ...event, residue: ['max_connections; by hand: alter system'] } : event,
  );
  const said = [
    '!! A FAULT MAY STILL BE ACTIVE',
    '!!   max_connections',
    '!!     by hand:  alter system',
    '!!   to undo all of it:  gameday recover 2026-11-22-a3f',
  ];
  const lines = page(100, drillJudgement(residue)).trimEnd().split('\n');
  expect(lines.slice(0, 4)).toEqual(said);
  expect(lines.slice(-4)).toEqual(said);
});

test('a team that has drilled it before, and a postmortem that was edited, are marked', () => {
  const [started, ...rest] = goldenRun();
  if (started?.type !== 'run.started') throw new Error('no beginning');
  const history = [{ runId: 'x', startedAt: '2026-11-01T10:00:00.000Z', mode: 'drill', outcome: 'passed' } as const];
  const reference = started.plan.reference && { ...started.plan.reference, drifted: true };
  const judged = drillJudgement([{ ...started, history, plan: { ...started.plan, reference } }, ...rest]);
  expect(page(100, judged)).toContain(
    '! the postmortem has changed since its reading was reviewed\n! drilled here before: this measures memory, too\n',
  );
});

test('a reference of two rows says that it is too coarse', () => {
  const plain = goldenPlan();
  const timeline = (plain.reference?.timeline ?? []).filter(
    ({ milestone }) => milestone === 'detected' || milestone === 'resolved',
  );
  const plan = goldenPlan({ reference: plain.reference && { ...plain.reference, timeline } });
  const text = page(100, drillJudgement(drillRun({}, plan)));
  expect(text).toContain('! reference too coarse: only its two ends are known, so timing is one segment');
  expect(text).toContain('detected → confirmed');
});

test('hostile names stay on their line', () => {
  const plan = goldenPlan({
    experiment: { name: 'a\u001b[2Jb', title: 'one\ntwo\u202e', file: 'x.yaml' },
  });
  const lines = scorecard(drillJudgement(drillRun({}, plan)), 100);
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test('no line is wider than asked for, whatever happened', () => {
  fc.assert(
    fc.property(anyStory, anyPlan, fc.constantFrom(60, 80, 100, 120, 200), (story, plan, width) => {
      const journal = drillRun(story, plan);
      for (const line of scorecard(drillJudgement(journal), width))
        expect([line, lengthOf(line) <= width]).toEqual([line, true]);
    }),
    { numRuns: 30 },
  );
});

test.each([
  [75.3813, 70.1054, 78.0778, '75 (70-78)'],
  [74.5, 69.5, 79.49, '75 (70-79)'],
])('a total of %d from %d to %d is shown as whole points, half up', (total, low, high, shown) => {
  expect(showRange({ total, low, high })).toBe(shown);
});
