/**
 * A stand-in for a Prometheus 3 server: reads a team's own prometheus.yml and rule files, scrapes, evaluates, sends
 * alerts, and answers the HTTP API. Samples live in memory for a quarter of an hour.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GamedayError, reasonOf, type Problem } from '../../errors.ts';
import { minutes } from '../../units.ts';
import { apiAnswer, type ApiContext } from './api.ts';
import { readConfig, type Config } from './config.ts';
import { httpClient, type Hosts } from './http-client.ts';
import { notifier, resendDelayMs } from './notifier.ts';
import { readRules, type RuleGroup } from './rule-files.ts';
import { RunningGroup } from './rule-group.ts';
import { SamplesFile } from './samples-file.ts';
import { onSlots } from './schedule.ts';
import { Target } from './scraper.ts';
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
  const { configFile, listen, hosts, lookbackMs } = options;
  const config = readConfig(configFile, readFileSync(configFile, 'utf8'));
  const groups = readGroups(config);
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
  const { externalLabels, alertmanagers, evaluationIntervalMs } = config;
  const outgoing = { externalLabels, externalUrl: url, resendDelayMs };
  const notify = notifier({ ...outgoing, alertmanagers, client, log, signal: closing.signal });
  const targets = config.scrapes.flatMap((scrape) =>
    scrape.targets.map((target) => new Target({ ...target, config: scrape, store, client, nowMs, samplesFile })),
  );
  const evaluation = { ...outgoing, store, lookbackMs, evaluationIntervalMs, send: notify.send, nowMs };
  const running = groups.map((group) => new RunningGroup(group, evaluation));
  const api: ApiContext = { store, groups: running, targets, lookbackMs, evaluationIntervalMs, nowMs };
  server.on('request', (request, response) => {
    void answer(api, request, response).catch((error: unknown) => {
      log(`${request.method} ${request.url} failed: ${reasonOf(error)}`);
      response.destroy();
    });
  });

  const work = [
    ...targets.map((target) => target.run(closing.signal)),
    ...running.map((group) => {
      const slots = { originMs: phaseOf(group.group, group.intervalMs), everyMs: group.intervalMs };
      return onSlots(slots, nowMs, (slotMs) => group.evaluate(slotMs), closing.signal);
    }),
    onSlots({ originMs: 0, everyMs: minutes(1) }, nowMs, (slotMs) => store.prune(slotMs), closing.signal),
  ];

  const shutDown = async (): Promise<void> => {
    closing.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await Promise.all([...work, closed, notify.idle()]);
    client.close();
    await samplesFile?.close();
  };
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= shutDown());
  signal?.addEventListener('abort', () => void close().catch((error: unknown) => log(reasonOf(error))), { once: true });
  return { url, close };
};

/** @throws {GamedayError} DOCUMENT_INVALID with the problems of all rule files together. */
const readGroups = ({ ruleFiles }: Config): readonly RuleGroup[] => {
  const problems: Problem[] = [];
  const groups: RuleGroup[] = [];
  for (const file of ruleFiles) {
    try {
      const read = readRules(file, readFileSync(file, 'utf8'));
      groups.push(...read.groups);
      problems.push(...read.problems);
    } catch (error) {
      problems.push({ message: `rule file ${file} cannot be read: ${reasonOf(error)}` });
    }
  }
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems);
  return groups;
};

/** Groups of the same interval are spread over it, each at a place that only its file and name decide. */
const phaseOf = ({ file, name }: RuleGroup, intervalMs: number): number => {
  let hash = 0;
  for (const character of `${file.replace(/^.*\//, '')};${name}`)
    hash = (hash * 31 + character.codePointAt(0)!) % 2 ** 32;
  return hash % intervalMs;
};

const answer = async (api: ApiContext, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://prometheus');
  const isForm = /^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '');
  const body = await text(request);
  if (isForm) for (const [name, value] of new URLSearchParams(body)) searchParams.append(name, value);
  const found = ['GET', 'POST'].includes(request.method ?? '') ? apiAnswer(api, pathname, searchParams) : undefined;
  const {
    status,
    body: answered,
    contentType,
  } = found ?? {
    status: 404,
    body: `this Prometheus stand-in does not answer ${request.method} ${pathname}\n`,
    contentType: 'text/plain; charset=utf-8',
  };
  response.writeHead(status, { 'Content-Type': contentType });
  response.end(answered);
};
