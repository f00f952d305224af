/** From a flushed group to its receiver: what is muted drops out, what is known already is not said again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import { seconds } from '../../units.ts';
import { isResolved, type Alert } from './alerts.ts';
import { fillOf } from './filled.ts';
import type { Flush } from './group.ts';
import type { Labels } from './labels.ts';
import type { Muting } from './muting.ts';
import { newsFor, type News, type NotificationLog } from './notification-log.ts';
import { notificationOf } from './notification.ts';
import { pagerDutyEvent } from './pagerduty.ts';
import { post, type Attempt, type Hosts } from './post.ts';
import type { Integration, Receiver } from './receiver-config.ts';
import type { Route } from './routes.ts';
import type { Templates } from './templates.ts';
import { count, type Traffic } from './traffic.ts';
import type { Traits } from './version.ts';
import { webhookBody } from './webhook.ts';
import type { WouldSend } from './would-send.ts';

type NotifierOptions = {
  readonly receivers: readonly Receiver[];
  readonly templates: Templates;
  /** Both asked once per flush. */
  readonly muting: () => (labels: Labels) => Muting;
  readonly mutedBy: (route: Route) => readonly string[];
  readonly notified: NotificationLog;
  readonly traffic: Traffic;
  readonly hosts: Hosts;
  readonly externalURL: string;
  readonly traits: Traits;
  readonly now: () => number;
  /** For what an operator should know: a notification that did not arrive. */
  readonly log: (line: string) => void;
  readonly onWouldSend: (notification: WouldSend) => void;
};

/** A notification may take as long as the group waits for its next tick, but is given at least this. */
const deadlineLeastMs = seconds(10);

/** The first pause between two attempts, how it grows, its upper bound, and by which share it varies at random. */
const backOff = { firstMs: 500, factor: 1.5, mostMs: 60_000, jitter: 0.5 } as const;

/** What one integration is told, and why. */
type Message = { readonly flush: Flush; readonly shown: readonly Alert[]; readonly reason: News };

/** @returns What a group calls at each tick; false when a receiver could not be told. */
export const notifier = (options: NotifierOptions) => {
  const { receivers, templates, hosts, externalURL, traits, notified, traffic, now, log } = options;

  /** What has to be done once or again and again until it has succeeded. */
  const attemptFor = async (integration: Integration, { flush, shown, reason }: Message) => {
    const { key: groupKey, route } = flush.group;
    const most = integration.kind === 'webhook' && integration.maxAlerts > 0 ? integration.maxAlerts : shown.length;
    const notification = notificationOf(flush, shown.slice(0, most), reason, externalURL);
    const fill = fillOf(templates, notification, now());
    const userAgent = `Alertmanager/${traits.version}`;
    if (integration.kind === 'webhook') {
      const counted = { groupKey, truncatedAlerts: Math.max(0, shown.length - most) };
      const body = webhookBody(integration, notification, counted, fill, traits);
      const url = await fill.given(integration.url);
      return (signal: AbortSignal) => post({ url, body, timeoutMs: integration.timeoutMs, userAgent, hosts }, signal);
    }
    if (integration.kind === 'pagerduty') {
      const body = await pagerDutyEvent(integration, notification, groupKey, fill, traits);
      const { url, timeoutMs } = integration;
      const rateLimited = [429];
      return (signal: AbortSignal) => post({ url, body, timeoutMs, retryOn: rateLimited, userAgent, hosts }, signal);
    }
    return (): Promise<Attempt> => {
      const { status, alerts } = notification;
      options.onWouldSend({ receiver: route.receiver, integration: integration.kind, groupKey, status, alerts });
      return Promise.resolve({ delivered: true });
    };
  };

  const deliver = async (integration: Integration, message: Message, signal: AbortSignal): Promise<boolean> => {
    const { group } = message.flush;
    const failed = (why: string): void => log(`notification for ${group.key} failed: ${why}`);
    let attempt: (signal: AbortSignal) => Promise<Attempt>;
    try {
      attempt = await attemptFor(integration, message);
    } catch (error) {
      failed(reasonOf(error));
      return false;
    }
    const deadline = AbortSignal.timeout(Math.max(group.route.groupIntervalMs, deadlineLeastMs));
    const bounds = AbortSignal.any([signal, deadline]);
    for (let pauseMs: number = backOff.firstMs; ; pauseMs = Math.min(pauseMs * backOff.factor, backOff.mostMs)) {
      const result = await attempt(bounds);
      if (result.delivered) return true;
      if (signal.aborted) return false;
      failed(result.reason);
      if (!result.retry) return false;
      const jittered = pauseMs * (1 + backOff.jitter * (2 * Math.random() - 1));
      if (!(await sleep(jittered, true, { signal: bounds }).catch(() => false))) return false;
    }
  };

  const tell = async (integration: Integration, flush: Flush, signal: AbortSignal): Promise<boolean> => {
    const { group, alerts, nowMs, dueMs } = flush;
    const { receiver, repeatIntervalMs } = group.route;
    const logKey = `${receiver}/${integration.kind}/${integration.index}:${group.key}`;
    const [resolved = [], firing = []] = [true, false].map((wanted) =>
      alerts.filter((alert) => isResolved(alert, nowMs) === wanted),
    );
    const told = {
      firing: new Set(firing.map((a) => a.fingerprint)),
      resolved: new Set(resolved.map((a) => a.fingerprint)),
    };
    const { sendResolved } = integration;
    const reason = newsFor(notified.get(logKey), told, { sendResolved, repeatIntervalMs, dueMs });
    if (reason === null) return true;
    const shown = sendResolved ? alerts : firing;
    if (shown.length > 0) {
      const delivered = await deliver(integration, { flush, shown, reason }, signal);
      count(traffic.sent, integration.kind);
      if (!delivered) count(traffic.failed, integration.kind);
      if (!delivered) return false;
    }
    notified.set(logKey, { ...told, atMs: now() });
    return true;
  };

  return async (flush: Flush, signal: AbortSignal): Promise<boolean> => {
    const { route } = flush.group;
    const mutingOf = options.muting();
    const isMuted = ({ labels }: Alert): boolean => Object.values(mutingOf(labels)).some((by) => by.length > 0);
    const alerts = options.mutedBy(route).length > 0 ? [] : flush.alerts.filter((alert) => !isMuted(alert));
    if (alerts.length === 0) return true;
    const integrations = receivers.find(({ name }) => name === route.receiver)?.integrations ?? [];
    const told = await Promise.all(integrations.map((each) => tell(each, { ...flush, alerts }, signal)));
    return told.every(Boolean);
  };
};
