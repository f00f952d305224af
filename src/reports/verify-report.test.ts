import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgement } from '../verdicts/judgement.ts';
import { changing, fullProof, sampleRun, withMore, without, type Entry } from '../verdicts/journal.fixture.ts';
import { samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { verifyReport } from './verify-report.ts';

const passed = verifyReport(judgement(sampleRun()));
const byHand = `psql "postgresql://operator@127.0.0.1:54321/postgres" -c "alter system reset max_connections" && gameday env restart postgres`;
const left = (all: readonly Entry[]): readonly Entry[] =>
  withMore(
    [40_200, { type: 'fault.undoFailed', faultId: '1-lower-connection-limit', reason: 'refused', byHand }],
    [
      40_500,
      { type: 'run.ended', outcome: 'completed', residue: [`max_connections lowered to 14; by hand: ${byHand}`] },
    ],
  )(without('fault.undone', 'fault.verified')(all));

test('the report of a run that passed', () => {
  expect(passed).toMatchInlineSnapshot(`
    "gameday verify  web-stack-outage                                                              PASSED
    Web stack outage of 2024-06-20

      replays  postmortems/2024-06-20-web-stack-outage.md
      breaks   max_connections lowered to 14
      in       embedded, PostgreSQL 17.10, 60 buyers/s, single proof at 30x, seed 7
      run      2026-11-22-a3f, 2026-11-22T10:00:00.000Z, took 40.5 s

    CHECKS
      ✔ pass  steady state before                  2 probes good, 0 of 120 buyers failed
      ✔ pass  fault 1-lower-connection-limit       injected, undone and seen restored
      ✔ pass  the fault has an effect              "buyers succeed" turned bad within 0.5 s
      ✔ pass  impact as in the postmortem          75 % of buyers failed (75 of 100); the postmortem
                                                   says 75 % (± 15)
      ✔ pass  ShopErrorRateHigh fires              1.9 s, at 30x 57 s of 2 min; pager told after 2.0 s
      ✔ pass  DatabaseConnectionsRefused fires     1.9 s, at 30x 57 s of 2 min; pager told after 2.0 s
      ✔ pass  ShopErrorRateHigh resolves           in 0.9 s, at 30x 27 s of 5 min, after healing
      ✔ pass  DatabaseConnectionsRefused resolves  in 0.9 s, at 30x 27 s of 5 min, after healing
      ✔ pass  nothing else fires                   nothing else fired
      ✔ pass  runbook                              fixed: healed in 3.0 s, at 30x 1 min 30 s of 10 min

    ALERTS
      ✔ pass  ShopErrorRateHigh: pending 27 s, firing 57 s (for 1 min), pager told 1 min, resolved 3 min
              27 s
      ✔ pass  DatabaseConnectionsRefused: pending 27 s, firing 57 s (for 1 min), pager told 1 min,
              resolved 3 min 27 s

    TIMELINE
            T+  injected   yours at 30x
         8.0 s    +0.0 s            0 s  fault injected: max_connections lowered to 14
         8.5 s    +0.5 s           15 s  first buyers fail: 75 % of a window
         8.9 s    +0.9 s           27 s  alert pending: ShopErrorRateHigh
         8.9 s    +0.9 s           27 s  alert pending: DatabaseConnectionsRefused
         9.9 s    +1.9 s           57 s  alert fired: ShopErrorRateHigh
         9.9 s    +1.9 s           57 s  alert fired: DatabaseConnectionsRefused
        10.0 s    +2.0 s          1 min  alert delivered to pager: ShopErrorRateHigh
        10.0 s    +2.0 s          1 min  alert delivered to pager: DatabaseConnectionsRefused
        11.0 s    +3.0 s     1 min 30 s  runbook started: runbooks/r.md
        11.6 s    +3.6 s     1 min 48 s  step passed: see the limit: 14
        12.2 s    +4.2 s      2 min 6 s  step passed: raise the limit: done
        12.8 s    +4.8 s     2 min 24 s  step passed: buyers are served: 0 failing
        12.9 s    +4.9 s     2 min 27 s  runbook says ok
        14.0 s    +6.0 s          3 min  service well again from here on
        14.9 s    +6.9 s     3 min 27 s  alert resolved at pager: ShopErrorRateHigh
        14.9 s    +6.9 s     3 min 27 s  alert resolved at pager: DatabaseConnectionsRefused
        40.2 s   +32.2 s     16 min 6 s  fault undone: 1-lower-connection-limit
        40.3 s   +32.3 s     16 min 9 s  fault seen restored: 1-lower-connection-limit

    IMPACT
      this replay  ███████████████████████░░░░░░░   75 %  75 of 100 buyers failed
      postmortem   ███████████████████████░░░░░░░   75 %  ± 15 counts as faithful

    RUNBOOK  fixed, as expected
      healed in 3.0 s, at 30x 1 min 30 s of 10 min
      runbooks/r.md, for DatabaseConnectionsRefused; it says ok; 3 of 3 steps passed
        ✔ passed  T+11.1 s  see the limit      14
        ✔ passed  T+11.7 s  raise the limit    done
        ✔ passed  T+12.3 s  buyers are served  0 failing
        ✔ pass  under the fault: changed nothing it may not change; the books balance

    ACTION ITEMS
      ✔ done  settings    Review and adjust connection limits: pool × instances 20 × 2 = 40 ≤ 100 − 3 =
                          97 connections
      ✔ done  monitoring  Add alerts for database connection issues: DatabaseConnectionsRefused fired
      ✘ open  load-test   Schedule regular tests: no earlier verify of this experiment
      ✔ done  docs        Document settings and procedures: the runbook of DatabaseConnectionsRefused:
                          fixed
      ✘ open  training    Train the team: no earlier drill of this experiment

    NOT CHECKED
      · does it heal without a runbook?               part of a full proof
      · is the runbook harmless on a healthy system?  part of a full proof

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

    observed for real  warm-up 2 s, baseline 3 s, damage 3 s, healed = 8 of 10 windows of 0.5 s good,
                       settle 5 s; everything else ran at 30x

    PASSED  exit 0: all 10 checks passed
    next  gameday score 2026-11-22-a3f
    "
  `);
});

test('the word of the verdict stands in the first and in the last lines', () => {
  const failed = verifyReport(judgement(sampleRun({ story: { wellMs: Infinity } })))
    .trimEnd()
    .split('\n');
  expect(failed[0]).toMatch(/^gameday verify {2}web-stack-outage +FAILED$/);
  expect(failed.slice(-2)).toEqual(['FAILED  exit 1: runbook', 'next  gameday score 2026-11-22-a3f']);
});

test('a runbook that failed shows what it said, what was true, and where it stopped', () => {
  const report = verifyReport(judgement(sampleRun({ story: { wellMs: Infinity } })));
  expect(report).toContain(`RUNBOOK  false-success, expected fixed
  the runbook said ok at T+12.9 s; "max_connections in effect" does not hold
  runbooks/r.md, for DatabaseConnectionsRefused; it says ok; 3 of 3 steps passed
    ✔ passed  T+11.1 s  see the limit      14`);
});

test('a fault that may still be active is the first and the last thing said, with the command whole', () => {
  const lines = verifyReport(judgement(sampleRun({ entries: left })))
    .trimEnd()
    .split('\n');
  const said = [
    '!! A FAULT MAY STILL BE ACTIVE',
    '!!   max_connections lowered to 14',
    `!!     by hand:  ${byHand}`,
    '!!   to undo all of it:  gameday recover 2026-11-22-a3f',
  ];
  expect(lines.slice(0, 4)).toEqual(said);
  expect(lines.slice(-4)).toEqual(said);
});

test('a full proof shows the trials without a runbook and without a fault', () => {
  const report = verifyReport(judgement(fullProof()));
  expect(report).toContain('    ✔ pass  without a runbook: does not heal by itself in 29.1 s, at 30x 14 min 33 s');
  expect(report).toContain('    ✔ pass  on a healthy system: changed nothing it may not change; the books balance');
  expect(report).not.toContain('NOT CHECKED');
});

test('a run without a score says why', () => {
  const report = verifyReport(judgement(sampleRun({ entries: without('fault.injected') })));
  expect(report).toContain('READINESS  no score: the fault has an effect: no fault was injected');
});

test('at speed 1 there is only one clock', () => {
  const report = verifyReport(judgement(sampleRun({ plan: { speed: 1 } })));
  expect(report).not.toContain('yours');
  expect(report).toContain('settle 5 s; nothing was sped up');
});

test('a postmortem that has changed since its review is mentioned', () => {
  const reference = samplePlan.reference && { ...samplePlan.reference, drifted: true };
  expect(verifyReport(judgement(sampleRun({ plan: { reference } })))).toContain(
    '  ! the postmortem has changed since its reading was reviewed',
  );
});

test('no line is wider than 100 columns, whatever steps and alerts say', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 400 }), (text, cut) => {
      const entries = (all: readonly Entry[]): readonly Entry[] =>
        changing('step.finished', (fact) => ({ ...fact, detail: text }))(
          changing('alert.fired', (fact) => ({ ...fact, labels: { severity: text } }))(all),
        );
      const journal = sampleRun({ entries, plan: { experiment: { ...samplePlan.experiment, title: text } } });
      for (const part of [journal, journal.slice(0, cut)])
        for (const line of verifyReport(judgement(part)).split('\n'))
          expect(Array.from(line).length).toBeLessThanOrEqual(100);
    }),
    { numRuns: 25 },
  );
});
