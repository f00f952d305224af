/** Tells the Alertmanagers which alerts fire and which have ended, in order, through API v2. */
import { reasonOf } from '../../errors.ts';
import { labelsOf, type Labels } from '../../promql/labels.ts';
import { ms, type Ms } from '../../units.ts';
import type { ActiveAlert } from './alert-states.ts';
import type { AlertmanagerConfig } from './config.ts';
import { queryEscape } from '../go-template/escapes.ts';
import type { HttpClient } from './http-client.ts';
import type { AlertingRule } from './rule-files.ts';

type Parts = {
  readonly alertmanagers: readonly AlertmanagerConfig[];
  readonly client: HttpClient;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly resendDelayMs: Ms;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Notifier = {
  readonly send: (alerts: readonly ActiveAlert[], rule: AlertingRule, atMs: number, intervalMs: Ms) => void;
  /** Resolves when nothing is on its way any more. */
  readonly idle: () => Promise<void>;
};

/** A delivery that fails is logged and not repeated: the alert is sent again after the resend delay anyway. */
export const notifier = ({
  alertmanagers,
  client,
  externalLabels,
  externalUrl,
  resendDelayMs,
  log,
  signal,
}: Parts): Notifier => {
  const queues = new Map(alertmanagers.map((alertmanager) => [alertmanager, Promise.resolve()]));
  const post = async ({ url, timeoutMs }: AlertmanagerConfig, body: string): Promise<void> => {
    try {
      const bounds = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const headers = { 'content-type': 'application/json', 'user-agent': 'Prometheus/3.14.0' };
      const { status } = await client.send({ url, method: 'POST', headers, body, signal: bounds });
      if (status < 200 || status > 299) throw new Error(`answered ${status}`);
    } catch (error) {
      if (!signal.aborted) log(`alerts not delivered to ${url}: ${reasonOf(error)}`);
    }
  };
  return {
    send: (alerts, { expression }, atMs, intervalMs) => {
      // If we go silent, the Alertmanager ends the alert by itself at this time.
      const validUntilMs = atMs + 4 * Math.max(intervalMs, resendDelayMs);
      const body = JSON.stringify(
        alerts.map(({ labels, annotations, firedAtMs, resolvedAtMs }) => ({
          annotations,
          endsAt: showTime(resolvedAtMs ?? validUntilMs),
          startsAt: showTime(firedAtMs ?? atMs),
          generatorURL: `${externalUrl}/graph?g0.expr=${queryEscape(expression.text.trim())}&g0.tab=1`,
          labels: Object.fromEntries(labelsOf([...externalLabels, ...labels])),
        })),
      );
      for (const [alertmanager, queue] of queues)
        queues.set(
          alertmanager,
          queue.then(() => post(alertmanager, body)),
        );
    },
    idle: async () => void (await Promise.all(queues.values())),
  };
};

/** Prometheus' own default for `--rules.alert.resend-delay`. */
export const resendDelayMs = ms(60_000);

const showTime = (timeMs: number): string => new Date(timeMs).toISOString();
