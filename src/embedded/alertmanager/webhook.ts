/** The webhook integration, version 4 of its body. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { reasonOf } from '../../errors.ts';
import { isResolved } from './alerts.ts';
import type { WebhookConfig } from './config.ts';
import type { Flush } from './group.ts';
import { commonLabels } from './labels.ts';

/** Where names in URLs lead to: `pager:9095` → `127.0.0.1:12345`. */
export type Hosts = Readonly<Record<string, string>>;

/** Go's zero time, which Alertmanager prints as the end of an alert that still fires. */
const never = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go prints it: no more digits after the second than needed. */
const showTime = (atMs: number): string => new Date(atMs).toISOString().replace(/\.?0+Z$/, 'Z');

/** The body to send; `flush.alerts` are those that this receiver is shown. */
export const webhookBody = ({ group, alerts, nowMs }: Flush, maxAlerts: number, externalURL: string): object => {
  const shown = maxAlerts > 0 ? alerts.slice(0, maxAlerts) : alerts;
  return {
    // Alertmanager escapes the name for use in a regular expression: its links filter by it.
    receiver: group.route.receiver.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`),
    status: shown.every((alert) => isResolved(alert, nowMs)) ? 'resolved' : 'firing',
    alerts: shown.map((alert) => ({
      status: isResolved(alert, nowMs) ? 'resolved' : 'firing',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: showTime(alert.startsAt),
      endsAt: isResolved(alert, nowMs) ? showTime(alert.endsAt) : never,
      generatorURL: alert.generatorURL,
      fingerprint: alert.fingerprint,
    })),
    groupLabels: group.labels,
    commonLabels: commonLabels(shown.map(({ labels }) => labels)),
    commonAnnotations: commonLabels(shown.map(({ annotations }) => annotations)),
    externalURL,
    version: '4',
    groupKey: group.key,
    truncatedAlerts: alerts.length - shown.length,
  };
};

/** One attempt: delivered, or why not and whether it makes sense to try again. */
export type Attempt =
  { readonly delivered: true } | { readonly delivered: false; readonly retry: boolean; readonly reason: string };

/** Posts `body` once. Answers of 5xx and failures to connect are worth another try, other refusals are not. */
export const postWebhook = async (
  { url, timeoutMs }: Pick<WebhookConfig, 'url' | 'timeoutMs'>,
  body: object,
  hosts: Hosts,
  signal: AbortSignal,
): Promise<Attempt> => {
  const bounds = timeoutMs > 0 ? AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) : signal;
  try {
    const status = await post(new URL(url), JSON.stringify(body), hosts, bounds);
    if (status >= 200 && status < 300) return { delivered: true };
    return { delivered: false, retry: status >= 500, reason: `${url} answered ${status}` };
  } catch (error) {
    return { delivered: false, retry: !signal.aborted, reason: `${url}: ${reasonOf(error)}` };
  }
};

const post = (url: URL, body: string, hosts: Hosts, signal: AbortSignal): Promise<number> => {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const address = URL.parse(
    `tcp://${hosts[url.host] ?? hosts[`${url.hostname}:${port}`] ?? `${url.hostname}:${port}`}`,
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options: RequestOptions & { servername: string } = {
    method: 'POST',
    agent: false, // a kept connection that the receiver has just closed would cost a retry
    host: (address?.hostname ?? url.hostname).replaceAll(/[[\]]/g, ''),
    port: address?.port ?? port,
    path: `${url.pathname}${url.search}`,
    servername: url.hostname,
    headers: {
      Host: url.host, // as written, wherever the name leads to
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': 'Alertmanager/0.34.0',
      ...(url.username === '' ? {} : { Authorization: basicAuthorization(url) }),
    },
    signal,
  };
  const onResponse = (response: IncomingMessage): void => {
    response.resume();
    response.on('end', () => resolve(response.statusCode ?? 0));
    response.on('error', reject);
  };
  const request = url.protocol === 'https:' ? httpsRequest(options, onResponse) : httpRequest(options, onResponse);
  request.on('error', reject);
  request.end(body);
  return promise;
};

const basicAuthorization = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
