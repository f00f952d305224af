/** From a flushed group to its receivers: what is muted drops out, what is known already is not said again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../units.ts';
import { isResolved } from './alerts.ts';
import type { Receiver, WebhookConfig } from './config.ts';
import type { Flush } from './group.ts';
import type { Labels } from './labels.ts';
import { newsFor, type LogEntry } from './notification-log.ts';
import { postWebhook, webhookBody, type Hosts } from './webhook.ts';

type NotifierOptions = {
  readonly receivers: readonly Receiver[];
  /** Asked once per alert and flush. */
  readonly isMuted: (labels: Labels) => boolean;
  readonly hosts: Hosts;
  readonly externalURL: string;
  readonly now: () => number;
  /** For what an operator should know: a notification that did not arrive. */
  readonly log: (line: string) => void;
};

/** A notification may take as long as the group waits for its next tick, but is given at least this. */
const deadlineLeastMs = seconds(10);

/** The first pause between two attempts, how it grows, its upper bound, and by which share it varies at random. */
const backOff = { firstMs: 500, factor: 1.5, mostMs: 60_000, jitter: 0.5 } as const;

/** @returns What a group calls at each tick; false when a receiver could not be told. */
export const notifier = ({ receivers, isMuted, hosts, externalURL, now, log }: NotifierOptions) => {
  const entries = new Map<string, LogEntry>();

  const deliver = async (webhook: WebhookConfig, flush: Flush, signal: AbortSignal): Promise<boolean> => {
    const body = webhookBody(flush, webhook.maxAlerts, externalURL);
    const deadline = AbortSignal.timeout(Math.max(flush.group.route.groupIntervalMs, deadlineLeastMs));
    const bounds = AbortSignal.any([signal, deadline]);
    for (let pauseMs: number = backOff.firstMs; ; pauseMs = Math.min(pauseMs * backOff.factor, backOff.mostMs)) {
      const attempt = await postWebhook(webhook, body, hosts, bounds);
      if (attempt.delivered) return true;
      if (signal.aborted) return false;
      log(`notification for ${flush.group.key} failed: ${attempt.reason}`);
      if (!attempt.retry) return false;
      const jittered = pauseMs * (1 + backOff.jitter * (2 * Math.random() - 1));
      if (!(await sleep(jittered, true, { signal: bounds }).catch(() => false))) return false;
    }
  };

  const tell = async (webhook: WebhookConfig, logKey: string, flush: Flush, signal: AbortSignal): Promise<boolean> => {
    const { group, alerts, nowMs } = flush;
    const [resolved = [], firing = []] = [true, false].map((wanted) =>
      alerts.filter((alert) => isResolved(alert, nowMs) === wanted),
    );
    const told = {
      firing: new Set(firing.map((a) => a.fingerprint)),
      resolved: new Set(resolved.map((a) => a.fingerprint)),
    };
    const { repeatIntervalMs } = group.route;
    const news = newsFor(entries.get(logKey), told, { sendResolved: webhook.sendResolved, repeatIntervalMs, nowMs });
    if (news === null) return true;
    const shown = webhook.sendResolved ? alerts : firing;
    if (shown.length > 0 && !(await deliver(webhook, { ...flush, alerts: shown }, signal))) return false;
    entries.set(logKey, { ...told, atMs: now() });
    return true;
  };

  return async (flush: Flush, signal: AbortSignal): Promise<boolean> => {
    const alerts = flush.alerts.filter(({ labels }) => !isMuted(labels));
    if (alerts.length === 0) return true;
    const { receiver: name } = flush.group.route;
    const webhooks = receivers.find((receiver) => receiver.name === name)?.webhooks ?? [];
    const told = await Promise.all(
      webhooks.map((webhook, i) => tell(webhook, `${name}/${i}:${flush.group.key}`, { ...flush, alerts }, signal)),
    );
    return told.every(Boolean);
  };
};
