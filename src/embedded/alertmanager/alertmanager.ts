/**
 * A stand-in for Alertmanager: reads a team's own alertmanager.yml, takes alerts from Prometheus over API v2, groups,
 * inhibits and silences them, and posts to webhooks and PagerDuty; what would go anywhere else it reports. Alone (no
 * cluster, so the first notification waits for nobody), and with everything in memory.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { GamedayError, reasonOf } from '../../errors.ts';
import { alertStore } from './alerts.ts';
import type { ApiContext } from './api-context.ts';
import { readConfig, type Config } from './config.ts';
import { startEngine, type Engine, type Memory } from './engine.ts';
import { answerRequest } from './http.ts';
import type { Hosts } from './post.ts';
import { silenceStore } from './silences.ts';
import { readTemplates, type Templates } from './templates.ts';
import { noTraffic } from './traffic.ts';
import { versions, type Version } from './version.ts';
import type { WouldSend } from './would-send.ts';

export type AlertmanagerOptions = {
  /** A real alertmanager.yml. */
  readonly configFile: string;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly hosts: Hosts;
  /** Which Alertmanager it behaves as, where versions differ; the newest unless given. */
  readonly version?: Version | undefined;
  /** Under which receivers are told to find it; its own address unless given. */
  readonly externalUrl?: string | undefined;
  /** A notification to an integration that is not delivered: to Slack, by email … */
  readonly onWouldSend?: ((notification: WouldSend) => void) | undefined;
};

/** `close` ends all groups at once, without the notifications that they still wait to send. Twice is harmless. */
export type Alertmanager = { readonly url: string; readonly close: () => Promise<void> };

/**
 * @param signal Closes it when aborted.
 * @throws {GamedayError} DOCUMENT_INVALID when the configuration or a template is wrong; ENVIRONMENT_FAILED when the
 *   address cannot be listened on.
 */
export const startAlertmanager = async (
  { configFile, listen, hosts, version = '0.33', externalUrl, onWouldSend = () => {} }: AlertmanagerOptions,
  signal?: AbortSignal,
): Promise<Alertmanager> => {
  signal?.throwIfAborted();
  const read = (): { config: Config; templates: Templates } => {
    const config = readConfig(configFile, readFileSync(configFile, 'utf8'));
    return { config, templates: readTemplates(config.templates) };
  };
  const first = read();
  const server = createServer();
  try {
    await once(server.listen(listen.port, listen.host), 'listening');
  } catch (error) {
    const message = `the Alertmanager stand-in cannot listen on ${listen.host}:${listen.port}: ${reasonOf(error)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message }, { cause: error });
  }
  const url = `http://${listen.host}:${(server.address() as AddressInfo).port}`;

  const now = Date.now;
  const traits = versions[version];
  const memory: Memory = {
    alerts: alertStore(),
    silences: silenceStore(),
    notified: new Map(),
    traffic: noTraffic(),
  };
  const start = ({ config, templates }: ReturnType<typeof read>): Engine => {
    const log = (line: string): void => void process.stderr.write(`alertmanager: ${line}\n`);
    const externalURL = externalUrl ?? url;
    return startEngine({ ...memory, config, templates, traits, hosts, externalURL, now, log, onWouldSend });
  };
  let engine = start(first);
  let isReloaded = true;
  const reload = (): void => {
    isReloaded = false;
    const next = read(); // what is wrong with it changes nothing
    engine.close();
    engine = start(next);
    isReloaded = true;
  };
  const startedAtMs = now();
  const api = (): ApiContext => ({ ...memory, engine, traits, startedAtMs, now, reload, isReloaded });
  server.on('request', (request, response) => {
    void answerRequest(api(), request).then(
      ({ status, contentType, content }) => response.writeHead(status, { 'Content-Type': contentType }).end(content),
      () => response.destroy(), // the caller went away before it had said what it wanted
    );
  });

  const stop = async (): Promise<void> => {
    engine.close();
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
