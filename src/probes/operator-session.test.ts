import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres, type PostgresServer } from '../embedded/postgres/postgres.ts';
import { schemaSql, seedSql } from '../shop/schema.ts';
import { openOperatorSession, type OperatorSession } from './operator-session.ts';
import { measure } from './measurement.ts';
import { takeSnapshot } from './snapshot.ts';

let folder: string;
let server: PostgresServer;
let operator: OperatorSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gd-probes-'));
  server = await openPostgres({ folder, logFile: join(folder, 'log'), settings: { max_connections: 10 } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  operator = await openOperatorSession(server.operatorUrl);
});
afterEach(() => operator[Symbol.asyncDispose]());

const apart = async (text: string): Promise<readonly pg.QueryResultRow[]> => {
  const client = new pg.Client({ connectionString: server.operatorUrl });
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
};
const oracles = (): Promise<readonly pg.QueryResultRow[]> =>
  apart("select pid from pg_stat_activity where application_name = 'gameday oracle'");
const kickOut = (): Promise<unknown> =>
  apart("select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = 'gameday oracle'");

test('what the oracle asks cannot be read in the database or in its log, whoever looks', async () => {
  await operator.truth('select /* CANARY */ true');
  await expect(operator.truth('select /* CANARY */ nobody()')).rejects.toThrow('nobody() does not exist');
  const seen = await apart("select query from pg_stat_activity where application_name = 'gameday oracle'");
  expect(seen).toEqual([{ query: '' }]);
  await expect(apart('select /* SHOWN */ nobody()')).rejects.toThrow('nobody()');
  const log = readFileSync(join(folder, 'log'), 'utf8');
  expect(log).toContain('SHOWN');
  expect(log).not.toContain('CANARY');
});

describe('the truth', () => {
  test.each([
    ['select true', true],
    ['select 1 > 2', false],
    ['select null::boolean', null],
    ['select true where false', null],
  ])('of %s is %s', async (sql, expected) => {
    expect(await operator.truth(sql)).toBe(expected);
  });

  test.each([
    ['select 1', 'expected true or false, got 1'],
    ["select 'yes'", 'expected true or false, got "yes"'],
    ['select true, false', 'expected one row with one value, got 1 with 2'],
    ['select true from generate_series(1, 3)', 'expected one row with one value, got 3 with 1'],
    ['select true; select true', 'expected one statement, got 2'],
    ['select nobody()', 'function nobody() does not exist'],
  ])('of %s cannot be told: %s', async (sql, message) => {
    await expect(operator.truth(sql)).rejects.toThrow(message);
  });
});

describe('the session of the oracle', () => {
  test('is opened again when it was thrown out, once for all who ask at that moment', async () => {
    await kickOut();
    await expect.poll(() => operator.truth('select true').catch(() => 'lost')).toBe(true);
    await kickOut();
    await expect.poll(() => operator.truth('select true').catch(() => 'lost')).toBe(true);
    expect((await oracles()).length).toBe(1);
    await kickOut();
    const asked = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 4 }, () => operator.truth('select true'))).catch(() => 'lost');
    await expect.poll(asked).toEqual([true, true, true, true]);
    expect((await oracles()).length).toBe(1);
    await operator[Symbol.asyncDispose]();
    await expect.poll(async () => (await oracles()).length).toBe(0);
  });

  test('is opened again after a restart', async () => {
    await server.restart();
    await expect.poll(() => operator.truth('select true').catch(() => 'lost')).toBe(true);
  });

  test('asks while every ordinary slot is taken, because it was there before', async () => {
    await apart("create role visitor login password 'x'");
    const visitors: pg.Client[] = [];
    const refusal = async (): Promise<unknown> => {
      for (;;) {
        const client = new pg.Client({ connectionString: `postgresql://visitor:x@127.0.0.1:${server.port}/postgres` });
        client.on('error', () => {});
        try {
          await client.connect();
        } catch (error) {
          return (error as { code?: string }).code;
        }
        visitors.push(client);
      }
    };
    try {
      expect(await refusal()).toBe('53300');
      expect(await operator.truth('select count(*) >= 7 from pg_stat_activity')).toBe(true);
    } finally {
      await Promise.all(visitors.map((client) => client.end()));
      await apart('drop role visitor');
    }
  });

  test('cannot be opened where nobody listens', async () => {
    await expect(openOperatorSession('postgresql://postgres@127.0.0.1:1/postgres')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a sql measurement', () => {
  const probe = (query: string) =>
    ({ name: 'x', written: query, at: { file: 'x', line: 1, column: 1 }, language: 'sql', query }) as const;
  const measured = (query: string): Promise<unknown> =>
    measure(probe(query), { prometheusUrl: 'http://127.0.0.1:1', operator }, AbortSignal.timeout(5_000));

  test('is good when it is true, and nothing else is', async () => {
    expect(await measured('select true')).toEqual({ value: 1, good: true });
    expect(await measured('select false')).toEqual({ value: 0, good: false });
    expect(await measured('select null::boolean')).toEqual({ value: null, good: false });
    expect(await measured('select 1')).toEqual({
      value: null,
      good: false,
      error: 'expected true or false, got 1',
    });
  });
});

describe('a snapshot', () => {
  beforeAll(() => apart(`${schemaSql}\n${seedSql}`));

  const changesOf = async (change: string, back: string): Promise<unknown> => {
    const before = await takeSnapshot(operator, true);
    await apart(change);
    try {
      const after = await takeSnapshot(operator, true);
      const keys = new Set([...Object.keys(before.state), ...Object.keys(after.state)]);
      return [...keys].flatMap((key) =>
        before.state[key] === after.state[key] ? [] : [`${key}: ${before.state[key]} → ${after.state[key]}`],
      );
    } finally {
      await apart(back);
    }
  };

  test('is the same twice, and knows the books of the shop', async () => {
    const first = await takeSnapshot(operator, true);
    expect(await takeSnapshot(operator, true)).toEqual(first);
    expect(first.books?.stock).toBeGreaterThan(0);
    expect(first.books?.sold).toBe(0);
  });

  test('shows what a runbook set, whether or not it is in effect', async () => {
    expect(await changesOf('alter system set max_connections = 100', 'alter system reset max_connections')).toEqual([
      'setting max_connections: 10 → 100',
    ]);
    expect(
      await changesOf("alter system set statement_timeout = '5s'", 'alter system reset statement_timeout'),
    ).toEqual(['setting statement_timeout: undefined → 5s']);
  });

  test('shows what a runbook did to roles, databases and tables', async () => {
    await apart('create role job login');
    expect(await changesOf('alter role job connection limit 3', 'alter role job connection limit -1')).toEqual([
      expect.stringMatching(/^role job: limit -1 .* → limit 3 /),
    ]);
    expect(await changesOf("alter role job set work_mem = '1MB'", 'alter role job reset all')).toEqual([
      expect.stringMatching(/^role job: .* → .* work_mem=1MB$/),
    ]);
    expect(await changesOf('alter role job superuser', 'alter role job nosuperuser')).toEqual([
      expect.stringMatching(/^role job: .* super f .* → .* super t /),
    ]);
    expect(
      await changesOf('alter database postgres connection limit 5', 'alter database postgres connection limit -1'),
    ).toEqual(['database postgres: limit -1 → limit 5']);
    expect(await changesOf('create table left_over (a int)', 'drop table left_over')).toEqual([
      'table public.left_over: undefined → postgres',
    ]);
    expect(await changesOf('grant job to postgres', 'revoke job from postgres')).toEqual([
      expect.stringMatching(/^member postgres of job: undefined → /),
    ]);
    await apart('drop role job');
  });

  test('shows in the books when goods vanish', async () => {
    const before = (await takeSnapshot(operator, true)).books!;
    await apart('update products set stock = stock - 5 where id = 1');
    const after = (await takeSnapshot(operator, true)).books!;
    expect(after.stock + after.sold).toBe(before.stock + before.sold - 5);
  });
});
