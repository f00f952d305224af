/**
 * The default environment: a real PostgreSQL, our stand-ins for Toxiproxy, Prometheus and Alertmanager, and the built-in
 * shop, all on loopback, all children of this process, all in one folder. It needs nothing but npm.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../embedded/free-port.ts';
import { hostsIn, type MonitoringConfig, type MonitoringReady } from '../embedded/monitoring/config.ts';
import { openPostgres, type PostgresServer } from '../embedded/postgres/postgres.ts';
import type { DialectName } from '../embedded/postgres-exporter/dialect.ts';
import { startOriginalPrometheus } from '../embedded/prometheus/original.ts';
import type { ToxiproxyConfig } from '../embedded/toxiproxy/config.ts';
import { startOriginal } from '../embedded/toxiproxy/original.ts';
import type { Capability, ServiceSettings } from '../documents/experiment.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { asOperator } from '../faults/operator.ts';
import { programPath, startProgram, type ChildProgram } from '../program.ts';
import type { ShopConfig, ShopSettings } from '../shop/config.ts';
import { grantSql, schemaSql, seedSql } from '../shop/schema.ts';
import { minutes, ms, seconds } from '../units.ts';
import type { Environment, RestartTarget } from './environment.ts';
import { accessTime, isoTime, logTail, mergedTail } from './log-tail.ts';
import { replicaRoles, rolesSql, type ReplicaRole } from './replica-roles.ts';
import { replicaSettings } from './replica-settings.ts';

export type OpenEmbedded = {
  /** Empty, private and short; everything of the environment lies in it. Its undo record is `undoId`. */
  readonly folder: string;
  readonly undoId: string;
  readonly service: ServiceSettings;
  /** Monitoring files as they are to be run, by name. */
  readonly monitoring: {
    readonly prometheus: string;
    readonly alertmanager: string;
    readonly rules: Readonly<Record<string, string>>;
    /** What PostgreSQL's metrics are called; as postgres_exporter calls them unless given. */
    readonly exporterNames?: DialectName;
    /** Of which version PromQL is; 3 unless given. */
    readonly prometheusVersion?: 2 | 3;
  };
  /** Programs of real servers that take the place of the stand-ins, as absolute paths. */
  readonly originals?: { readonly toxiproxy?: string; readonly prometheus?: string };
  readonly speed: number;
  /** `host:port` of the run's own receiver of notifications. */
  readonly pager: string;
  /** Logs of every process, and the scraped samples. */
  readonly evidenceFolder: string;
  readonly signal: AbortSignal;
  /** A process of the environment ended on its own. */
  readonly onLost: (reason: string) => void;
};

export const embeddedCapabilities: readonly Capability[] = [
  'proxy',
  'settings',
  'restart-postgres',
  'restart-service',
  'configure-service',
];

const proxyName = 'postgres';

/** A real Prometheus takes 5 s to find its targets. */
const originalWithin = seconds(30);

/** @throws {GamedayError} ENVIRONMENT_FAILED naming the part that did not come up; what had come up is stopped again. */
export const openEmbedded = async (options: OpenEmbedded): Promise<Environment> => {
  const { folder, undoId, signal, onLost, evidenceFolder, originals = {} } = options;
  signal.throwIfAborted();
  const children = new Set<{ stop: () => Promise<void> }>();
  const log = (name: string): string => join(evidenceFolder, `${name}.log`);
  const close = async (): Promise<void> => {
    const open = [...children];
    children.clear();
    await Promise.allSettled(open.map((child) => child.stop()));
  };

  /** Ends the opening; later acts are not bound to it, because what undoes a fault comes after an abort. */
  let opening: AbortSignal | undefined = signal;
  const start = async <Ready>(name: string, program: string, config: unknown): Promise<ChildProgram<Ready>> => {
    const child = await startProgram<Ready>({
      name,
      program: programPath(program, import.meta.url),
      config,
      folder,
      logFile: log(name.replaceAll(' ', '-')),
      readyWithinMs: seconds(20),
      onLost,
      ...(opening === undefined ? {} : { signal: opening }),
    });
    children.add(child);
    return child;
  };

  try {
    const passwords = Object.fromEntries(replicaRoles.map((role) => [role, randomBytes(12).toString('hex')])) as Record<
      ReplicaRole,
      string
    >;
    const postgresPort = await freePort();
    /** Half of the time is `initdb`; what does not need the server yet comes up beside it. */
    const startServer = async (): Promise<PostgresServer> => {
      const opened = await openPostgres({
        folder,
        logFile: log('postgres'),
        port: postgresPort,
        settings: replicaSettings,
        signal,
        onLost,
      });
      children.add(opened);
      await asOperator(opened.operatorUrl, (client) => client.query('create database shop'));
      // Rights on system views belong to one database.
      await asOperator(operatorUrlOf(opened), (client) =>
        client.query(`${rolesSql(passwords)}\n${schemaSql}\n${seedSql}\n${grantSql('shop')}`),
      );
      return opened;
    };

    const configFile = join(folder, 'shop.json');
    const instances = Array.from({ length: options.service.instances }, (_, index) => `shop-${index + 1}`);
    const ports = new Map<string, number>();
    const startInstance = async (instance: string): Promise<ChildProgram<{ url: string }>> => {
      const config: ShopConfig = {
        configFile,
        instance,
        listen: { host: '127.0.0.1', port: ports.get(instance) ?? 0 },
        accessLogFile: log(`access-${instance}`),
      };
      const child = await start<{ url: string }>(instance, '../shop/main.ts', config);
      ports.set(instance, Number(new URL(child.ready.url).port));
      return child;
    };
    const startProxy = async (): Promise<string> => {
      if (originals.toxiproxy === undefined) {
        const config: ToxiproxyConfig = { host: '127.0.0.1', port: 0, proxies: [] };
        return (await start<{ url: string }>('fault proxy', '../embedded/toxiproxy/main.ts', config)).ready.url;
      }
      const original = await startOriginal({
        ...{ binary: originals.toxiproxy, folder, logFile: log('fault-proxy') },
        ...{ readyWithinMs: originalWithin, onLost, signal },
      });
      children.add(original);
      return original.url;
    };
    const startService = async (): Promise<{
      toxiproxyUrl: string;
      proxied: string;
      running: ChildProgram<{ url: string }>[];
    }> => {
      const toxiproxyUrl = await startProxy();
      const proxied = await createProxy(toxiproxyUrl, postgresPort);
      const settings: ShopSettings = {
        databaseUrl: urlOf('shop', passwords.shop, proxied),
        pool: options.service.pool,
        work: options.service.work,
      };
      await writeFile(configFile, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
      return { toxiproxyUrl, proxied, running: await allStarted(instances.map(startInstance)) };
    };

    const startMonitoring = async (): Promise<MonitoringReady & { prometheusUrl: string }> => {
      const hosts: Record<string, string> = { 'pager:9095': options.pager };
      for (const instance of instances) hosts[`${instance}:8080`] = `127.0.0.1:${ports.get(instance)}`;
      for (const [name, text] of Object.entries({
        'prometheus.yml': options.monitoring.prometheus,
        'alertmanager.yml': options.monitoring.alertmanager,
        ...options.monitoring.rules,
      }))
        await writeFile(join(folder, name), text);
      const listen = { host: '127.0.0.1', port: 0 };
      const prometheus = {
        configFile: join(folder, 'prometheus.yml'),
        listen,
        hosts,
        samplesFile: join(evidenceFolder, 'samples.jsonl'),
        lookbackMs: ms(minutes(5) / options.speed),
        compat: options.monitoring.prometheusVersion,
      };
      const { exporterNames: names } = options.monitoring;
      const config: MonitoringConfig = {
        prometheus: originals.prometheus === undefined ? prometheus : null,
        alertmanager: { configFile: join(folder, 'alertmanager.yml'), listen, hosts },
        exporter: {
          connectionString: urlOf('monitor', passwords.monitor, `127.0.0.1:${postgresPort}`),
          listen,
          ...(names === undefined ? {} : { names }),
        },
      };
      const { ready } = await start<MonitoringReady>('monitoring', '../embedded/monitoring/main.ts', config);
      const { prometheusUrl } = ready;
      if (prometheusUrl !== null) return { ...ready, prometheusUrl };
      const original = await startOriginalPrometheus(
        {
          ...{ ...prometheus, hosts: { ...hosts, ...hostsIn(ready) }, binary: originals.prometheus! },
          ...{ folder: join(folder, 'prometheus'), logFile: log('prometheus') },
          ...{ readyWithinMs: originalWithin, onLost },
        },
        signal,
      );
      children.add({ stop: original.close });
      return { ...ready, prometheusUrl: original.url };
    };

    const [server, { toxiproxyUrl, proxied, running }] = await allStarted([startServer(), startService()]);
    // Not before the server answers: an exporter that is locked out for a second is an alert.
    const { prometheusUrl, alertmanagerUrl } = await startMonitoring();

    opening = undefined;

    const restartEach = async (): Promise<void> => {
      for (const [index, instance] of instances.entries()) {
        const old = running[index]!;
        children.delete(old);
        await old.stop();
        running[index] = await startInstance(instance);
      }
    };
    let last: Promise<void> = Promise.resolve();
    /** One restart at a time, also after one that failed: an instance cannot listen where another one still does. */
    const restartService = (): Promise<void> => (last = last.catch(() => {}).then(restartEach));

    return {
      kind: 'embedded',
      capabilities: embeddedCapabilities,
      undoId,
      postgres: {
        version: server.version,
        operatorUrl: operatorUrlOf(server),
        serviceRole: 'shop',
        neighbourRole: 'reporting',
        onCallRole: 'oncall_dba',
        connectionString: (role, via) => {
          if (isReplicaRole(role))
            return urlOf(role, passwords[role], via === 'service' ? proxied : `127.0.0.1:${postgresPort}`);
          throw new GamedayError('DOCUMENT_INVALID', {
            message: `no role "${role}" can log in to this environment`,
            hint: `use one of ${replicaRoles.join(', ')}`,
          });
        },
      },
      toxiproxy: { url: toxiproxyUrl, proxy: proxyName },
      prometheusUrl,
      alertmanagerUrl,
      service: {
        urls: running.map((instance) => instance.ready.url),
        readConfiguration: () => readFile(configFile, 'utf8'),
        writeConfiguration: (text) => writeFile(configFile, text, { mode: 0o600 }),
      },
      logTail: (of, bytes) => {
        if (of === 'postgres') return logTail(log('postgres'), bytes);
        const logs = instances.map((instance) => log(of === 'shop' ? instance : `access-${instance}`));
        return mergedTail(logs, bytes, of === 'shop' ? isoTime : accessTime);
      },
      restart: (target: RestartTarget) => (target === 'postgres' ? server.restart() : restartService()),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Of the shop's database. */
const operatorUrlOf = (server: PostgresServer): string => server.operatorUrl.replace('/postgres?', '/shop?');

const urlOf = (role: ReplicaRole, password: string, address: string): string =>
  `postgresql://${role}:${password}@${address}/shop`;

const isReplicaRole = (role: string): role is ReplicaRole => (replicaRoles as readonly string[]).includes(role);

/** Waits for all even when one fails, so that nothing comes up after the failure was cleaned away. */
const allStarted = async <const Starting extends readonly Promise<unknown>[]>(
  starting: Starting,
): Promise<{ -readonly [Index in keyof Starting]: Awaited<Starting[Index]> }> => {
  await Promise.allSettled(starting);
  return Promise.all(starting);
};

/** @returns The proxy's own address. */
const createProxy = async (toxiproxyUrl: string, postgresPort: number): Promise<string> => {
  const { Toxiproxy } = await import('toxiproxy-node-client');
  const wanted = { name: proxyName, listen: '127.0.0.1:0', upstream: `127.0.0.1:${postgresPort}` };
  try {
    return (await new Toxiproxy(toxiproxyUrl).createProxy(wanted)).listen;
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `fault proxy did not open a way to PostgreSQL: ${reasonOf(cause)}`,
        hint: 'look whether programs on this machine reach 127.0.0.1, and whether it has free ports there',
      },
      { cause },
    );
  }
};
