import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import { askSql, type Answer } from './ask-sql.ts';

let folder: string;
let server: PostgresServer;
let operator: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-'));
  server = await openPostgres({ folder, logFile: join(folder, 'log'), settings: { max_connections: 10 } });
  operator = new Client({ connectionString: server.operatorUrl });
  await operator.connect();
  await operator.query(`
    create role oncall login password 'x' in role pg_monitor, pg_signal_backend;
    create role locked_out login password 'x' connection limit 0;
    create role almighty superuser login password 'x';
    create table stock (item text, units int);
    insert into stock values ('größe', 1), ('b', null);
    grant all on stock to oncall`);
});
afterAll(async () => {
  await operator.end();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ask = (text: string, role = 'oncall', signal = new AbortController().signal): Promise<Answer> =>
  askSql(text, {
    connectionString: `postgresql://${role}:x@127.0.0.1:${server.port}/postgres`,
    applicationName: 'gameday/test/sql',
    signal,
  });
const untouched = async (): Promise<void> => {
  const { rows } = await operator.query('select item, units from stock order by item');
  expect(rows).toEqual([
    { item: 'b', units: null },
    { item: 'größe', units: 1 },
  ]);
};

describe('a question in SQL', () => {
  test('is answered as a table, numbers to the right and NULL empty', async () => {
    expect(await ask('select item, units from stock order by item;')).toEqual({
      ok: true,
      summary: '2 rows',
      lines: [' item  | units', '-------+-------', ' b     |', ' größe |     1', '(2 rows)'],
    });
  });

  test('logs in as the role on call, past nobody, and can only read', async () => {
    const { lines } = await ask(
      `select current_user, current_setting('transaction_read_only') as ro, current_setting('statement_timeout') as st`,
    );
    expect(lines[2]).toBe(' oncall       | on | 5s');
  });

  test('shows 200 rows of any number, and not what is too large to read', async () => {
    const many = await ask('select generate_series(1, 100000000) as n');
    expect(many).toMatchObject({ ok: true, summary: 'the first 200 rows of more' });
    expect(many.lines).toHaveLength(203);
    expect((await ask('select n from generate_series(1, 200) as n')).summary).toBe('200 rows');
    expect(await ask("select repeat('x', 100000000)")).toMatchObject({
      summary: 'the answer is larger than 4 MiB; ask for less of it',
    });
    await vi.waitFor(async () => {
      const { rows } = await operator.query("select from pg_stat_activity where application_name = 'gameday/test/sql'");
      expect(rows).toEqual([]);
    });
  });

  test('that is wrong is answered in the words of the server, with its state and place', async () => {
    expect(await ask('select units\nfrom stok')).toEqual({
      ok: false,
      summary: '42P01: relation "stok" does not exist',
      lines: ['ERROR:  42P01: relation "stok" does not exist', 'LINE 2: from stok', '             ^'],
    });
    expect((await ask('selec 1')).summary).toBe('42601: syntax error at or near "selec"');
  });

  test('without a statement, or with one that has no rows, is answered all the same', async () => {
    expect(await ask('-- nothing')).toMatchObject({ ok: true, summary: 'there was no statement' });
    expect(await ask('set work_mem = 64')).toMatchObject({ ok: true, summary: 'SET', lines: [] });
    expect((await ask('explain select 1')).ok).toBe(true);
  });

  test('is refused like any login when no slot is free', async () => {
    expect(await ask('select 1', 'locked_out')).toEqual({
      ok: false,
      summary: '53300: too many connections for role "locked_out"',
      lines: ['FATAL:  53300: too many connections for role "locked_out"'],
    });
  });

  test('is cut off with the run, and by our own clock where a server says nothing', async () => {
    const stop = new AbortController();
    const asked = ask('select pg_sleep(60)', 'oncall', stop.signal);
    await vi.waitFor(async () => {
      const { rows } = await operator.query(
        "select from pg_stat_activity where query like '%sleep(60)' and state = 'active'",
      );
      expect(rows).toHaveLength(1);
    });
    stop.abort();
    expect((await asked).ok).toBe(false);
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const signal = AbortSignal.timeout(200);
    const connectionString = `postgresql://oncall:x@127.0.0.1:${port}/postgres`;
    expect((await askSql('select 1', { connectionString, applicationName: 'x', signal })).ok).toBe(false);
    await new Promise((resolve) => void silent.close(resolve));
  });
});

describe('nothing changes by a question, whoever asks', () => {
  test.each([
    ['delete from stock', '25006'],
    ['with gone as (delete from stock returning *) select * from gone', '25006'],
    ['create table t ()', '25006'],
    ['select 1 into made', '25006'],
    ['explain analyze delete from stock', '25006'],
    ["alter system set work_mem = '64MB'", '25001'],
    ['commit; delete from stock', '42601'],
    ['rollback; set default_transaction_read_only = off; delete from stock', '42601'],
    ['select 1; select 2', '42601'],
    ["select nextval('pg_catalog.no')", '42P01'],
  ])('%s → %s', async (text, state) => {
    for (const role of ['oncall', 'almighty']) {
      const { ok, summary } = await ask(text, role);
      // What the role may not do at all is refused even earlier.
      expect([ok, summary.slice(0, 5)]).toEqual([
        false,
        role === 'oncall' && summary.startsWith('42501') ? '42501' : state,
      ]);
    }
    await untouched();
  });

  test('a transaction that is left in one question is not there in the next', async () => {
    expect(await ask('commit')).toMatchObject({ ok: true });
    expect(await ask('set transaction read write')).toMatchObject({ ok: true });
    expect(await ask('set session characteristics as transaction read write')).toMatchObject({ ok: true });
    expect((await ask('delete from stock')).summary).toMatch(/^25006/);
    await untouched();
  });

  test.each([
    ['select pg_terminate_backend(pid) from pg_stat_activity', 'pg_terminate_backend()'],
    ['select "pg_catalog"."pg_reload_conf"()', 'pg_reload_conf()'],
    ["select set_config('default_transaction_read_only', 'off', false)", 'set_config()'],
    ["select query_to_xml('select pg_reload_conf()', true, true, '')", 'query_to_xml()'],
    ['explain analyze select pg_cancel_backend(1)', 'pg_cancel_backend()'],
    ['do $$ begin perform pg_reload_conf(); end $$', 'DO block'],
  ])('%s never reaches the server, which would call it reading', async (text, reason) => {
    const { ok, summary } = await ask(text);
    expect(ok).toBe(false);
    expect(summary).toMatch(/^refused: sql only looks, and /);
    expect(summary).toContain(reason);
  });
});
