/** What the team can know of each alert: how far it has come, and since when. */
import type { JournalEvent } from '../journal/events.ts';
import type { Ms } from '../units.ts';

/** `firing` at the evaluator, `delivered` to a receiver; `cleared` there, `resolved` when the receiver was told. */
export type AlertStage = 'pending' | 'firing' | 'delivered' | 'cleared' | 'resolved';

export type AlertSeen = {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stage: AlertStage;
  readonly sinceMs: Ms;
  /** When it fired last, which is what its age is counted from; null while it is only pending. */
  readonly firedMs: Ms | null;
  readonly receiver: string | null;
  readonly acknowledged: boolean;
};

export const isActive = ({ stage }: AlertSeen): boolean => stage === 'firing' || stage === 'delivered';

/** The alerts after `event`, in the order in which they first came up. */
export const alertsAfter = (alerts: readonly AlertSeen[], event: JournalEvent): readonly AlertSeen[] => {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other events are not about alerts
  switch (event.type) {
    case 'alert.pended':
      return withAlert(alerts, event, { stage: 'pending', firedMs: null, receiver: null, acknowledged: false });
    case 'alert.fired':
      return withAlert(alerts, event, { stage: 'firing', firedMs: event.atMs });
    case 'alert.delivered':
      return alerts.map((seen) =>
        isAbout(event, seen) && isActive(seen)
          ? {
              ...seen,
              receiver: event.receiver,
              ...(seen.stage === 'firing' && { stage: 'delivered', sinceMs: event.atMs }),
            }
          : seen,
      );
    case 'alert.cleared':
      return event.wasFiring
        ? alerts.map((seen) =>
            same(seen, event) && isActive(seen) ? { ...seen, stage: 'cleared', sinceMs: event.atMs } : seen,
          )
        : alerts.filter((seen) => !(same(seen, event) && seen.stage === 'pending'));
    case 'alert.resolved':
      return alerts.map((seen) =>
        isAbout(event, seen) && seen.stage !== 'resolved' ? { ...seen, stage: 'resolved', sinceMs: event.atMs } : seen,
      );
    case 'team.acknowledged':
      return alerts.map((seen) =>
        isActive(seen) && (event.alert === null || event.alert === seen.alert) ? { ...seen, acknowledged: true } : seen,
      );
    default:
      return alerts;
  }
};

type Named = Pick<AlertSeen, 'alert' | 'labels'>;

const withAlert = (
  alerts: readonly AlertSeen[],
  { alert, labels, atMs }: Named & { readonly atMs: Ms },
  change: Partial<AlertSeen> & { readonly stage: AlertStage },
): readonly AlertSeen[] => {
  const fresh: AlertSeen = {
    alert,
    labels,
    sinceMs: atMs,
    firedMs: null,
    receiver: null,
    acknowledged: false,
    ...change,
  };
  return alerts.some((seen) => same(seen, fresh))
    ? alerts.map((seen) => (same(seen, fresh) ? { ...seen, sinceMs: atMs, ...change } : seen))
    : [...alerts, fresh];
};

const same = (left: Named, right: Named): boolean =>
  left.alert === right.alert && labelsKey(left.labels) === labelsKey(right.labels);

/** A notification has more labels than the alert: those that the evaluator adds to everything it sends. */
const isAbout = (notified: Named, { alert, labels }: Named): boolean =>
  notified.alert === alert && Object.entries(labels).every(([name, value]) => notified.labels[name] === value);

const labelsKey = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));
