/**
 * A stand-in for a Prometheus 3 server: reads a team's own prometheus.yml and rule files, scrapes, evaluates, sends
 * alerts, and answers the HTTP API. Samples live in memory for a quarter of an hour.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GamedayError, reasonOf, showProblems } from '../../errors.ts';
import { minutes } from '../../units.ts';
import { apiAnswer, plainText, type Answer, type ApiContext } from './api.ts';
import { Engine, readSetup, type EngineParts } from './engine.ts';
import { createServer } from './http.ts';
import { httpClient, type Hosts } from './http-client.ts';
import { SamplesFile } from './samples-file.ts';
import { onSlots } from './schedule.ts';
import { SeriesStore } from './store.ts';

export type PrometheusOptions = {
  /** A real prometheus.yml. */
  readonly configFile: string;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where names in the configuration lead to: `shop-1:8080` → `127.0.0.1:41233`. Labels keep the written name. */
  readonly hosts: Hosts;
  /** Takes every scraped sample as lines of JSON (`samples-file.ts`). */
  readonly samplesFile?: string | undefined;
  /** How far back an instant selector sees; the original's default is 5 minutes. */
  readonly lookbackMs: number;
  /** 2: as servers before Prometheus 3: windows include their left edge, bounds of buckets stay as written. */
  readonly compat?: 2 | 3 | undefined;
};

/** `close` ends scraping and evaluating, and finishes the samples file. Twice is harmless. */
export type Prometheus = { readonly url: string; readonly close: () => Promise<void> };

/** How long samples are kept. */
const retentionMs = minutes(15);

/**
 * @param signal Closes it when aborted.
 * @throws {GamedayError} DOCUMENT_INVALID when the configuration or a rule file is wrong or asks for what is not
 *   supported; ENVIRONMENT_FAILED when the address cannot be listened on.
 */
export const startPrometheus = async (options: PrometheusOptions, signal?: AbortSignal): Promise<Prometheus> => {
  signal?.throwIfAborted();
  const { configFile, listen, hosts, lookbackMs, compat } = options;
  const setup = readSetup(configFile);
  const server = createServer();
  try {
    await once(server.listen(listen.port, listen.host), 'listening');
  } catch (error) {
    const message = `the Prometheus stand-in cannot listen on ${listen.host}:${listen.port}: ${reasonOf(error)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message }, { cause: error });
  }
  const url = `http://${listen.host}:${(server.address() as AddressInfo).port}`;

  const closing = new AbortController();
  // Wall-clock time that never goes back.
  const nowMs = (): number => performance.timeOrigin + performance.now();
  const log = (line: string): void => void process.stderr.write(`prometheus: ${line}\n`);
  const client = httpClient(hosts);
  const store = new SeriesStore(retentionMs);
  const samplesFile = options.samplesFile === undefined ? undefined : new SamplesFile(options.samplesFile);
  const parts: EngineParts = { store, client, samplesFile, externalUrl: url, lookbackMs, compat, nowMs, log };
  let engine = new Engine(setup, parts);
  const pruning = onSlots({ originMs: 0, everyMs: minutes(1) }, nowMs, (slotMs) => store.prune(slotMs), closing.signal);
  const startedMs = nowMs();

  const changeOver = async (): Promise<Answer> => {
    const next = readSetup(configFile);
    const before = engine;
    await before.stop();
    if (!closing.signal.aborted) engine = new Engine(next, parts, before);
    return plainText(200, '');
  };
  // One after another: a second reload has to find the engine that the first one started.
  let reloaded: Promise<unknown> = Promise.resolve();
  const reload = (): Promise<Answer> => {
    const answer = reloaded.then(changeOver).catch((error: unknown) => {
      const reason = error instanceof GamedayError ? showProblems(error.problems) : reasonOf(error);
      return plainText(500, `failed to reload config: ${reason}\n`);
    });
    reloaded = answer;
    return answer;
  };
  const context = (): ApiContext => {
    const { setup: current, groups, targets, startedMs: configuredMs } = engine;
    return { store, groups, targets, setup: current, configuredMs, lookbackMs, compat, nowMs, startedMs, listen: url };
  };
  server.on('request', (request, response) => {
    void answer(context, reload, request, response).catch((error: unknown) => {
      log(`${request.method} ${request.url} failed: ${reasonOf(error)}`);
      response.destroy();
    });
  });

  const shutDown = async (): Promise<void> => {
    closing.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await reloaded;
    await Promise.all([engine.stop(), pruning, closed]);
    client.close();
    await samplesFile?.close();
  };
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= shutDown());
  signal?.addEventListener('abort', () => void close().catch((error: unknown) => log(reasonOf(error))), { once: true });
  return { url, close };
};

const answer = async (
  context: () => ApiContext,
  reload: () => Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://prometheus');
  const { method = 'GET' } = request;
  const isForm = /^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '');
  const body = await text(request);
  if (isForm) for (const [name, value] of new URLSearchParams(body)) searchParams.append(name, value);
  const { status, body: answered, contentType } = await answerTo(context, reload, method, pathname, searchParams);
  response.writeHead(status, { 'Content-Type': contentType });
  response.end(method === 'HEAD' ? '' : answered);
};

const answerTo = async (
  context: () => ApiContext,
  reload: () => Promise<Answer>,
  method: string,
  path: string,
  parameters: URLSearchParams,
): Promise<Answer> => {
  if (path === '/-/reload')
    return ['POST', 'PUT'].includes(method) ? reload() : plainText(405, 'Only POST or PUT requests allowed\n');
  const found = ['GET', 'HEAD', 'POST'].includes(method) ? apiAnswer(context(), path, parameters) : undefined;
  return found ?? plainText(404, `this Prometheus stand-in does not answer ${method} ${path}\n`);
};
