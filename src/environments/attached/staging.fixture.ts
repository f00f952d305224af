/** A team's own servers for tests: a PostgreSQL with roles of its own, and a Toxiproxy before it. Nothing of it is ours to remove. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';
import { readProjectSettings } from '../../documents/project-settings.ts';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import { startToxiproxy, type RunningToxiproxy } from '../../embedded/toxiproxy/toxiproxy.ts';
import { commentSql, withMarker } from '../../safety/marker.ts';
import { openSecrets } from '../../safety/secrets.ts';
import { readLogins, type Logins } from './address.ts';
import { grantsSql } from './grants.ts';
import { inspect } from './inspection.ts';
import type { Target } from './attached.ts';

export type Staging = {
  readonly server: PostgresServer;
  readonly toxiproxy: RunningToxiproxy;
  readonly folder: string;
  readonly logFile: string;
  /** The variables that gameday.yaml names, by role. */
  readonly env: Readonly<Record<string, string>>;
  /** gameday.yaml with the environment `staging`. @param change Each text is replaced by the other. */
  readonly settings: (...change: readonly (readonly [string, string])[]) => string;
  readonly target: (...change: readonly (readonly [string, string])[]) => Promise<Target>;
  /** As superuser, in the database of the shop. */
  readonly sql: <Row extends pg.QueryResultRow>(text: string) => Promise<readonly Row[]>;
  readonly mark: () => Promise<void>;
  /**
   * Makes the operator a superuser, and restarts the server when a command of the team's asks for it.
   *
   * @param slowerByMs How much longer than the server itself that takes, asked each time.
   * @returns What to change in gameday.yaml, so that it names that command.
   */
  readonly entrust: (slowerByMs: () => number) => Promise<readonly [string, string]>;
  readonly close: () => Promise<void>;
};

export const passwords = {
  gd_operator: 'sesame-opens-1',
  shop: 'sesame-opens-2',
  reporting: 'sesame-opens-3',
} as const;

export const openStaging = async (): Promise<Staging> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-stg-'));
  const logFile = join(folder, 'server.log');
  const server = await openPostgres({
    folder: join(folder, 'db'),
    logFile,
    settings: {
      max_connections: '40',
      superuser_reserved_connections: '3',
      reserved_connections: '4',
      cluster_name: 'staging',
      log_statement: 'all',
      log_line_prefix: '%a|%u| ',
    },
  });
  const proxies = [{ name: 'postgres', listen: '127.0.0.1:0', upstream: `127.0.0.1:${server.port}` }];
  const toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies });
  const url = (role: keyof typeof passwords, address: string): string =>
    `postgresql://${role}:${passwords[role]}@${address}/shop`;
  const direct = `127.0.0.1:${server.port}`;
  const env = {
    STAGING_OPERATOR_URL: url('gd_operator', direct),
    STAGING_SERVICE_URL: url('shop', toxiproxy.proxies[0]?.listen ?? ''),
    STAGING_NEIGHBOUR_URL: url('reporting', direct),
  };
  writeFileSync(join(folder, 'wrong'), `postgresql://reporting:wrong-password@${direct}/shop`);
  writeFileSync(join(folder, 'nowhere'), 'postgresql://nobody:wrong-password@127.0.0.1:1/shop');
  const sql: Staging['sql'] = async <Row extends pg.QueryResultRow>(text: string) => {
    const client = new pg.Client({ connectionString: server.operatorUrl.replace('/postgres?', '/shop?') });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const settings: Staging['settings'] = (...change) =>
    change.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`no ${from} in gameday.yaml`);
      return text.replace(from, to);
    }, gamedayYaml(toxiproxy.url));
  const loginsIn = (text: string): { target: Omit<Target, 'inspection'>; logins: Logins } => {
    const read = readProjectSettings({ file: 'gameday.yaml', text });
    const found = read.ok ? read.value.environments['staging'] : undefined;
    if (found === undefined) throw new Error(JSON.stringify(read));
    const logins = readLogins(found, openSecrets(env), folder);
    return { target: { name: 'staging', settings: found, logins }, logins };
  };
  await asSuperuser(server, async (client) => {
    await client.query('create role shop login');
    await client.query('create database shop owner shop');
  });
  await sql(grantsSql(loginsIn(settings()).logins, 20));
  for (const [role, password] of Object.entries(passwords)) await sql(`alter role ${role} password '${password}'`);
  const control = createServer();
  return {
    ...{ server, toxiproxy, folder, logFile, env, settings, sql },
    entrust: async (slowerByMs) => {
      control.on('request', (_, response: ServerResponse) => {
        void sleepFor(slowerByMs())
          .then(server.restart)
          .then(
            () => response.end(),
            (error: unknown) => response.writeHead(500).end(String(error)),
          );
      });
      await sql('alter role gd_operator superuser');
      await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
      const { port } = control.address() as AddressInfo;
      const program = join(folder, 'restart.mjs');
      writeFileSync(
        program,
        `const { ok } = await fetch('http://127.0.0.1:${port}', { method: 'POST' });\nprocess.exit(ok ? 0 : 1);\n`,
      );
      const restart = `      restart: ['${process.execPath}', '${program}']\n`;
      return ['    toxiproxy:', `${restart}    toxiproxy:`];
    },
    target: async (...change) => {
      const { target } = loginsIn(settings(...change));
      return { ...target, inspection: await inspect(target.settings, target.logins) };
    },
    mark: async () => {
      const [found] = await sql<{ cluster: string }>(
        'select system_identifier::text as cluster from pg_control_system()',
      );
      await sql(commentSql('shop', withMarker(null, { environment: 'staging', cluster: found?.cluster ?? '' })));
    },
    close: async () => {
      control.closeAllConnections();
      control.close();
      await toxiproxy.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const asSuperuser = async (
  { operatorUrl }: PostgresServer,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> => {
  const client = new pg.Client({ connectionString: operatorUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
};

const gamedayYaml = (toxiproxyUrl: string): string => `version: 1
environments:
  staging:
    kind: attached
    postgres:
      operator: { env: STAGING_OPERATOR_URL }
      service: { env: STAGING_SERVICE_URL }
      neighbour: { env: STAGING_NEIGHBOUR_URL }
    toxiproxy: { url: '${toxiproxyUrl}', proxy: postgres }
    allow: { hosts: [127.0.0.1], databases: [shop] }
    blastRadius: { connections: 20, proxies: [postgres], duration: 10m }
`;
