/** The events of one expected alert, from its condition to its receiver, picked out of a trial once for whoever explains it. */
import type { AlertExamination } from '../../journal/alert-facts.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { PlannedAlert } from '../../plan/plan.ts';
import { carries, firingOf, originOf } from './alerts.ts';
import { beforeUndo, disturbance, eventsOf, watchedUntilMs, type EventOf, type TrialRecord } from '../trials.ts';

type Labels = Readonly<Record<string, string>>;

export type AlertWay = {
  /** On the run's clock: from when it is timed, and until when it was watched. */
  readonly originMs: number;
  readonly untilMs: number;
  /** After the fault and before our own undo. */
  readonly watched: readonly JournalEvent[];
  /** undefined: of a run of before alerts were examined, or the servers did not answer. */
  readonly examination: AlertExamination | undefined;
  readonly pended: EventOf<'alert.pended'> | undefined;
  readonly fired: EventOf<'alert.fired'> | undefined;
  readonly sent: EventOf<'alert.sent'> | undefined;
  /** The last time that it was kept from being notified. */
  readonly muted: EventOf<'alert.muted'> | undefined;
  /** At any receiver. */
  readonly delivered: readonly EventOf<'alert.delivered'>[];
  /** At the receiver that is expected. */
  readonly reached: EventOf<'alert.delivered'> | undefined;
  /** The receiver that is expected would have been told by means that a replica does not have. */
  readonly withheld: EventOf<'alert.withheld'> | undefined;
  readonly resolved: EventOf<'alert.resolved'> | undefined;
};

/** @returns undefined where nothing was broken, and so nothing can be told from a time. */
export const wayOf = (trial: TrialRecord, want: PlannedAlert): AlertWay | undefined => {
  const origin = originOf(trial, want);
  const since = disturbance(trial)?.seq;
  if (origin === undefined || since === undefined) return undefined;
  const watched = beforeUndo(trial).filter(({ seq }) => seq > since);
  const fired = firingOf(trial, want);
  // What is sent has more labels: those that the evaluator adds to everything it sends.
  const own = (event: { readonly alert: string; readonly labels: Labels }): boolean =>
    event.alert === want.name && carries(event.labels, fired?.labels ?? want.labels);
  const delivered = eventsOf(watched, 'alert.delivered').filter(own);
  const reached = delivered.find(({ receiver }) => receiver === want.receiver);
  return {
    originMs: origin.atMs,
    untilMs: watchedUntilMs(trial),
    watched,
    examination: eventsOf(trial.events, 'alert.examined').find(
      ({ alert, wanted }) => alert === want.name && wanted !== null && same(wanted, want.labels),
    )?.examination,
    pended: eventsOf(watched, 'alert.pended').findLast(
      (event) => own(event) && (fired === undefined || event.seq < fired.seq),
    ),
    fired,
    sent: eventsOf(watched, 'alert.sent').find(own),
    muted: eventsOf(watched, 'alert.muted').findLast(
      (event) => own(event) && (reached === undefined || event.seq < reached.seq),
    ),
    delivered,
    reached,
    withheld: eventsOf(watched, 'alert.withheld').find((event) => own(event) && event.receiver === want.receiver),
    resolved: eventsOf(watched, 'alert.resolved').find(
      (event) => own(event) && event.receiver === want.receiver && reached !== undefined && event.seq > reached.seq,
    ),
  };
};

const same = (left: Labels, right: Labels): boolean =>
  Object.keys(left).length === Object.keys(right).length && carries(left, right);
