import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import { asOperator } from '../../faults/operator.ts';
import { booksSql } from '../../shop/schema.ts';
import { replicaRoles } from '../replica-roles.ts';

const program = new URL('prepare-database.ts', import.meta.url).pathname;

let folder: string;
let server: PostgresServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-'));
  const settings = { reserved_connections: 8 };
  server = await openPostgres({ folder, logFile: join(folder, 'log'), settings, onLost: () => {} });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const prepare = async (variables: Readonly<Record<string, string>>): Promise<unknown> =>
  promisify(execFile)(process.execPath, [program], { env: { PATH: process.env['PATH'], ...variables } });

const database = async (name: string): Promise<string> => {
  await asOperator(server.operatorUrl, (client) => client.query(`create database ${name}`));
  return server.operatorUrl.replace('/postgres?', `/${name}?`);
};

const valueOf = (url: string, sql: string): Promise<unknown> =>
  asOperator(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows[0]);

const loginUrl = (role: string, password: string): string =>
  `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/shop`;

test('an operator URL or a password that is missing is named, and nothing is changed', async () => {
  await expect(prepare({ OPERATOR_URL: server.operatorUrl })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('OPERATOR_URL and REPLICA_PASSWORD must be set') as string,
  });
  expect(await valueOf(server.operatorUrl, "select to_regclass('products') as found")).toEqual({ found: null });
});

test('a preparation that fails half way leaves neither roles nor tables', async () => {
  const url = await database('occupied');
  await asOperator(url, (client) => client.query('create table orders ()')); // the second table to be made
  await expect(prepare({ OPERATOR_URL: url, REPLICA_PASSWORD: 'replica' })).rejects.toMatchObject({ code: 1 });
  const left =
    "select to_regclass('products') as goods, (select count(*)::int from pg_roles where rolname = 'shop') as roles";
  expect(await valueOf(url, left)).toEqual({ goods: null, roles: 0 });
});

test('every role logs in with the one password, and preparing again keeps what was sold since', async () => {
  const url = await database('shop');
  const variables = { OPERATOR_URL: url, REPLICA_PASSWORD: "it's public" };
  await prepare(variables);
  for (const role of replicaRoles)
    expect(await valueOf(loginUrl(role, "it's public"), 'select current_user as me')).toEqual({ me: role });
  await expect(valueOf(loginUrl('shop', 'another'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  await asOperator(url, (client) => client.query('update products set stock = stock - 1 where id = 1'));
  await prepare(variables);
  expect(await valueOf(url, booksSql)).toEqual({ stock: 499_999, sold: 0 });
});
