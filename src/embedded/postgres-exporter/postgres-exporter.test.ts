import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgres, type PostgresServer } from '../postgres/postgres.ts';
import { startPostgresExporter, type PostgresExporter } from './postgres-exporter.ts';

const listen = { host: '127.0.0.1', port: 0 };
let folder: string;
let server: PostgresServer;
let exporter: PostgresExporter;

/** The samples of one scrape, by the series as it is written: `pg_locks_count{datname="postgres",mode="sharelock"}`. */
const scrape = async (url = exporter.url): Promise<Map<string, number>> => {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  expect(samples.size, 'every series once').toBe(lines.length);
  return samples;
};

const asSuperuser = async (...statements: string[]): Promise<void> => {
  const client = new Client({ connectionString: server.operatorUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-'));
  const settings = { max_connections: '8', superuser_reserved_connections: '2', reserved_connections: '1' };
  server = await openPostgres({ folder, logFile: join(folder, 'postgres.log'), settings });
  await asSuperuser(
    `CREATE ROLE monitor LOGIN PASSWORD 'look'; GRANT pg_monitor, pg_use_reserved_connections TO monitor`,
    `CREATE ROLE shop LOGIN PASSWORD 'buy' CONNECTION LIMIT 7`,
  );
  const connectionString = `postgres://monitor:look@127.0.0.1:${server.port}/postgres`;
  exporter = await startPostgresExporter({ connectionString, listen });
});

afterAll(async () => {
  await exporter?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const shopSession = async (): Promise<Client> => {
  const client = new Client({
    connectionString: `postgres://shop:buy@127.0.0.1:${server.port}/postgres`,
    application_name: 'the "shop"',
  });
  client.on('error', () => {});
  await client.connect();
  return client;
};

test('a scrape shows the limits, the sessions and the statistics that connection alerts are about', async () => {
  const client = await shopSession();
  await client.query('BEGIN; SELECT 1');
  const samples = await scrape();
  expect(
    Object.fromEntries(['pg_up', 'pg_exporter_last_scrape_error'].map((name) => [name, samples.get(name)])),
  ).toEqual({
    pg_up: 1,
    pg_exporter_last_scrape_error: 0,
  });
  expect(samples.get('pg_settings_max_connections')).toBe(8);
  expect(samples.get('pg_settings_superuser_reserved_connections')).toBe(2);
  expect(samples.get('pg_settings_reserved_connections')).toBe(1);
  expect(samples.get('pg_settings_shared_buffers_bytes')).toBeGreaterThan(1024);
  expect(samples.get('pg_settings_statement_timeout_seconds'), 'the own time limit is not the server’s').toBe(0);
  expect(samples.get('pg_roles_connection_limit{rolname="shop"}')).toBe(7);
  expect(samples.get('pg_database_connection_limit{datname="postgres"}')).toBe(-1);
  expect(samples.get('pg_replication_is_replica')).toBe(0);
  const session =
    'datname="postgres",state="idle in transaction",usename="shop",application_name="the \\"shop\\"",' +
    'backend_type="client backend",wait_event_type="Client",wait_event="ClientRead"';
  expect(samples.get(`pg_stat_activity_count{${session}}`)).toBe(1);
  expect(samples.get(`pg_stat_activity_max_tx_duration{${session}}`)).toBeGreaterThanOrEqual(0);
  expect(samples.get('pg_locks_count{datname="postgres",mode="accessexclusivelock"}')).toBe(0);
  expect([...samples.keys()].filter((key) => key.startsWith('pg_stat_database_xact_rollback{'))).toHaveLength(3);
  expect([...samples.keys()].find((key) => key.startsWith('pg_static'))).toContain(
    `short_version="${server.version}.0"`,
  );
  expect(
    [...samples.keys()].filter((key) => key.includes('postgres_exporter')),
    'it does not count itself',
  ).toEqual([]);
  await client.end();
});

test('the same facts under the names of CloudNativePG, for rules that were written for it', async () => {
  const client = await shopSession();
  await client.query('BEGIN');
  const connectionString = `postgres://monitor:look@127.0.0.1:${server.port}/postgres`;
  const cnpg = await startPostgresExporter({ connectionString, names: 'cloudnative-pg', listen });
  const samples = await scrape(cnpg.url);
  const session = 'datname="postgres",usename="shop",application_name="the \\"shop\\"",state="idle in transaction"';
  expect(samples.get(`cnpg_backends_total{${session}}`)).toBe(1);
  expect(samples.get(`cnpg_backends_max_tx_duration_seconds{${session}}`)).toBeGreaterThanOrEqual(0);
  expect(samples.get('cnpg_pg_settings_setting{name="max_connections"}')).toBe(8);
  expect(samples.get('cnpg_backends_waiting_total')).toBe(0);
  expect(samples.get('cnpg_pg_replication_in_recovery')).toBe(0);
  expect(samples.get('cnpg_pg_stat_archiver_last_failed_time')).toBe(-1);
  expect(samples.get('cnpg_pg_database_xid_age{datname="postgres"}')).toBeGreaterThan(0);
  expect(samples.get('cnpg_collector_up')).toBe(1);
  expect([...samples.keys()].filter((key) => key.startsWith('pg_'))).toEqual([]);
  await client.end();
  await cnpg.close();

  const down = await startPostgresExporter({
    connectionString: 'postgres://x@127.0.0.1:1/x',
    names: 'cloudnative-pg',
    listen,
  });
  const blind = await scrape(down.url);
  expect([blind.get('cnpg_collector_up'), blind.get('cnpg_collector_last_collection_error')]).toEqual([0, 1]);
  expect(blind.size).toBe(4);
  await down.close();
});

test('a setting that is reloaded shows at the next scrape', async () => {
  await scrape();
  await asSuperuser(`ALTER SYSTEM SET idle_in_transaction_session_timeout = '1500ms'`, 'SELECT pg_reload_conf()');
  await expect
    .poll(async () => (await scrape()).get('pg_settings_idle_in_transaction_session_timeout_seconds'))
    .toBe(1.5);
});

test('a server whose ordinary slots are all taken is still seen', async () => {
  const held: Client[] = [];
  const refusal = await (async () => {
    for (;;) held.push(await shopSession());
  })().catch((error: unknown) => String(error));
  expect(refusal).toContain('remaining connection slots are reserved');
  const fresh = await startPostgresExporter({
    connectionString: `postgres://monitor:look@127.0.0.1:${server.port}/postgres`,
    listen,
  });
  // A session that was refused keeps its slot until it has ended.
  await expect.poll(async () => (await scrape(fresh.url)).get('pg_up')).toBe(1);
  await fresh.close();
  for (const client of held) await client.end();
});

test('a stopped server is pg_up 0 at once, and after a restart with another limit the next scrape shows the new one', async () => {
  await scrape();
  await server.stop();
  const askedAt = performance.now();
  const down = await scrape();
  expect([...down.keys()]).toEqual([
    'pg_up',
    'pg_exporter_last_scrape_error',
    'pg_exporter_last_scrape_duration_seconds',
    'pg_exporter_scrapes_total',
  ]);
  expect([down.get('pg_up'), down.get('pg_exporter_last_scrape_error')]).toEqual([0, 1]);
  expect(performance.now() - askedAt).toBeLessThan(1_000);
  await server.restart();
  await asSuperuser('ALTER SYSTEM SET max_connections = 12');
  await server.restart();
  await expect.poll(async () => (await scrape()).get('pg_settings_max_connections')).toBe(12);
});

test('a server that accepts connections and says nothing is pg_up 0 within the deadline', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const blind = await startPostgresExporter({
    connectionString: `postgres://monitor@127.0.0.1:${port}/postgres`,
    listen,
  });
  const samples = await scrape(blind.url);
  expect(samples.get('pg_up')).toBe(0);
  expect(samples.get('pg_exporter_last_scrape_duration_seconds')).toBeLessThan(1);
  await blind.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('a role that may not log in is pg_up 0', async () => {
  const wrong = await startPostgresExporter({
    connectionString: `postgres://monitor:wrong@127.0.0.1:${server.port}/postgres`,
    listen,
  });
  expect((await scrape(wrong.url)).get('pg_up')).toBe(0);
  await wrong.close();
});

test('only /metrics is answered, and the port is free again after closing', async () => {
  expect((await fetch(`${exporter.url}/`)).status).toBe(404);
  await exporter.close();
  await expect(fetch(`${exporter.url}/metrics`)).rejects.toThrow('fetch failed');
});
