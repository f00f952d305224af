/**
 * Something to break that outlives every run: a PostgreSQL, a fault proxy and a service that belong to this process, as a
 * team's own staging would belong to the team. What a run leaves here stays until somebody undoes it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';
import { openPostgres, type PostgresServer } from '../../src/embedded/postgres/postgres.ts';
import { startToxiproxy, type RunningToxiproxy } from '../../src/embedded/toxiproxy/toxiproxy.ts';
import { openControl } from './control.ts';
import { openBedService, type BedService } from './service.ts';

/** What a conductor is given to reach it; the files are for the inspector. */
export type Addresses = {
  readonly operatorUrl: string;
  readonly neighbourUrl: string;
  readonly toxiproxyUrl: string;
  readonly proxy: string;
  /** The acts that a conductor here has (`control.ts`). */
  readonly controlUrl: string;
};

export type Bed = {
  readonly addresses: Addresses;
  readonly folder: string;
  readonly dataFolder: string;
  readonly runsFolder: string;
  readonly service: BedService;
  /** Restarts PostgreSQL, or starts it again when it was killed. */
  readonly restart: () => Promise<void>;
  /** Whatever a conductor asked for is done, also when it is gone. */
  readonly idle: () => Promise<void>;
  readonly killPostgres: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Only ever reached through the loopback address of this test. */
const neighbourPassword = 'neighbour';

export const openBed = async (): Promise<Bed> => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-bed-'));
  const opened: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const each of opened.toReversed()) await each();
  };
  try {
    const server = await openPostgres({
      folder: join(folder, 'db'),
      logFile: join(folder, 'postgres.log'),
      settings: { max_connections: 30, max_prepared_transactions: 4 },
    });
    opened.push(server.stop);
    const proxy = await openProxy(server.port);
    opened.push(proxy.close);
    await prepare(server.operatorUrl);
    const service = await openBedService(folder, `postgresql://service@127.0.0.1:${server.port}/postgres`);
    opened.push(service.close);
    let last = Promise.resolve();
    const restart = (): Promise<void> => (last = last.catch(() => {}).then(() => restarted(server)));
    const control = await openControl({ postgres: restart, service });
    opened.push(control.close);
    const runsFolder = join(folder, 'runs');
    await mkdir(runsFolder);
    return {
      addresses: {
        operatorUrl: server.operatorUrl,
        neighbourUrl: `postgresql://neighbour:${neighbourPassword}@127.0.0.1:${server.port}/postgres`,
        toxiproxyUrl: proxy.url,
        proxy: 'postgres',
        controlUrl: control.url,
      },
      folder,
      dataFolder: server.dataFolder,
      runsFolder,
      service,
      restart,
      idle: control.idle,
      killPostgres: () => killPostmaster(server.dataFolder),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const openProxy = (port: number): Promise<RunningToxiproxy> =>
  startToxiproxy({
    host: '127.0.0.1',
    port: 0,
    proxies: [{ name: 'postgres', listen: '127.0.0.1:0', upstream: `127.0.0.1:${port}` }],
  });

/** A server whose postmaster was killed may still have processes that hold its memory, for a moment. */
const restarted = async (server: PostgresServer): Promise<void> => {
  for (let left = 50; ; left -= 1) {
    try {
      return await server.restart();
    } catch (error) {
      if (left === 0) throw error;
      await sleepFor(100);
    }
  }
};

const killPostmaster = async (dataFolder: string): Promise<void> => {
  const pid = await postmasterOf(dataFolder);
  process.kill(pid, 'SIGKILL');
  for (let left = 200; left > 0 && isRunning(pid); left -= 1) await sleepFor(10);
};

/** Somebody may be restarting it. */
const postmasterOf = async (dataFolder: string): Promise<number> => {
  const file = join(dataFolder, 'postmaster.pid');
  for (let left = 500; left > 0; left -= 1) {
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
    if (pid > 0 && isRunning(pid)) return pid;
    await sleepFor(10);
  }
  throw new Error(`no postmaster in ${dataFolder}`);
};

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Something of everything that an inspector compares, so that it would see it go. */
const prepare = async (operatorUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: operatorUrl });
  await client.connect();
  await client.query(`
    create role neighbour login password '${neighbourPassword}' connection limit 25;
    create role service login;
    alter role service set work_mem = '5MB';
    create table goods (id int primary key);
    alter database postgres connection limit 100;
  `);
  await client.query("alter system set log_line_prefix = '%m it''s [%p] '");
  await client.query('select pg_reload_conf()');
  // The postmaster reads it in its own time.
  while ((await client.query('show log_line_prefix')).rows[0].log_line_prefix !== "%m it's [%p] ") await sleepFor(5);
  await client.end();
};
