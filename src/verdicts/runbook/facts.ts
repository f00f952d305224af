/** What the rules about a runbook look at, gathered once from a journal. */
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { controlVerdict } from './control.ts';
import { harmVerdict } from './harm.ts';
import { healingOf, type Healed } from '../healed.ts';
import { stepsOf, type StepRecord } from './steps.ts';
import { beforeUndo, firstOf, trialsOf, type EventOf, type TrialRecord } from '../trials.ts';
import type { Verdict } from '../verdict.ts';

export type Wanted = NonNullable<Plan['runbook']>;

/** One of the things a good word rests on, besides the fault trial itself. */
export type Proof = { readonly name: string; readonly verdict: Verdict };

/** What the rules look at, gathered once. */
export type Facts = {
  readonly journal: readonly JournalEvent[];
  readonly plan: Plan;
  readonly wanted: Wanted;
  readonly alert: PlannedAlert | undefined;
  readonly trial: TrialRecord;
  /** From the injection until our own undo. */
  readonly since: readonly JournalEvent[];
  readonly started: EventOf<'runbook.started'> | undefined;
  readonly finished: EventOf<'runbook.finished'> | undefined;
  readonly healed: Healed | undefined;
  readonly steps: readonly StepRecord[];
  readonly control: Verdict | undefined;
  readonly harm: readonly Proof[];
};
export const faultFreeWords = 'on a healthy system';

/** @param trial The fault trial. */
export const factsOf = (journal: readonly JournalEvent[], plan: Plan, wanted: Wanted, trial: TrialRecord): Facts => {
  const injected = firstOf(trial.events, 'fault.injected');
  const trials = trialsOf(journal);
  const control = trials.find((other) => other.trial === 'control');
  const faultFree = trials.find((other) => other.trial === 'fault-free');
  const harm: Proof[] = [{ name: 'under the fault', verdict: harmVerdict(trial, plan) }];
  if (faultFree !== undefined) harm.push({ name: faultFreeWords, verdict: harmVerdict(faultFree, plan) });
  return {
    journal,
    plan,
    wanted,
    alert: plan.alerts.find(({ name }) => name === wanted.alert),
    trial,
    since: beforeUndo(trial).filter((event) => injected !== undefined && event.seq > injected.seq),
    started: firstOf(trial.events, 'runbook.started'),
    finished: firstOf(trial.events, 'runbook.finished'),
    healed: healingOf(trial, plan),
    steps: stepsOf(trial.events),
    control: control === undefined ? undefined : controlVerdict(control, plan, wanted.withinMs),
    harm,
  };
};
