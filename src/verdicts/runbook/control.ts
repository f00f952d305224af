/** Without a runbook: does the service heal by itself in the time that the runbook is given? Then no runbook heals it. */
import type { Plan } from '../../plan/plan.ts';
import { realTime, showDelay } from '../durations.ts';
import { effectVerdict } from '../effect.ts';
import { firingOf } from '../alerts/alerts.ts';
import { healingOf } from '../healed.ts';
import { steadyStateVerdict } from '../steady-state.ts';
import { beforeUndo, eventsOf, firstOf, watchedUntilMs, type TrialRecord } from '../trials.ts';
import { fail, inconclusive, pass, type Verdict } from '../verdict.ts';

export type ControlReason = 'self-healed' | 'not-observed' | 'not-comparable';

/** Of the windows that an undisturbed look would have had: without them a healing would not have been seen. */
const windowsShareMin = 0.8;

/** When a responder would have begun: when the runbook's alert fired, or at the latest when it should have. */
const beginningMs = (trial: TrialRecord, plan: Plan, injectedMs: number): number => {
  const alert = plan.alerts.find(({ name }) => name === plan.runbook?.alert);
  if (alert === undefined) return injectedMs;
  const boundMs = injectedMs + realTime(alert.withinMs, plan.speed);
  return Math.min(boundMs, Math.max(injectedMs, firingOf(trial, alert)?.atMs ?? boundMs));
};

/** @param withinMs What the runbook is given, in the team's time, from when it would have begun. */
export const controlVerdict = (trial: TrialRecord, plan: Plan, withinMs: number): Verdict<ControlReason> => {
  const gate = steadyStateVerdict(trial.events, plan);
  if (gate.outcome !== 'pass') return { ...gate, outcome: 'inconclusive', reason: 'not-comparable' };
  const injected = firstOf(trial.events, 'fault.injected');
  const effect = effectVerdict(trial, plan);
  if (injected === undefined || effect.outcome !== 'pass')
    return { ...effect, outcome: 'inconclusive', reason: 'not-comparable' };

  const healed = healingOf(trial, plan);
  const untilMs = beginningMs(trial, plan, injected.atMs) + realTime(withinMs, plan.speed);
  if (healed !== undefined && healed.sinceMs <= untilMs)
    return {
      ...fail(
        'self-healed',
        `heals by itself, ${showDelay(Math.max(0, healed.sinceMs - injected.atMs), plan.speed)} after the fault`,
        [],
      ),
      evidence: [injected.seq, ...healed.evidence],
    };
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [injected]);
  const watchedMs = watchedUntilMs(trial) - injected.atMs;
  const watched = showDelay(watchedMs, plan.speed);
  if (watchedUntilMs(trial) < untilMs - plan.observation.windowMs)
    return inconclusive('not-observed', `watched for ${watched} only`, [injected]);
  const windows = eventsOf(beforeUndo(trial), 'load.measured').filter((window) => window.seq > injected.seq);
  const expected = Math.floor(watchedMs / plan.observation.windowMs);
  const blindMs = watchedUntilMs(trial) - (windows.at(-1)?.atMs ?? injected.atMs);
  if (windows.length < expected * windowsShareMin || blindMs > watchedMs * (1 - windowsShareMin))
    return inconclusive(
      'not-observed',
      `only ${windows.length} of ${expected} load windows were measured in ${watched}`,
      [injected, windows.at(-1)],
    );
  return pass(`does not heal by itself in ${watched}`, [injected, beforeUndo(trial).at(-1)]);
};
