/** What a notification says of a group: as webhooks carry it, and as templates see it. */
import { rfc3339, timeValue, zeroMs } from '../go-template/time.ts';
import { listOf, textOf, typed, type TemplateValue } from '../go-template/value.ts';
import { isResolved, type Alert } from './alerts.ts';
import type { Flush } from './group.ts';
import { commonLabels, type Labels } from './labels.ts';
import type { News } from './notification-log.ts';

type Status = 'firing' | 'resolved';

export type NotifiedAlert = {
  readonly status: Status;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
};

export type Notification = {
  readonly receiver: string;
  readonly status: Status;
  readonly alerts: readonly NotifiedAlert[];
  readonly notification_reason: News;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
};

/** `alerts` are those that this receiver is shown. */
export const notificationOf = (
  { group, nowMs }: Flush,
  alerts: readonly Alert[],
  reason: News,
  externalURL: string,
): Notification => {
  const statusOf = (alert: Alert): Status => (isResolved(alert, nowMs) ? 'resolved' : 'firing');
  return {
    // Alertmanager escapes the name for use in a regular expression: its links filter by it.
    receiver: group.route.receiver.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`),
    status: alerts.every((alert) => isResolved(alert, nowMs)) ? 'resolved' : 'firing',
    alerts: alerts.map((alert) => ({
      status: statusOf(alert),
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: rfc3339(alert.startsAt),
      endsAt: rfc3339(isResolved(alert, nowMs) ? alert.endsAt : zeroMs),
      generatorURL: alert.generatorURL,
      fingerprint: alert.fingerprint,
    })),
    notification_reason: reason,
    groupLabels: group.labels,
    commonLabels: commonLabels(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonLabels(alerts.map(({ annotations }) => annotations)),
    externalURL,
  };
};

/** The dot of a template. */
export const templateData = (notification: Notification): TemplateValue =>
  struct('template.Data', notification, [
    ['Receiver', notification.receiver],
    ['Status', notification.status],
    ['Alerts', alertsValue(notification.alerts)],
    ['NotificationReason', notification.notification_reason],
    ['GroupLabels', labelsValue(notification.groupLabels)],
    ['CommonLabels', labelsValue(notification.commonLabels)],
    ['CommonAnnotations', labelsValue(notification.commonAnnotations)],
    ['ExternalURL', notification.externalURL],
  ]);

const struct = (name: string, json: unknown, fields: readonly (readonly [string, TemplateValue])[]): TemplateValue =>
  typed(new Map(fields), { name, isStruct: true, json });

const alertsValue = (alerts: readonly NotifiedAlert[]): TemplateValue => {
  const only = (status: Status) => (): TemplateValue => alertsValue(alerts.filter((alert) => alert.status === status));
  return typed(
    alerts.map((alert) =>
      struct('template.Alert', alert, [
        ['Status', alert.status],
        ['Labels', labelsValue(alert.labels)],
        ['Annotations', labelsValue(alert.annotations)],
        ['StartsAt', timeValue(Date.parse(alert.startsAt))],
        ['EndsAt', timeValue(Date.parse(alert.endsAt))],
        ['GeneratorURL', alert.generatorURL],
        ['Fingerprint', alert.fingerprint],
      ]),
    ),
    { name: 'template.Alerts', methods: { Firing: only('firing'), Resolved: only('resolved') } },
  );
};

/** The alert's name first, then in the order of names. */
const sortedPairs = (labels: Labels): readonly (readonly [string, string])[] => {
  const rank = (name: string): number => (name === 'alertname' ? 0 : 1);
  return Object.entries(labels).toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
};

const labelsValue = (labels: Labels): TemplateValue => {
  const pairs = sortedPairs(labels);
  const show = (): string => showPairs(pairs);
  return typed(new Map(Object.entries(labels)), {
    name: 'template.KV',
    show,
    methods: {
      SortedPairs: () => pairsValue(pairs),
      Names: () => pairs.map(([name]) => name),
      Values: () => pairs.map(([, value]) => value),
      Remove: (names) => {
        const removed = new Set(listOf(names).map((name) => textOf(name)));
        return labelsValue(Object.fromEntries(pairs.filter(([name]) => !removed.has(name))));
      },
      String: show,
    },
  });
};

const pairsValue = (pairs: readonly (readonly [string, string])[]): TemplateValue =>
  typed(
    pairs.map(([name, value]) =>
      struct('template.Pair', { Name: name, Value: value }, [
        ['Name', name],
        ['Value', value],
      ]),
    ),
    {
      name: 'template.Pairs',
      show: () => showPairs(pairs),
      methods: {
        Names: () => pairs.map(([name]) => name),
        Values: () => pairs.map(([, value]) => value),
        String: () => showPairs(pairs),
      },
    },
  );

const showPairs = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${name}=${value}`).join(', ');
