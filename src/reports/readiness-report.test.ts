import { expect, test } from 'vitest';
import { judgement } from '../verdicts/judgement.ts';
import { sampleRun, without } from '../verdicts/journal.fixture.ts';
import { readinessReport, wholePoints } from './readiness-report.ts';

test('the sum can be redone from the page', () => {
  expect(readinessReport(judgement(sampleRun()))).toMatchInlineSnapshot(`
    "gameday score  web-stack-outage  run 2026-11-22-a3f

    READINESS  94 of 100  Fluent
       30.0 of 30  expected alerts fired           30 × 2/2
       15.0 of 15  time to detect                  15 × q(0.4750) = 15 × 1.0000
       10.0 of 10  precision of alerts             10 × 2/2
        5.0 of  5  alerts resolve after recovery   5 × 2/2
       15.0 of 15  runbook steps pass              15 × 3/3
        5.0 of  5  runbook linked from the alert   5 × 2/2
        9.0 of 15  action items verified           15 × 3/5
         n/a      runbook useful in the run
      89.0000 of 95, scaled: × 100/95 = 93.6842
      q(x) = 0.5 − 0.5 × log2(x), between 0 and 1; x = time to detect / the time allowed

    ACTION ITEMS  of postmortems/2024-06-20-web-stack-outage.md
      ✔ done  settings    Review and adjust connection limits: pool × instances 20 × 2 = 40 ≤ 100 − 3 =
                          97 connections
      ✔ done  monitoring  Add alerts for database connection issues: DatabaseConnectionsRefused fired
      ✘ open  load-test   Schedule regular tests: no earlier verify of this experiment
      ✔ done  docs        Document settings and procedures: the runbook of DatabaseConnectionsRefused:
                          fixed
      ✘ open  training    Train the team: no earlier drill of this experiment

    TEAM  none: verify runs without people; it takes a drill to score a team
    "
  `);
});

test('a run that proved nothing has no score, and says why', () => {
  expect(readinessReport(judgement(sampleRun({ entries: without('fault.injected') })))).toContain(
    'READINESS  no score: the fault has an effect: no fault was injected',
  );
});

test.each([
  [73.1544, '73'],
  [73.5, '74'],
  [99.49, '99'],
])('%d points are shown as %s', (points, shown) => {
  expect(wholePoints(points)).toBe(shown);
});
