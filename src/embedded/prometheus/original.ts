/**
 * A real Prometheus server in the place of the stand-in: the same files, the same table of hosts, the same answer to the
 * caller. It has answered for every target once when it is handed over, as the stand-in has, and ends with this process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GamedayError, reasonOf } from '../../errors.ts';
import { formatDuration, ms, seconds } from '../../units.ts';
import { configForOriginal } from './original-config.ts';
import type { Prometheus, PrometheusOptions } from './prometheus.ts';

export type OriginalPrometheusOptions = Omit<PrometheusOptions, 'samplesFile' | 'compat'> & {
  /** The server's program. */
  readonly binary: string;
  /** For its configuration, data and log. */
  readonly folder: string;
};

/** A server takes 5 s to hand over its lists of targets. */
const readyWithinMs = seconds(30);
const stopWithinMs = seconds(10);

/** The server does not notice that its parent is gone: a shell between them holds a pipe that ends with this process. */
const guard = `exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _; kill "$server"; } <&3 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill "$reader" 2>/dev/null
exit "$status"`;

/**
 * @param signal Closes it when aborted.
 * @throws {GamedayError} ENVIRONMENT_FAILED when the program cannot be started, ends by itself or is not ready in time.
 */
export const startOriginalPrometheus = async (
  options: OriginalPrometheusOptions,
  signal?: AbortSignal,
): Promise<Prometheus> => {
  signal?.throwIfAborted();
  const { binary, folder, configFile, hosts, lookbackMs, listen } = options;
  const address = `${listen.host}:${listen.port === 0 ? await freePort(listen.host) : listen.port}`;
  mkdirSync(folder, { recursive: true });
  const rewritten = join(folder, 'prometheus.yml');
  writeFileSync(rewritten, configForOriginal(configFile, readFileSync(configFile, 'utf8'), hosts));
  const logFile = join(folder, 'prometheus.log');
  const log = openSync(logFile, 'a');
  const child = spawn(
    '/bin/sh',
    [
      ...['-c', guard, 'guard', binary, `--config.file=${rewritten}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=${address}`, '--web.enable-lifecycle', '--log.level=warn'],
      `--query.lookback-delta=${formatDuration(ms(lookbackMs))}`,
    ],
    { cwd: folder, detached: true, stdio: ['pipe', log, log] },
  );
  closeSync(log);
  child.stdin!.on('error', () => {}); // it has ended: `exited` tells
  const exited = ended(child);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= stop(child, exited));
  signal?.addEventListener('abort', () => void close(), { once: true });
  const url = `http://${address}`;
  try {
    await Promise.race([isReady(url, signal), exited.then((how) => Promise.reject(new Error(`it ${how}`)))]);
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    const message = `Prometheus (${binary}) did not start: ${reasonOf(error)}`;
    const hint = `its log ends:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message, hint }, { cause: error });
  }
  return { url, close };
};

/** How it ended, in words; never rejects. */
const ended = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, killedBy) => resolve(`ended with ${killedBy ?? `status ${code}`}`));
  });

const stop = async (child: ChildProcess, exited: Promise<string>): Promise<void> => {
  child.stdin?.end();
  const how = await Promise.race([exited, sleep(stopWithinMs, undefined, { ref: false })]);
  if (how === undefined && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
};

/** Every target has been scraped once, and every Alertmanager is known. */
const isReady = async (url: string, signal: AbortSignal | undefined): Promise<void> => {
  const deadline = performance.now() + readyWithinMs;
  let missing = 'no answer';
  while (performance.now() < deadline) {
    missing = await missingAt(url).catch(reasonOf);
    if (missing === '') return;
    await sleep(50, undefined, signal === undefined ? {} : { signal });
  }
  throw new Error(`not ready within ${readyWithinMs / 1_000} s: ${missing}`);
};

const missingAt = async (url: string): Promise<string> => {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  const ready = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
  if (!ready.ok) return (await ready.text()).trim();
  const { yaml } = (await ask('/api/v1/status/config')) as { yaml: string };
  const { activeTargets } = (await ask('/api/v1/targets')) as { activeTargets: readonly { health: string }[] };
  const { activeAlertmanagers } = (await ask('/api/v1/alertmanagers')) as { activeAlertmanagers: readonly unknown[] };
  const unknown = activeTargets.filter(({ health }) => health === 'unknown').length;
  if (unknown > 0) return `${unknown} targets were not scraped yet`;
  if (/^scrape_configs:/m.test(yaml) && /^ +- targets:/m.test(yaml) && activeTargets.length === 0)
    return 'no target is known yet';
  return /^ +alertmanagers:/m.test(yaml) && activeAlertmanagers.length === 0 ? 'no Alertmanager is known yet' : '';
};

const freePort = async (host: string): Promise<number> => {
  const server = createServer();
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
