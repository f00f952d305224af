/** Nothing else may fire: an alert that nobody expects is a page for nothing. */
import type { Plan } from '../plan/plan.ts';
import { eventsOf, type TrialRecord } from './trials.ts';
import { fail, inconclusive, pass, type Verdict } from './verdict.ts';

export type QuietReason = 'unexpected-alert' | 'not-observed';

/** The names of all alerts that fired in a trial, each once, in the order in which they did. */
export const firedNames = (trial: TrialRecord): readonly string[] => [
  ...new Set(eventsOf(trial.events, 'alert.fired').map(({ alert }) => alert)),
];

/** Those that were neither expected nor allowed. Where nothing was broken, no alert is expected. */
export const unexpectedNames = (trial: TrialRecord, plan: Plan): readonly string[] => {
  const expected = trial.trial === 'fault-free' ? [] : plan.alerts.map(({ name }) => name);
  const fine = new Set([...plan.quiet.allow, ...expected]);
  return firedNames(trial).filter((name) => !fine.has(name));
};

export const quietVerdict = (trial: TrialRecord, plan: Plan): Verdict<QuietReason> => {
  const unexpected = unexpectedNames(trial, plan);
  if (unexpected.length > 0)
    return fail(
      'unexpected-alert',
      `also fired: ${unexpected.join(', ')}`,
      eventsOf(trial.events, 'alert.fired').filter(({ alert }) => unexpected.includes(alert)),
    );
  const last = trial.events.at(-1);
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [last]);
  const allowed = firedNames(trial).filter((name) => plan.quiet.allow.includes(name));
  return pass(allowed.length === 0 ? 'nothing else fired' : `only what is allowed also fired: ${allowed.join(', ')}`, [
    last,
  ]);
};
