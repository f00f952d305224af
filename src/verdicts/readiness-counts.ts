/** From the fault trial of a journal to the counts that READINESS is computed from. */
import type { Plan } from '../plan/plan.ts';
import { resolutionVerdict } from './alert-resolution.ts';
import { firingDelayMs, firingOf } from './alerts.ts';
import type { ActionItemVerdict } from './action-items.ts';
import { teamTime } from './durations.ts';
import { firedNames, unexpectedNames } from './quiet.ts';
import type { Part, ReadinessCounts } from './readiness.ts';
import { healingOf } from './healed.ts';
import type { RunbookJudgement } from './runbook.ts';
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

export const readinessCounts = (
  trial: TrialRecord,
  plan: Plan,
  runbook: RunbookJudgement | undefined,
  actionItems: readonly ActionItemVerdict[],
): ReadinessCounts => {
  const fired = plan.alerts.filter((alert) => firingOf(trial, alert) !== undefined);
  const healed = healingOf(trial, plan);
  const asked = fired.filter((alert) => alert.resolvesWithinMs !== null);
  const resolved = asked.filter(
    (alert) => healed !== undefined && resolutionVerdict(trial, alert, plan, healed)?.outcome === 'pass',
  );
  const steps = runbook?.steps ?? [];
  const scored = actionItems.filter(({ state }) => state === 'pass' || state === 'fail');
  return {
    alertsFired: { count: fired.length, of: plan.alerts.length },
    detect: detection(trial, plan),
    unexpected: { count: unexpectedNames(trial, plan).length, of: firedNames(trial).length },
    // Where a runbook was to bring the recovery and none came, resolving was not reached, which is not the same as n/a.
    resolved: { count: resolved.length, of: healed === undefined && plan.runbook === null ? 0 : asked.length },
    steps: { count: steps.filter(({ outcome }) => outcome === 'passed').length, of: steps.length },
    linked: linkedRunbooks(trial, plan),
    useful: null,
    actionItems: { count: scored.filter(({ state }) => state === 'pass').length, of: scored.length },
  };
};
