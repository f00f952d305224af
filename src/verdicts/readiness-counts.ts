/** From the fault trial of a journal to the counts that READINESS is computed from. */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { resolutionVerdict } from './alerts/resolution.ts';
import { firingDelayMs, firingOf } from './alerts/alerts.ts';
import type { ActionItemVerdict } from './action-items.ts';
import { teamTime } from './durations.ts';
import { firedNames, unexpectedNames } from './alerts/quiet.ts';
import type { Part, ReadinessCounts } from './readiness.ts';
import type { Healed } from './healed.ts';
import type { StepRecord } from './runbook/steps.ts';
import { eventsOf, type TrialRecord } from './trials.ts';

/** The first expected alert to fire is the moment of detection; its own `within` is the target. */
const detection = (trial: TrialRecord, plan: Plan): ReadinessCounts['detect'] => {
  const [first] = plan.alerts
    .flatMap((alert) => {
      const delayMs = firingDelayMs(trial, alert);
      return delayMs === undefined ? [] : [{ observed: teamTime(delayMs, plan.speed), target: alert.withinMs }];
    })
    .toSorted((a, b) => a.observed - b.observed);
  if (first !== undefined) return first;
  const [strictest] = plan.alerts.toSorted((a, b) => a.withinMs - b.withinMs);
  return strictest === undefined ? null : { observed: null, target: strictest.withinMs };
};

/** An alert whose runbook nobody looked up is not counted, unless its rule names none. */
const linkedRunbooks = (trial: TrialRecord, plan: Plan): Part => {
  const found = new Set(eventsOf(trial.events, 'runbook.found').map(({ alert }) => alert));
  const missing = new Set(eventsOf(trial.events, 'runbook.missing').map(({ alert }) => alert));
  const known = plan.alerts.filter(
    (alert) =>
      firingOf(trial, alert) !== undefined &&
      (found.has(alert.name) || missing.has(alert.name) || alert.rule.runbookUrl === null),
  );
  return { count: known.filter(({ name }) => found.has(name)).length, of: known.length };
};

/** What the counts rest on besides the trial's own alerts. */
export type ReadinessFacts = {
  /** Since when the service was well again; undefined: never. */
  readonly healed: Healed | undefined;
  /** Those that were to be executed, or in a drill: were. */
  readonly steps: readonly Pick<StepRecord, 'outcome'>[];
  /** Whether a recovery was to be expected, so that an alert that never resolves counts against the system. */
  readonly recoveryExpected: boolean;
  readonly useful: Part | null;
  readonly actionItems: readonly ActionItemVerdict[];
};

/** What people said of the steps they used; of one that they rated twice, the last word. null: they rated none. */
export const usefulSteps = (events: readonly JournalEvent[]): Part | null => {
  const rated = new Map(eventsOf(events, 'team.rated').map(({ step, helpful }) => [step, helpful]));
  return rated.size === 0 ? null : { count: [...rated.values()].filter(Boolean).length, of: rated.size };
};

export const readinessCounts = (
  trial: TrialRecord,
  plan: Plan,
  { healed, steps, recoveryExpected, useful, actionItems }: ReadinessFacts,
): ReadinessCounts => {
  const fired = plan.alerts.filter((alert) => firingOf(trial, alert) !== undefined);
  const asked = fired.filter((alert) => alert.resolvesWithinMs !== null);
  const resolutions = asked.map((alert) => healed && resolutionVerdict(trial, alert, plan, healed)?.outcome);
  // What was not watched for long enough has neither resolved nor failed to.
  const seen = resolutions.filter((outcome) => outcome === 'pass' || outcome === 'fail');
  const scored = actionItems.filter(({ state }) => state === 'pass' || state === 'fail');
  return {
    alertsFired: { count: fired.length, of: plan.alerts.length },
    detect: detection(trial, plan),
    unexpected: { count: unexpectedNames(trial, plan).length, of: firedNames(trial).length },
    // Where a recovery was to come and none came, resolving was not reached, which is not the same as n/a.
    resolved: {
      count: seen.filter((outcome) => outcome === 'pass').length,
      of: healed === undefined && recoveryExpected ? asked.length : seen.length,
    },
    steps: { count: steps.filter(({ outcome }) => outcome === 'passed').length, of: steps.length },
    linked: linkedRunbooks(trial, plan),
    useful,
    actionItems: { count: scored.filter(({ state }) => state === 'pass').length, of: scored.length },
  };
};
