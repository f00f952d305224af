import { expect, test } from 'vitest';
import { drillJudgement } from '../verdicts/team/drill-judgement.ts';
import { drillRun, goldenPlan, goldenRun } from '../verdicts/team/golden.fixture.ts';
import { scorecardJson } from './scorecard-json.ts';

type Document = {
  readonly team: Readonly<Record<string, unknown>> | null;
  readonly teamWithheld: string | null;
  readonly objectives: readonly { readonly id: string; readonly evidence: readonly number[] }[];
  readonly questions: readonly unknown[];
  readonly [key: string]: unknown;
};
const written = (...given: Parameters<typeof drillRun>): Document =>
  JSON.parse(scorecardJson(drillJudgement(drillRun(...given)))) as Document;

test('the worked example is the document of the scoring model, to four decimals', () => {
  expect(written()).toMatchObject({
    schemaVersion: 1,
    scoring: 'v1',
    timeScale: 5,
    granularity: 5,
    team: {
      total: 75.3813,
      low: 70.1054,
      high: 78.0778,
      band: 'Practised',
      gate: null,
      timing: 38.5014,
      diagnosis: 8.674,
      safety: 12,
      communication: 10.2059,
      autonomy: 6,
    },
    readiness: { total: 73.1544, band: 'Practised' },
  });
});

test('every objective points to the events that prove it', () => {
  const journal = goldenRun();
  const { objectives } = written();
  const typesOf = (id: string): readonly (string | undefined)[] => {
    const evidence = objectives.find((each) => each.id === id)?.evidence ?? [];
    return evidence.map((seq) => journal[seq]?.type);
  };
  expect(typesOf('engaged')).toEqual(['alert.delivered', 'team.acknowledged']);
  expect(typesOf('diagnosed')).toEqual(['team.focused', 'team.hypothesised', 'hint.taken']);
  expect(typesOf('claims')).toEqual(['team.hypothesised', 'team.claimed', 'team.claimed']);
});

test('moments count from detection', () => {
  const { milestones } = written() as unknown as { milestones: readonly { name: string; runMs: number | null }[] };
  expect(milestones.map(({ name, runMs }) => [name, runMs])).toEqual([
    ['detected', 0],
    ['notified', 10_000],
    ['engaged', 100_000],
    ['right-lead', 400_000],
    ['diagnosed', 580_000],
    ['escalated', 700_000],
    ['mitigated', 940_000],
    ['restored', 1_120_000],
    ['confirmed', 1_210_000],
  ]);
});

test('training has ratings, no points and no total', () => {
  const { team, teamWithheld, objectives } = written({}, goldenPlan({}, { mode: 'training' }));
  expect([team, teamWithheld]).toEqual([null, 'training is for learning; only an evaluation is scored']);
  expect(objectives[0]).toMatchObject({ id: 'engaged', rating: 'S' });
  expect(objectives.some((each) => 'points' in each || 'sum' in each)).toBe(false);
});

test('nothing in it is a number that is none', () => {
  expect(scorecardJson(drillJudgement(goldenRun().slice(0, 1)))).not.toMatch(/NaN|Infinity/);
});
