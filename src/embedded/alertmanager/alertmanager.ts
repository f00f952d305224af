/**
 * A stand-in for Alertmanager: reads a team's own alertmanager.yml, takes alerts from Prometheus over API v2, groups,
 * inhibits and silences them, and posts to webhooks. Behaves as Alertmanager 0.34 does where versions differ, alone
 * (no cluster, so the first notification waits for nobody), and keeps everything in memory.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GamedayError, reasonOf } from '../../errors.ts';
import { alertStore } from './alerts.ts';
import type { ApiContext, Muting } from './api-context.ts';
import { apiAnswer } from './api.ts';
import { readConfig } from './config.ts';
import { dispatcher } from './dispatcher.ts';
import { inhibitedBy } from './inhibition.ts';
import type { Labels } from './labels.ts';
import { notifier } from './notifier.ts';
import { routesFor, routeTree } from './routes.ts';
import { silenceStore } from './silences.ts';
import type { Hosts } from './webhook.ts';

export type AlertmanagerOptions = {
  /** A real alertmanager.yml. */
  readonly configFile: string;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly hosts: Hosts;
};

/** `close` ends all groups at once, without the notifications that they still wait to send. Twice is harmless. */
export type Alertmanager = { readonly url: string; readonly close: () => Promise<void> };

/**
 * @param signal Closes it when aborted.
 * @throws {GamedayError} DOCUMENT_INVALID when the configuration is wrong or asks for what is not supported;
 *   ENVIRONMENT_FAILED when the address cannot be listened on.
 */
export const startAlertmanager = async (
  { configFile, listen, hosts }: AlertmanagerOptions,
  signal?: AbortSignal,
): Promise<Alertmanager> => {
  signal?.throwIfAborted();
  const config = readConfig(configFile, readFileSync(configFile, 'utf8'));
  const server = createServer();
  try {
    await once(server.listen(listen.port, listen.host), 'listening');
  } catch (error) {
    const message = `the Alertmanager stand-in cannot listen on ${listen.host}:${listen.port}: ${reasonOf(error)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message }, { cause: error });
  }
  const url = `http://${listen.host}:${(server.address() as AddressInfo).port}`;

  const closing = new AbortController();
  const now = Date.now;
  const root = routeTree(config.route);
  const alerts = alertStore();
  const silences = silenceStore();
  const mutingOf = (labels: Labels): Muting => ({
    inhibitedBy: inhibitedBy(config.inhibitRules, alerts.firing(now()), labels),
    silencedBy: silences.silencing(labels, now()),
  });
  const isMuted = (labels: Labels): boolean => Object.values(mutingOf(labels)).some((by) => by.length > 0);
  const log = (line: string): void => void process.stderr.write(`alertmanager: ${line}\n`);
  const flush = notifier({ receivers: config.receivers, isMuted, hosts, externalURL: url, now, log });
  const { dispatch, groups } = dispatcher({ root, now, flush, signal: closing.signal });
  const api: ApiContext = {
    alerts,
    silences,
    groups,
    dispatch,
    mutingOf,
    receiversOf: (labels) => routesFor(root, labels).map(({ receiver }) => receiver),
    receivers: config.receivers.map(({ name }) => name),
    resolveTimeoutMs: config.resolveTimeoutMs,
    original: config.original,
    startedAtMs: now(),
    now,
  };
  server.on('request', (request, response) => {
    void reply(api, request).then(
      (found) => send(response, found),
      () => response.destroy(), // the caller went away before it had said what it wanted
    );
  });

  const stop = async (): Promise<void> => {
    closing.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= stop());
  signal?.addEventListener('abort', () => void close(), { once: true });
  return { url, close };
};

type Reply = { readonly status: number; readonly contentType: string; readonly content: string };

const plain = (status: number, content: string): Reply => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  content,
});

const reply = async (api: ApiContext, request: IncomingMessage): Promise<Reply> => {
  // The original lets any page in a browser raise and silence alerts. Nothing of ours is a page, and a drill has a score.
  if (request.method !== 'GET' && request.headers.origin !== undefined) return plain(403, 'browsers are not served');
  const url = new URL(request.url ?? '/', 'http://alertmanager');
  if (url.pathname === '/-/ready' || url.pathname === '/-/healthy') return plain(200, 'OK');
  const answer = apiAnswer(api, request.method ?? 'GET', url, await text(request));
  if (answer === undefined)
    return plain(404, `this Alertmanager stand-in does not answer ${request.method} ${url.pathname}`);
  const content = answer.body === undefined ? '' : `${JSON.stringify(answer.body)}\n`;
  return { status: answer.status, contentType: 'application/json', content };
};

const send = (response: ServerResponse, { status, contentType, content }: Reply): void => {
  response.writeHead(status, { 'Content-Type': contentType });
  response.end(content);
};
