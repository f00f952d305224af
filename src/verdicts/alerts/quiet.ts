/** Nothing else may fire: an alert that nobody expects is a page for nothing. */
import type { Plan } from '../../plan/plan.ts';
import { carries, missingLabels } from './alerts.ts';
import { beforeUndo, busyBetween, disturbance, eventsOf, firstOf, type EventOf, type TrialRecord } from '../trials.ts';
import { fail, inconclusive, pass, type Verdict } from '../verdict.ts';

export type QuietReason = 'unexpected-alert' | 'not-observed' | 'machine-busy';

type Fired = EventOf<'alert.fired'>;

/** From when silence is asked for; what fired before that says something of the machine, not of the system under test. */
const beginOf = (trial: TrialRecord) => disturbance(trial) ?? firstOf(trial.events, 'runbook.started');

/** What our own undoing causes is not the system's fault. */
const firedIn = (trial: TrialRecord): readonly Fired[] => {
  const since = beginOf(trial)?.seq ?? Infinity;
  return eventsOf(beforeUndo(trial), 'alert.fired').filter(({ seq }) => seq > since);
};

/** The names of all alerts that fired in a trial, each once, in the order in which they did. */
export const firedNames = (trial: TrialRecord): readonly string[] => [
  ...new Set(firedIn(trial).map(({ alert }) => alert)),
];

/**
 * What was neither expected nor allowed. Where nothing was broken, no alert is expected; where something was, an alert with
 * other labels than the expected ones is another alert: it goes to other people.
 */
export const unexpectedIn = (trial: TrialRecord, plan: Plan): readonly Fired[] => {
  const expected = trial.trial === 'fault-free' ? [] : plan.alerts;
  return firedIn(trial).filter(
    ({ alert, labels }) =>
      !plan.quiet.allow.includes(alert) &&
      !expected.some((want) => want.name === alert && carries(labels, want.labels)),
  );
};

export const unexpectedNames = (trial: TrialRecord, plan: Plan): readonly string[] => [
  ...new Set(unexpectedIn(trial, plan).map(({ alert }) => alert)),
];

const wordsOf = (trial: TrialRecord, { alert, labels }: Fired, plan: Plan): string => {
  const want = trial.trial === 'fault-free' ? undefined : plan.alerts.find(({ name }) => name === alert);
  return want === undefined ? alert : `${alert} without ${missingLabels(labels, want.labels)}`;
};

export const quietVerdict = (trial: TrialRecord, plan: Plan): Verdict<QuietReason> => {
  const unexpected = unexpectedIn(trial, plan);
  if (unexpected.length > 0) {
    const words = [...new Set(unexpected.map((event) => wordsOf(trial, event, plan)))].join(', ');
    const busy = busyBetween(trial.events, beginOf(trial)?.atMs ?? 0, unexpected.at(-1)?.atMs ?? 0);
    return busy === undefined
      ? fail('unexpected-alert', `also fired: ${words}`, unexpected)
      : inconclusive('machine-busy', `also fired: ${words}; but the machine was too busy`, [...unexpected, busy]);
  }
  const last = trial.events.at(-1);
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [last]);
  const allowed = firedNames(trial).filter((name) => plan.quiet.allow.includes(name));
  return pass(allowed.length === 0 ? 'nothing else fired' : `only what is allowed also fired: ${allowed.join(', ')}`, [
    last,
  ]);
};
