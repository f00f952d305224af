import { expect, test } from 'vitest';
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import { drillRun, goldenPlan, goldenRun, teamWithout } from '../verdicts/team/golden.fixture.ts';
import { explainable, explanation } from './explain.ts';

const golden = drillJudgement(goldenRun());
const bodyOf = (...given: Parameters<typeof explanation>): string =>
  explanation(...given)
    .split('\n')
    .slice(3, -1)
    .join('\n');

test('a stretch is explained so that a calculator comes to the same points', () => {
  expect(`\n${explanation(golden, 'right-lead')}`).toMatchInlineSnapshot(`
    "
    gameday score  web-stack-outage  run 2026-11-22-a3f  scoring v1  k 5
    moments on the run’s clock, minutes:seconds; #N is event N of the journal

    right-lead  engaged → right lead  3.3904 of 10  M
      engaged at 3:20.0, right lead at 8:20.0: events #2788 #6992
      g = max(20 min / 5, 2 min) = 4.0000 min
      o = 5.0000 min
      x = o / g = 1.250000
      q = 0.5 − 0.5 × log2(x) = 0.5 − 0.5 × 0.321928 = 0.339036
      points = 10 × 0.339036 = 3.3904
    "
  `);
});

test('wrong leads, claims and silences are explained with their events', () => {
  expect(`\n${['wrong-leads', 'claims', 'cadence'].map((what) => bodyOf(golden, what)).join('\n')}`)
    .toMatchInlineSnapshot(`
    "
    wrong-leads  wrong leads  5.0740 of 9  S
      focus on web-server T+2:10 to T+6:40
      web-server 3:50.0 to 8:20.0 #3211
      W_o = 4.5000 min of 14.0000 min = 0.321429
      W_r = 0.368421 in the postmortem
      1 − W_o / (2 × W_r) = 0.563776, between 0 and 1
      points = 9 × 0.563776 = 5.0740
    claims  claims are true  3.6000 of 6  S
      not so at that moment: resolved at T+16:00
      11:20.0 #9515  cause database/pool-limit-too-low: true, weight 1
      17:40.0 #14838  resolved: false, weight 2
      21:50.0 #18364  resolved: true, weight 2
      points = 6 × 3/5 = 3.6000
    cadence  updates in time  5.7059 of 6  P
      silent T+2:00 to T+7:50
      C = max(5, 20 / 5) = 5.0000 min
      3:30.0 #2929  team.leadNamed
      3:40.0 #3070  team.severityDeclared
      9:30.0 #7974  team.updated
      13:20.0 #11197  team.escalated
      17:40.0 #14838  team.claimed
      3:20.0 to 3:30.0: 0.1667 min, late 0.0000 min
      3:30.0 to 3:40.0: 0.1667 min, late 0.0000 min
      3:40.0 to 9:30.0: 5.8333 min, late 0.8333 min
      9:30.0 to 13:20.0: 3.8333 min, late 0.0000 min
      13:20.0 to 17:40.0: 4.3333 min, late 0.0000 min
      17:40.0 to 20:20.0: 2.6667 min, late 0.0000 min
      late = 0.8333 min of 17.0000 min
      points = 6 × (1 − 0.8333/17.0000) = 5.7059"
  `);
});

test('the total is explained by its groups, and a gate by its reason', () => {
  expect(`\n${bodyOf(golden, 'total')}`).toMatchInlineSnapshot(`
    "
    total  TEAM 75 (70-78)  Practised
      timing = engaged 4.2451 + right-lead 3.3904 + diagnosed 10.0000 + mitigated 9.5098 + confirmed
      8.0000 + escalated 3.3561 = 38.5014 of 50
      diagnosis = wrong-leads 5.0740 + claims 3.6000 = 8.6740 of 15
      safety = safety 12.0000 = 12.0000 of 15
      communication = cadence 5.7059 + severity 1.5000 + lead 1.5000 + closing 1.5000 = 10.2059 of 12
      autonomy = autonomy 6.0000 = 6.0000 of 8
      38.5014 + 8.6740 + 12.0000 + 10.2059 + 6.0000 = 75.3813
      no gate
      TEAM = 75.3813"
  `);
  const lost = drillJudgement(drillRun({ greenS: Infinity, resolvesS: Infinity, endS: 1_800 }));
  expect(bodyOf(lost, 'total')).toContain(
    'gate: at most 49.9, because the service was not restored in time\n  TEAM = 49.9000',
  );
});

test('what was scaled says by how much', () => {
  expect(bodyOf(drillJudgement(drillRun({ team: teamWithout(790) })), 'total')).toMatch(
    /35\.145\d of 46, × 50\/46 = 38\.2014 of 50/,
  );
});

test('the range is explained stretch by stretch', () => {
  expect(`\n${bodyOf(golden, 'range')}`).toMatchInlineSnapshot(`
    "
    range  70.1054 to 78.0778
      the postmortem’s times are multiples of 5 min; everything but timing stays as it is
      every gap of the postmortem 5 min shorter: 70.1054
        engaged  6 × q(0.7500) = 6 × 0.7075 = 4.2451
        right-lead  10 × q(1.6667) = 10 × 0.1315 = 1.3152
        diagnosed  10 × q(0.6000) = 10 × 0.8685 = 8.6848
        mitigated  12 × q(0.7500) = 12 × 0.7075 = 8.4902
        confirmed  8 × q(0.5625) = 8 × 0.9150 = 7.3203
        escalated  4 × q(0.6667) = 4 × 0.7925 = 3.1699
      every gap of the postmortem 5 min longer: 78.0778
        engaged  6 × q(0.7500) = 6 × 0.7075 = 4.2451
        right-lead  10 × q(1.0000) = 10 × 0.5000 = 5.0000
        diagnosed  10 × q(0.4286) = 10 × 1.0000 = 10.0000
        mitigated  12 × q(0.6000) = 12 × 0.8685 = 10.4218
        confirmed  8 × q(0.4500) = 8 × 1.0000 = 8.0000
        escalated  4 × q(0.5882) = 4 × 0.8828 = 3.5311"
  `);
});

test('the numbers of a line give its points', () => {
  for (const { working, points, id } of golden.objectives) {
    const last = working.at(-1) ?? '';
    expect([id, last.startsWith('points = ')]).toEqual([id, true]);
    expect(Number(last.split(' = ').at(-1))).toBeCloseTo(points ?? -1, 4);
  }
});

test('everything is explained where nothing is named, READINESS last', () => {
  const all = explanation(golden);
  for (const what of explainable(golden))
    expect(all).toContain(what === 'readiness' ? 'READINESS  73 of 100' : `\n${what}  `);
});

test('without a score there is no arithmetic of a total', () => {
  const training = drillJudgement(drillRun({}, goldenPlan({}, { mode: 'training' })));
  expect(bodyOf(training, 'total')).toBe('total  no score: training is for learning; only an evaluation is scored');
  expect(bodyOf(training, 'range')).toContain('range  no score');
});
