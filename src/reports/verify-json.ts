/** Judgements for machines: one document, a schema version, keys always in this order. */
import type { Judgement } from '../verdicts/judgement.ts';
import { worstExit, type Exit } from '../verdicts/exit.ts';
import { reasonIn } from '../verdicts/verdict.ts';
import { explanationsIn } from './alert-explanation-json.ts';

/** Raised whenever a key changes its meaning or goes away; new keys may come without. */
export const schemaVersion = 1;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const runOf = (judged: Judgement) => {
  const { plan, exit, readiness, runbook } = judged;
  return {
    runId: judged.runId,
    startedAt: judged.startedAt,
    durationMs: Math.round(judged.durationMs),
    version: judged.version,
    experiment: { name: plan.experiment.name, title: plan.experiment.title, file: plan.experiment.file },
    postmortem: plan.reference && {
      file: plan.reference.postmortem,
      reference: plan.reference.file,
      /** Edited after its reading was reviewed. */
      drifted: plan.reference.drifted,
    },
    environment: { kind: plan.environment, postgresVersion: judged.postgresVersion, originals: plan.originals ?? {} },
    proof: plan.proof,
    speed: plan.speed,
    seed: plan.seed,
    exit: exitIn(exit),
    residue: judged.residue.map(({ fault, byHand }) => ({ fault, byHand })),
    checks: judged.checks.map((check) => ({
      kind: check.kind,
      name: check.name,
      trial: check.trial,
      outcome: check.outcome,
      reason: reasonIn(check) ?? null,
      detail: check.detail,
      evidence: check.evidence,
    })),
    notChecked: judged.notChecked.map(({ name, why }) => ({ name, why })),
    alerts: explanationsIn(judged.alerts),
    impact: judged.impact,
    runbook: runbook && {
      verdict: runbook.verdict,
      expected: runbook.expected,
      detail: runbook.detail,
      file: runbook.file,
      alert: runbook.alert,
      claim: runbook.claim,
      startedMs: runbook.startedMs,
      healedSinceMs: runbook.healedSinceMs,
      steps: runbook.steps,
      proofs: runbook.proofs.map(({ name, verdict }) => ({
        name,
        outcome: verdict.outcome,
        reason: reasonIn(verdict) ?? null,
        detail: verdict.detail,
        evidence: verdict.evidence,
      })),
      evidence: runbook.evidence,
    },
    actionItems: judged.actionItems,
    team: judged.team,
    readiness: readiness && {
      total: rounded(readiness.total, 1),
      band: readiness.band,
      items: readiness.items.map(({ name, points, max, sum }) => ({ name, points: rounded(points, 4), max, sum })),
      notApplicable: readiness.notApplicable,
    },
    readinessWithheld: judged.readinessWithheld,
    timeline: judged.timeline,
    observation: plan.observation,
  };
};

const exitIn = ({ code, name, because, why }: Exit) => ({ code, name, because, why });

/** @param judged One judgement per run, in the order of the runs. `exit` is the one that speaks for all of them. */
export const verifyDocument = (judged: readonly Judgement[]) => {
  const worst = worstExit(judged.map(({ exit }) => exit));
  return { schemaVersion, exit: worst === undefined ? null : exitIn(worst), runs: judged.map(runOf) };
};
export type VerifyDocument = Readonly<ReturnType<typeof verifyDocument>>;

export const verifyJson = (judged: readonly Judgement[]): string =>
  `${JSON.stringify(verifyDocument(judged), null, 2)}\n`;
