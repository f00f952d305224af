/**
 * A real Prometheus server in the place of the stand-in: the same files, the same table of hosts, the same answer to the
 * caller. It knows every target and every Alertmanager when it is handed over, as the stand-in does.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../errors.ts';
import { formatDuration, ms, seconds, type Ms } from '../../units.ts';
import { freePort } from '../free-port.ts';
import { startOriginalServer } from '../original-server.ts';
import { configForOriginal, withoutRules } from './original-config.ts';
import { keepSamples } from './original-samples.ts';
import type { Prometheus, PrometheusOptions } from './prometheus.ts';

export type OriginalPrometheusOptions = Omit<PrometheusOptions, 'compat'> & {
  /** The server's program. */
  readonly binary: string;
  /** For its configuration and data; made when it is not there. */
  readonly folder: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
};

/** Of reading back what it stored. */
const samplesWithinMs = seconds(8);

/**
 * @param signal Ends the start when aborted.
 * @throws {GamedayError} ENVIRONMENT_FAILED when the program cannot be started, ends by itself or is not ready in time.
 */
export const startOriginalPrometheus = async (
  options: OriginalPrometheusOptions,
  signal?: AbortSignal,
): Promise<Prometheus> => {
  const { binary, folder, configFile, logFile, samplesFile, hosts, lookbackMs, listen, readyWithinMs, onLost } =
    options;
  const address = `${listen.host}:${listen.port === 0 ? await freePort() : listen.port}`;
  const url = `http://${address}`;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  const config = configForOriginal(configFile, readFileSync(configFile, 'utf8'), hosts);
  // It needs 5 s to find its targets, in which `absent()` would be true: rules come when there is something to see.
  writeFileSync(file, withoutRules(config));
  const startedMs = Date.now();
  let hasRules = false;
  const whenReady = async (): Promise<void> => {
    await isReady(url);
    if (hasRules) return;
    writeFileSync(file, config);
    await reload(url);
    hasRules = true;
    await isReady(url);
  };
  const { stop } = await startOriginalServer({
    ...{ name: 'Prometheus', binary, folder, logFile, readyWithinMs, whenReady, onLost, signal },
    args: [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=${address}`, '--web.enable-lifecycle', '--log.level=warn'],
      `--query.lookback-delta=${formatDuration(ms(lookbackMs))}`,
    ],
  });
  const shutDown = async (): Promise<void> => {
    try {
      if (samplesFile !== undefined)
        await keepSamples(url, samplesFile, startedMs, Date.now(), AbortSignal.timeout(samplesWithinMs));
    } catch (error) {
      // A run is judged by its journal; it only cannot be tried with other rules later.
      appendFileSync(logFile, `gameday: its samples could not be kept: ${reasonOf(error)}\n`);
    }
    await stop();
  };
  let closed: Promise<void> | undefined;
  return { url, close: () => (closed ??= shutDown()) };
};

const answered = async (url: string, method: 'GET' | 'POST'): Promise<Response> => {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(2_000) });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response;
};

export const reload = async (url: string): Promise<void> =>
  void (await (await answered(`${url}/-/reload`, 'POST')).text());

/** Every target has been scraped once, and every Alertmanager is known. @throws {Error} saying what is missing. */
export const isReady = async (url: string): Promise<void> => {
  const ask = async (path: string): Promise<unknown> =>
    ((await (await answered(url + path, 'GET')).json()) as { data: unknown }).data;
  await (await answered(`${url}/-/ready`, 'GET')).text();
  const { yaml } = (await ask('/api/v1/status/config')) as { yaml: string };
  const { activeTargets } = (await ask('/api/v1/targets')) as { activeTargets: readonly { health: string }[] };
  const { activeAlertmanagers } = (await ask('/api/v1/alertmanagers')) as { activeAlertmanagers: readonly unknown[] };
  const unknown = activeTargets.filter(({ health }) => health === 'unknown').length;
  if (unknown > 0) throw new Error(`${unknown} targets were not scraped yet`);
  if (/^scrape_configs:/m.test(yaml) && /^ +- targets:/m.test(yaml) && activeTargets.length === 0)
    throw new Error('no target is known yet');
  if (/^ +alertmanagers:/m.test(yaml) && activeAlertmanagers.length === 0)
    throw new Error('no Alertmanager is known yet');
};
