/**
 * The default environment: a real PostgreSQL, our stand-ins for Toxiproxy, Prometheus and Alertmanager, and a service (the
 * built-in shop, or the team's own), all on loopback, all children of this process, all in one folder. It needs nothing but npm.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port.ts';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import type { WouldSend } from '../../embedded/alertmanager/would-send.ts';
import type { ToxiproxyConfig } from '../../embedded/toxiproxy/config.ts';
import { startOriginal } from '../../embedded/toxiproxy/original.ts';
import type { Capability, ServiceSettings } from '../../documents/experiment.ts';
import { isOwnService, type OwnService } from '../../documents/service-settings.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import { asOperator, quoteIdentifier } from '../../faults/operator.ts';
import { programPath, startProgram } from '../../program.ts';
import { seconds } from '../../units.ts';
import type { Environment, RestartTarget } from '../environment.ts';
import { logTail } from '../log-tail.ts';
import { ownService, ownServiceCapabilities } from '../own-service/own-service.ts';
import { originalWithin, startMonitoring, type Monitoring, type MonitoringFiles } from './monitoring.ts';
import { otherRoles, rolesSql } from '../replica-roles.ts';
import { replicaSettings } from '../replica-settings.ts';
import type { DatabaseAccess, ReplicaService, RunningService, ServiceHome } from '../service.ts';
import { shopCapabilities, shopService } from './shop-service.ts';

export type OpenEmbedded = {
  /** Empty, private and short; everything of the environment lies in it. Its undo record is `undoId`. */
  readonly folder: string;
  readonly undoId: string;
  readonly service: ServiceSettings | OwnService;
  /** The project's folder, where a service of its own is at home. */
  readonly project: string;
  readonly monitoring: MonitoringFiles;
  /** Programs of real servers that take the place of the stand-ins, as absolute paths. */
  readonly originals?: { readonly toxiproxy?: string; readonly prometheus?: string; readonly alertmanager?: string };
  readonly speed: number;
  /** `host:port` of the run's own receiver of notifications, */
  readonly pager: string;
  /** and of the load generator's metrics, as soon as it is up. */
  readonly load: Promise<string>;
  /** Logs of every process, and the scraped samples. */
  readonly evidenceFolder: string;
  readonly signal: AbortSignal;
  /** A notification that is not delivered: to Slack, by mail … */
  readonly onWouldSend?: (notification: WouldSend) => void;
  /** A process of the environment ended on its own. */
  readonly onLost: (reason: string) => void;
};

/** Whatever the service is; what can be done to that comes on top. */
const replicaCapabilities = ['proxy', 'settings', 'restart-postgres', 'prometheus', 'alertmanager'] as const;

/** @param own The team's own service; the built-in shop unless given. */
export const embeddedCapabilities = (own: OwnService | undefined): readonly Capability[] => [
  ...replicaCapabilities,
  ...(own === undefined ? shopCapabilities : ownServiceCapabilities(own)),
];

const proxyName = 'postgres';

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
  try {
    const home: ServiceHome = {
      ...{ folder, log, onLost, opening: () => opening },
      keep: (child) => void children.add(child),
      letGo: (child) => void children.delete(child),
    };
    const service: ReplicaService = isOwnService(options.service)
      ? ownService(options.service, options.project, home)
      : shopService(options.service, home);
    const { name: database } = service;
    const roles = [database, ...otherRoles];
    const passwords = Object.fromEntries(roles.map((role) => [role, randomBytes(12).toString('hex')]));
    const urlOf = (role: string, address: string): string =>
      `postgresql://${role}:${passwords[role]}@${address}/${database}`;
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
      await asOperator(opened.operatorUrl, (client) => client.query(`create database ${quoteIdentifier(database)}`));
      // Rights on system views belong to one database.
      await asOperator(operatorUrlOf(opened, database), (client) => client.query(rolesSql(passwords)));
      await service.fill(operatorUrlOf(opened, database));
      return opened;
    };

    const startProxy = async (): Promise<string> => {
      if (originals.toxiproxy === undefined) {
        const config: ToxiproxyConfig = { host: '127.0.0.1', port: 0, proxies: [] };
        const child = await startProgram<{ url: string }>({
          name: 'fault proxy',
          program: programPath('../../embedded/toxiproxy/main.ts', import.meta.url),
          ...{ config, folder, logFile: log('fault-proxy'), readyWithinMs: seconds(20), onLost, signal },
        });
        children.add(child);
        return child.ready.url;
      }
      const original = await startOriginal({
        ...{ binary: originals.toxiproxy, folder, logFile: log('fault-proxy') },
        ...{ readyWithinMs: originalWithin, onLost, signal },
      });
      children.add(original);
      return original.url;
    };
    const startService = async (
      starting: Promise<PostgresServer>,
    ): Promise<{ toxiproxyUrl: string; proxied: string; running: RunningService }> => {
      const toxiproxyUrl = await startProxy();
      const proxied = await createProxy(toxiproxyUrl, postgresPort);
      const { hostname, port } = new URL(`http://${proxied}`);
      const access: DatabaseAccess = {
        ...{ url: urlOf(database, proxied), host: hostname, port: Number(port) },
        ...{ user: database, password: passwords[database]! },
      };
      const filled = starting.then((opened) => ({ operatorUrl: operatorUrlOf(opened, database) }));
      filled.catch(() => {}); // whoever waits for it is told
      return { toxiproxyUrl, proxied, running: await service.start(access, filled) };
    };

    const observe = async ({ hosts: instances }: RunningService): Promise<Monitoring> =>
      startMonitoring(
        {
          ...{ files: options.monitoring, originals, project: options.project, speed: options.speed, signal },
          hosts: { ...instances, 'pager:9095': options.pager, 'load:8080': await options.load },
          databaseUrl: urlOf('monitor', `127.0.0.1:${postgresPort}`),
          samplesFile: join(evidenceFolder, 'samples.jsonl'),
          onWouldSend: options.onWouldSend ?? (() => {}),
        },
        home,
      );

    const starting = startServer();
    const [server, { toxiproxyUrl, proxied, running }] = await allStarted([starting, startService(starting)]);
    // Not before the server answers: an exporter that is locked out for a second is an alert.
    const { prometheusUrl, alertmanagerUrl } = await observe(running);

    opening = undefined;

    let last: Promise<void> = Promise.resolve();
    /** One restart at a time, also after one that failed: an instance cannot listen where another one still does. */
    const restartService = (): Promise<void> => (last = last.catch(() => {}).then(running.restart));

    return {
      kind: 'embedded',
      capabilities: [...replicaCapabilities, ...service.capabilities],
      undoId,
      postgres: {
        version: server.version,
        operatorUrl: operatorUrlOf(server, database),
        serviceRole: database,
        neighbourRole: 'reporting',
        onCallRole: 'oncall_dba',
        connectionString: (role, via) => {
          if (roles.includes(role)) return urlOf(role, via === 'service' ? proxied : `127.0.0.1:${postgresPort}`);
          throw new GamedayError('DOCUMENT_INVALID', {
            message: `no role "${role}" can log in to this environment`,
            hint: `use one of ${roles.join(', ')}`,
          });
        },
      },
      toxiproxy: { url: toxiproxyUrl, proxy: proxyName },
      prometheusUrl,
      alertmanagerUrl,
      service: {
        urls: running.urls,
        readConfiguration: running.readConfiguration,
        writeConfiguration: running.writeConfiguration,
      },
      logTail: (of, bytes) => (of === 'postgres' ? logTail(log('postgres'), bytes) : running.logTail(of, bytes)),
      restart: (target: RestartTarget) => (target === 'postgres' ? server.restart() : restartService()),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Of the service's database. */
const operatorUrlOf = (server: PostgresServer, database: string): string =>
  server.operatorUrl.replace('/postgres?', `/${database}?`);

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
