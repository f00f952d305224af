/**
 * How long what a run breaks may stay broken at most. A run ends well before that by itself; past it, the watchdog has it
 * undone even under a conductor that lives, and targets that can hold a deadline let go by themselves.
 */
import type { Plan } from '../plan/plan.ts';
import { minutes, ms, type Ms } from '../units.ts';

/** For the steps of a runbook, each of which has a limit of its own, and for a slow machine. */
const marginMs = minutes(15);

/**
 * The time from the first injection to the undo, as far as a plan can tell. In a drill detection may take the limit once, and
 * the response once more.
 */
export const lastsAtMost = ({ mode, drill, speed, faults, alerts, runbook, observation }: Plan): Ms => {
  if (mode === 'drill' && drill !== null) return ms(2 * drill.limitMs);
  const latest = (of: readonly number[]): number => Math.max(0, ...of);
  const alertingMs =
    latest(alerts.map(({ withinMs }) => withinMs)) +
    latest(alerts.map(({ resolvesWithinMs }) => resolvesWithinMs ?? 0));
  const runMs = latest(faults.map(({ atMs }) => atMs)) + observation.impactMs + observation.settleMs;
  return ms(runMs + (alertingMs + (runbook?.withinMs ?? 0)) / speed);
};

/** A run gets twice what it should take and a margin; a target of the team's own never longer than it was declared. */
export const faultTtl = (plan: Plan): Ms => {
  const expected = lastsAtMost(plan);
  const patient = plan.mode === 'drill' ? expected + marginMs : 2 * expected + marginMs;
  return ms(Math.min(patient, plan.target?.durationMs ?? Infinity));
};

/** Of the environment that is made for the run: it comes up before the fault, and goes after it. */
export const environmentTtl = (plan: Plan): Ms => ms(faultTtl(plan) + marginMs);
