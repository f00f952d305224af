/** What a replica looks like from outside: its own SQL, HTTP and files, and nothing of the code that is being tested. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Environment } from '../environments/environment.ts';

export type State = {
  /** The bytes of `postgresql.auto.conf`. */
  readonly autoConf: string;
  /** Every setting of the server that comes from a file, as it is in effect. */
  readonly settings: Readonly<Record<string, string>>;
  readonly restartPending: readonly string[];
  /** How many sessions the neighbour has. */
  readonly neighbours: number;
  /** `PROXY: TOXIC TYPE STREAM` */
  readonly toxics: readonly string[];
  readonly configuration: string;
  /** As each instance tells Prometheus. */
  readonly poolMax: readonly number[];
};

export const sql = async <Row extends pg.QueryResultRow>(url: string, text: string): Promise<readonly Row[]> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};

const serverSql = `
select pg_read_file('postgresql.auto.conf') as "autoConf",
       (select json_object_agg(name, setting order by name) from pg_settings where sourcefile is not null) as settings,
       (select coalesce(json_agg(name), '[]') from pg_settings where pending_restart) as "restartPending",
       (select count(*)::int from pg_stat_activity where usename = 'reporting') as neighbours`;

export const stateOf = async (environment: Environment, folder: string): Promise<State> => {
  const [server] = await sql<Pick<State, 'autoConf' | 'settings' | 'restartPending' | 'neighbours'>>(
    environment.postgres.operatorUrl,
    serverSql,
  );
  const proxies = (await (await fetch(`${environment.toxiproxy.url}/proxies`)).json()) as Record<
    string,
    { toxics: { name: string; type: string; stream: string }[] }
  >;
  return {
    ...server!,
    toxics: Object.entries(proxies).flatMap(([proxy, { toxics }]) =>
      toxics.map(({ name, type, stream }) => `${proxy}: ${name} ${type} ${stream}`),
    ),
    configuration: await readFile(join(folder, 'shop.json'), 'utf8'),
    poolMax: await Promise.all(environment.service.urls.map(poolMaxOf)),
  };
};

const poolMaxOf = async (url: string): Promise<number> => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^shop_pool_max (\d+)$/m.exec(metrics)?.[1]);
};
