/** Does the runbook work? The first rule that matches gives the word; this is that word with everything shown beside it. */
import type { RunbookVerdict } from '../../documents/experiment.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { factsOf, type Facts, type Proof } from './facts.ts';
import { finding, runbookRules, type RunbookFinding } from './rules.ts';
import type { StepRecord } from './steps.ts';
import { interruptionIn, trialsOf, type EventOf } from '../trials.ts';

export type RunbookJudgement = RunbookFinding & {
  readonly expected: RunbookVerdict;
  readonly alert: string;
  readonly withinMs: number;
  /** null where no runbook was started. */
  readonly file: string | null;
  readonly claim: EventOf<'runbook.finished'>['claim'] | null;
  readonly steps: readonly StepRecord[];
  /** What the other trials and the comparison of states say. */
  readonly proofs: readonly Proof[];
  readonly startedMs: number | null;
  readonly healedSinceMs: number | null;
};

const proofsOf = ({ control, harm, started }: Facts): readonly Proof[] => [
  ...(control === undefined ? [] : [{ name: 'without a runbook', verdict: control }]),
  ...(started === undefined ? [] : harm),
];

/** The runbook's verdict; undefined where the experiment follows none. */
export const runbookJudgement = (journal: readonly JournalEvent[], plan: Plan): RunbookJudgement | undefined => {
  const wanted = plan.runbook;
  if (wanted === null) return undefined;
  const trial = trialsOf(journal).find((record) => record.trial === 'fault');
  const expected = { expected: wanted.verdict, alert: wanted.alert, withinMs: wanted.withinMs };
  if (trial === undefined)
    return {
      ...finding('inconclusive', interruptionIn(journal) ?? 'the runbook was never tried', [journal.at(-1)]),
      ...expected,
      file: null,
      claim: null,
      steps: [],
      proofs: [],
      startedMs: null,
      healedSinceMs: null,
    };
  const facts = factsOf(journal, plan, wanted, trial);
  let found: RunbookFinding | undefined;
  for (const rule of runbookRules) {
    found = rule(facts);
    if (found !== undefined) break;
  }
  return {
    ...(found ?? finding('inconclusive', 'nothing was proven', [])),
    ...expected,
    file: facts.started?.file ?? null,
    claim: facts.finished?.claim ?? null,
    steps: facts.steps,
    proofs: proofsOf(facts),
    startedMs: facts.started?.atMs ?? null,
    healedSinceMs: facts.healed?.sinceMs ?? null,
  };
};
