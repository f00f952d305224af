/**
 * The verdict explains itself: of every expected alert how far it came and, where that was not far enough, why; of every
 * alert that nobody expected, what made it fire. A function of the journal, like the verdict.
 */
import type { AlertExamination } from '../../journal/alert-facts.ts';
import type { JournalEvent, Trial } from '../../journal/events.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { chainOf, writtenMs, type ChainStep } from './chain.ts';
import type { AlertCause } from './cause.ts';
import { deliveryCause } from './delivery-cause.ts';
import { outageWords, silenceCause } from './silence-cause.ts';
import { wayOf } from './way.ts';
import { alertVerdict } from './alerts.ts';
import { unexpectedIn } from './quiet.ts';
import { disturbance, eventsOf, trialsOf, type EventOf, type TrialRecord } from '../trials.ts';
import { reasonIn, type Verdict } from '../verdict.ts';

export type AlertExplanation = {
  readonly alert: string;
  /** As the experiment expects them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: string;
  readonly verdict: Verdict;
  readonly steps: readonly ChainStep[];
  /** null where it came as it should, and where that could not be found out: then the verdict says why not. */
  readonly cause: AlertCause | null;
  /** What else an engineer would want to know. */
  readonly notes: readonly string[];
};

/** An alert that fired and that nobody expected. */
export type UnexpectedAlert = {
  readonly alert: string;
  readonly trial: Trial;
  readonly labels: Readonly<Record<string, string>>;
  /** Real milliseconds after the fault, or after the runbook began where nothing was broken. */
  readonly sinceFaultMs: number;
  /** Of its expression when it fired. */
  readonly value: number | null;
  /** In the team's own time; null where the run did not record it. */
  readonly forMs: number | null;
  /** null where the run did not record it. */
  readonly examination: AlertExamination | null;
};

export type AlertExplanations = {
  readonly expected: readonly AlertExplanation[];
  readonly unexpected: readonly UnexpectedAlert[];
};

export const alertExplanations = (journal: readonly JournalEvent[], plan: Plan): AlertExplanations => {
  const trials = trialsOf(journal);
  const fault = trials.find(({ trial }) => trial === 'fault');
  return {
    expected: fault === undefined ? [] : plan.alerts.map((want) => explanationOf(fault, want, plan)),
    unexpected: trials.filter(({ trial }) => trial !== 'control').flatMap((trial) => unexpectedOf(trial, plan)),
  };
};

const explanationOf = (trial: TrialRecord, want: PlannedAlert, plan: Plan): AlertExplanation => {
  const verdict = alertVerdict(trial, want, plan);
  const { name: alert, labels, receiver } = want;
  const way = wayOf(trial, want);
  if (way === undefined) return { alert, labels, receiver, verdict, steps: [], cause: null, notes: [] };
  // A busy machine leaves open whether it would have been in time, not who kept it back.
  const cause =
    way.fired !== undefined && (verdict.outcome === 'fail' || reasonIn(verdict) === 'machine-busy')
      ? deliveryCause(way, want, plan)
      : verdict.outcome === 'fail'
        ? silenceCause(way, want, plan)
        : undefined;
  // One or two scrapes that fail are what a busy machine is like.
  const least = 3 * (way.examination?.scrapeMs ?? 0);
  const outages = (way.examination?.targets ?? []).filter(
    ({ feeds, fromMs, untilMs }) => feeds && (untilMs ?? Infinity) - fromMs > least,
  );
  return {
    ...{ alert, labels, receiver, verdict, steps: chainOf(way, want, plan), cause: cause ?? null },
    notes: cause?.reason === 'blinded' ? [] : outages.map((outage) => outageWords(outage, way, plan)),
  };
};

const unexpectedOf = (trial: TrialRecord, plan: Plan): readonly UnexpectedAlert[] => {
  const origin = disturbance(trial) ?? trial.events.find(({ type }) => type === 'runbook.started');
  const examined = eventsOf(trial.events, 'alert.examined').filter(({ wanted }) => wanted === null);
  const first = new Map<string, EventOf<'alert.fired'>>();
  for (const fired of unexpectedIn(trial, plan)) if (!first.has(fired.alert)) first.set(fired.alert, fired);
  return [...first.values()].map(({ alert, labels, value, atMs }) => ({
    ...{ alert, labels, value, trial: trial.trial, sinceFaultMs: atMs - (origin?.atMs ?? atMs) },
    ...ruleOf(examined.find((each) => each.alert === alert)?.examination, plan, alert),
  }));
};

const ruleOf = (
  examination: AlertExamination | undefined,
  { speed, realTime }: Plan,
  alert: string,
): Pick<UnexpectedAlert, 'forMs' | 'examination'> => {
  if (examination === undefined) return { forMs: null, examination: null };
  const isCompressed = !realTime.some(({ rule }) => rule === alert);
  return { examination, forMs: isCompressed ? writtenMs(examination.forMs, speed) : examination.forMs };
};
