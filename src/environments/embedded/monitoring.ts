/** The monitoring of a replica: our stand-ins in one process, or real servers in the place of one of them or both. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withAbsoluteFiles } from '../../embedded/alertmanager/absolute-files.ts';
import { startOriginalAlertmanager } from '../../embedded/alertmanager/original.ts';
import type { WouldSend } from '../../embedded/alertmanager/would-send.ts';
import {
  hostsIn,
  type MonitoringConfig,
  type MonitoringMessage,
  type MonitoringReady,
} from '../../embedded/monitoring/config.ts';
import type { DialectName } from '../../embedded/postgres-exporter/dialect.ts';
import { startOriginalPrometheus } from '../../embedded/prometheus/original.ts';
import { programPath, startProgram } from '../../program.ts';
import { minutes, ms, seconds } from '../../units.ts';
import type { ServiceHome } from '../service.ts';

/** As they are to be run. */
export type MonitoringFiles = {
  readonly prometheus: string;
  readonly alertmanager: string;
  /** By name. */
  readonly rules: Readonly<Record<string, string>>;
  /** What PostgreSQL's metrics are called; as postgres_exporter calls them unless given. */
  readonly exporterNames?: DialectName;
  /** Of which version PromQL is; 3 unless given. */
  readonly prometheusVersion?: 2 | 3;
};

export type StartMonitoring = {
  readonly files: MonitoringFiles;
  /** What these files call their targets, and where those are: `shop-1:8080` → `127.0.0.1:41233`. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Of the database, for its metrics. */
  readonly databaseUrl: string;
  /** Programs of real servers. */
  readonly originals: { readonly prometheus?: string; readonly alertmanager?: string };
  /** The project's folder. */
  readonly project: string;
  readonly speed: number;
  /** Every scraped sample is written there. */
  readonly samplesFile: string;
  readonly onWouldSend: (notification: WouldSend) => void;
  readonly signal: AbortSignal;
};

export type Monitoring = { readonly prometheusUrl: string; readonly alertmanagerUrl: string };

/** A real Prometheus takes 5 s to find its targets. */
export const originalWithin = seconds(30);

/** @throws {GamedayError} ENVIRONMENT_FAILED when a part does not come up; what had come up is stopped by whoever called. */
export const startMonitoring = async (
  { files, hosts, databaseUrl, originals, project, speed, samplesFile, onWouldSend, signal }: StartMonitoring,
  { folder, log, onLost, keep }: Pick<ServiceHome, 'folder' | 'log' | 'onLost' | 'keep'>,
): Promise<Monitoring> => {
  for (const [name, text] of Object.entries({
    'prometheus.yml': files.prometheus,
    'alertmanager.yml': withAbsoluteFiles(files.alertmanager, join(project, 'monitoring')),
    ...files.rules,
  }))
    await writeFile(join(folder, name), text);

  const listen = { host: '127.0.0.1', port: 0 };
  const alertmanager = { configFile: join(folder, 'alertmanager.yml'), listen, hosts };
  const originalAlertmanager = async (binary: string): Promise<{ url: string }> => {
    const home = { folder: join(folder, 'alertmanager'), logFile: log('alertmanager') };
    const bounds = { readyWithinMs: originalWithin, onLost };
    const original = await startOriginalAlertmanager(
      { ...alertmanager, onWouldSend, binary, ...home, ...bounds },
      signal,
    );
    keep({ stop: original.close });
    return { url: original.url };
  };

  const prometheus = {
    configFile: join(folder, 'prometheus.yml'),
    listen,
    hosts,
    samplesFile,
    lookbackMs: ms(minutes(5) / speed),
    compat: files.prometheusVersion,
  };
  const originalPrometheus = async (binary: string, others: MonitoringReady): Promise<string> => {
    const home = { folder: join(folder, 'prometheus'), logFile: log('prometheus') };
    const bounds = { readyWithinMs: originalWithin, onLost };
    const original = await startOriginalPrometheus(
      { ...prometheus, hosts: { ...hosts, ...hostsIn(others) }, binary, ...home, ...bounds },
      signal,
    );
    keep({ stop: original.close });
    return original.url;
  };

  const config: MonitoringConfig = {
    prometheus: originals.prometheus === undefined ? prometheus : null,
    alertmanager:
      originals.alertmanager === undefined ? alertmanager : await originalAlertmanager(originals.alertmanager),
    exporter: {
      connectionString: databaseUrl,
      listen,
      ...(files.exporterNames === undefined ? {} : { names: files.exporterNames }),
    },
  };
  const child = await startProgram<MonitoringReady>({
    name: 'monitoring',
    program: programPath('../../embedded/monitoring/main.ts', import.meta.url),
    config,
    folder,
    logFile: log('monitoring'),
    readyWithinMs: seconds(20),
    onLost,
    onMessage: (message) => onWouldSend((message as MonitoringMessage).wouldSend),
    signal,
  });
  keep(child);
  const { prometheusUrl, alertmanagerUrl } = child.ready;
  return {
    alertmanagerUrl,
    prometheusUrl: prometheusUrl ?? (await originalPrometheus(originals.prometheus!, child.ready)),
  };
};
