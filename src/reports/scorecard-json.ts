/**
 * A drill's judgement for machines: keys always in this order, four decimals, so that another's arithmetic can be compared
 * with ours. It names roles and components, never people: whoever was there, the bytes are the same.
 */
import { ms } from '../units.ts';
import type { DrillJudgement } from '../verdicts/team/drill-judgement.ts';
import { minutesOf, type TeamItem } from '../verdicts/team/item.ts';
import type { TeamScore } from '../verdicts/team/score.ts';

/** Raised whenever a key changes its meaning or goes away; new keys may come without. */
export const schemaVersion = 1;

const rounded = (value: number): number => Number(value.toFixed(4));
const roundedOr = (value: number | null): number | null => (value === null ? null : rounded(value));

export const scorecardJson = (judged: DrillJudgement): string => {
  const { plan, team, readiness, originMs } = judged;
  const since = (atMs: number): number => rounded(atMs - (originMs ?? 0));
  const document = {
    schemaVersion,
    scoring: judged.scoring,
    runId: judged.runId,
    startedAt: judged.startedAt,
    version: judged.version,
    experiment: { name: plan.experiment.name, title: plan.experiment.title, file: plan.experiment.file },
    environment: plan.environment,
    originals: plan.originals ?? {},
    mode: plan.drill?.mode ?? null,
    timeScale: plan.drill?.timeScale ?? null,
    /** Minutes to which the postmortem rounds its times. */
    granularity: minutesOf(plan.reference?.granularityMs ?? ms(0)),
    exit: judged.exit,
    residue: judged.residue,
    seenBefore: judged.seenBefore,
    /** All moments count from detection, in milliseconds. */
    detectedMs: originMs,
    milestones: judged.milestones.map(({ name, run, claimedMs, referenceMs, scaledMs }) => ({
      name,
      runMs: run === null ? null : since(run.atMs),
      claimedMs: claimedMs === null ? null : since(claimedMs),
      referenceMs,
      scaledMs: roundedOr(scaledMs),
      evidence: run?.evidence ?? [],
    })),
    team: team === null ? null : teamOf(team),
    teamWithheld: judged.teamWithheld,
    objectives: judged.objectives.map((item) => objectiveOf(item, team !== null)),
    wrongLeads: judged.wrongLeads.map(({ components, fromMs, toMs, expected, evidence }) => ({
      components,
      fromMs: since(fromMs),
      toMs: since(toMs),
      expected,
      evidence,
    })),
    claims: judged.claims.map(({ words, weight, isTrue, atMs, seq }) => ({
      claim: words,
      weight,
      isTrue,
      atMs: since(atMs),
      evidence: [seq],
    })),
    hints: judged.hints.map(({ level, cost, atMs, seq }) => ({ level, cost, atMs: since(atMs), evidence: [seq] })),
    harms: judged.harms.map(({ act, severity, why, atMs, evidence }) => ({
      act,
      severity,
      why,
      atMs: since(atMs),
      evidence,
    })),
    failedMinutes: rounded(judged.failedMinutes),
    readiness: readiness && {
      total: rounded(readiness.total),
      band: readiness.band,
      items: readiness.items.map(({ name, points, max, sum }) => ({ name, points: rounded(points), max, sum })),
      notApplicable: readiness.notApplicable,
    },
    readinessWithheld: judged.readinessWithheld,
    actionItems: judged.actionItems,
    questions: judged.questions,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};

const teamOf = ({ total, low, high, band, gate, ungated, groups, notObserved }: TeamScore) => ({
  total: rounded(total),
  low: rounded(low),
  high: rounded(high),
  band,
  gate,
  ...Object.fromEntries(groups.map(({ name, points }) => [name, roundedOr(points)])),
  ungated: rounded(ungated),
  notObserved,
});

const objectiveOf = ({ id, group, name, rating, points, max, sum, visible, evidence }: TeamItem, scored: boolean) => ({
  id,
  group,
  name,
  rating,
  ...(scored ? { points: roundedOr(points), max, sum } : {}),
  visible,
  evidence,
});
