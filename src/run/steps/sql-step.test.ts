import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Step } from '../../documents/runbook.ts';
import { openPostgres, type PostgresServer } from '../../embedded/postgres/postgres.ts';
import { ms } from '../../units.ts';
import type { StepContext } from './attempt.ts';
import { capturedText, runStep, type StepResult } from './run-step.ts';
import { contextOf, expression, stepOf } from './step.fixture.ts';

let folder: string;
let server: PostgresServer;
let operator: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-'));
  const settings = { max_connections: 10, superuser_reserved_connections: 3, reserved_connections: 2 };
  server = await openPostgres({ folder, logFile: join(folder, 'log'), settings });
  operator = new Client({ connectionString: server.operatorUrl });
  await operator.connect();
  await operator.query(`
    create role dba superuser login password 'x';
    create role weak login password 'x';
    create role locked_out login password 'x' connection limit 0;
    create role oncall login password 'x';
    grant pg_use_reserved_connections to oncall;
    create table stock (item text, units int);
    insert into stock values ('a', 1), ('b', null);
    grant select on stock to weak`);
});
afterAll(async () => {
  await operator.end();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const asRole = (role: string): Step['on'] => ({ name: role, role, via: 'direct' });
const run = (
  statements: string | readonly string[],
  step: Partial<Step> = {},
  context: Partial<StepContext> = {},
): Promise<StepResult> => {
  const list = typeof statements === 'string' ? [statements] : statements;
  const full = stepOf({ language: 'sql', body: list.join(';'), statements: list, on: asRole('dba')!, ...step });
  const connectionString = (role: string): string => `postgresql://${role}:x@127.0.0.1:${server.port}/postgres`;
  return runStep(full, contextOf({ connectionString, ...context }));
};
/** What other sessions run, by the name under which steps log in. */
const sessions = async (): Promise<readonly { query: string; state: string }[]> =>
  (
    await operator.query<{ query: string; state: string }>(
      "select query, state from pg_stat_activity where application_name = 'gameday/test'",
    )
  ).rows;

describe('a sql step', () => {
  test('logs in as its role, under its own name, with bounds on the server side', async () => {
    const text = `select current_user, current_setting('application_name') as name, current_setting('statement_timeout') as statement,
      current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') <> '0' as idle,
      current_setting('transaction_read_only') as read_only`;
    const { facts } = await run(text, { danger: 'read', on: asRole('weak')! });
    const [row] = facts.rows;
    expect(row).toMatchObject({ current_user: 'weak', name: 'gameday/test', lock: '5s', idle: true, read_only: 'on' });
    expect(row?.['statement']).not.toBe('0');
  });

  test('has numbers, truth, intervals in seconds and NULL as values', async () => {
    const { facts } = await run(
      "select 1::int8 as n, 0.5::numeric as half, true as yes, null::int as nothing, '-1 day -00:01:30.5'::interval as span, 'NaN'::float8 as nan",
    );
    expect(facts.rows).toEqual([{ n: 1, half: 0.5, yes: true, nothing: null, span: -86_490.5, nan: null }]);
  });

  test('answers with the rows of its last query, and captures its first value', async () => {
    const result = await run(['select 1', 'select units from stock where item = $$a$$', 'set work_mem = 64']);
    expect(result).toMatchObject({ outcome: 'passed', detail: 'units = 1', facts: { rows: [{ units: 1 }] } });
    expect(capturedText(result.facts)).toBe('1');
  });

  test('cannot write while it declares that it reads', async () => {
    const result = await run('insert into stock values ($$c$$, 1)', { danger: 'read' });
    expect(result).toMatchObject({ outcome: 'failed', sqlState: '25006' });
  });

  test('may change the server itself, statement by statement, outside a transaction', async () => {
    expect(await run(["alter system set work_mem = '5MB'", 'select pg_reload_conf()'])).toMatchObject({
      outcome: 'passed',
    });
    expect((await run('alter system reset work_mem')).outcome).toBe('passed');
  });

  test('stops at the statement that fails and says which one of how many', async () => {
    const result = await run(['create table made (a int)', 'select 1/0', 'drop table made']);
    expect(result).toMatchObject({
      outcome: 'failed',
      detail: 'statement 2 of 3: division by zero',
      sqlState: '22012',
    });
    expect((await run('drop table made')).outcome).toBe('passed');
  });

  test('whose expectation cannot even be asked is errored', async () => {
    expect(await run('select 1/0', { expect: expression('value > 0') })).toMatchObject({
      outcome: 'errored',
      sqlState: '22012',
    });
  });

  test('fails with its expression and the actual value', async () => {
    expect(await run('select 0 as waiting', { expect: expression('value > 0') })).toMatchObject({
      outcome: 'failed',
      detail: 'value > 0, but value was 0',
    });
    expect(await run('select units from stock where item = $$b$$', { expect: expression('value < 5') })).toMatchObject({
      outcome: 'failed',
      detail: 'value < 5, but value was NULL',
    });
  });
});

describe('a sql step that does not get that far', () => {
  test('is blocked when every slot is taken, and says so in words', async () => {
    const result = await run('select 1', { on: asRole('locked_out')! });
    expect(result).toMatchObject({ outcome: 'blocked', sqlState: '53300' });
    expect(result.detail).toBe(
      'login as locked_out was refused, no connection slot is free for it: too many connections for role "locked_out"',
    );
  });

  describe('because others fill the reserved slots', () => {
    const crowd = async (free: number): Promise<{ leave: () => Promise<void> }> => {
      const taken = await operator.query("select from pg_stat_activity where backend_type = 'client backend'");
      const others = Array.from(
        { length: 10 - free - taken.rowCount! },
        () => new Client({ connectionString: server.operatorUrl }),
      );
      for (const each of others) await each.connect();
      const ended = new Map<Client, Promise<void>>();
      const end = (each: Client): Promise<void> => ended.get(each) ?? ended.set(each, each.end()).get(each)!;
      onTestFinished(async () => void (await Promise.all(others.map(end))));
      return { leave: () => end(others[0]!) };
    };

    test('gets in when one of them is free again, if its role may have it', async () => {
      const { leave } = await crowd(3);
      setTimeout(() => void leave(), 300);
      expect(await run('select 1', { on: asRole('oncall')! })).toMatchObject({ outcome: 'passed' });
    });

    test('is blocked in the end when none is', async () => {
      await crowd(3);
      const result = await run('select 1', { on: asRole('oncall')! });
      expect(result).toMatchObject({ outcome: 'blocked', sqlState: '53300' });
      expect(result.detail).toContain('are reserved for roles with the SUPERUSER attribute');
    });

    test('is blocked at once when they are not for its role, and does not outwait it', async () => {
      const { leave } = await crowd(5);
      setTimeout(() => void leave(), 300);
      const result = await run('select 1', { on: asRole('weak')! });
      expect(result).toMatchObject({ outcome: 'blocked', sqlState: '53300' });
      expect(result.detail).toContain('pg_use_reserved_connections');
    });

    test('stops with the run while it is refused', async () => {
      await crowd(3);
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 300);
      const result = await run('select 1', { on: asRole('oncall')! }, { signal: stop.signal });
      expect(result).toMatchObject({ outcome: 'cancelled' });
    });
  });

  test('is blocked when its role lacks a permission', async () => {
    const result = await run('delete from stock where item = $$a$$', { on: asRole('weak')! });
    expect(result).toMatchObject({
      outcome: 'blocked',
      sqlState: '42501',
      detail: 'weak lacks a permission: permission denied for table stock',
    });
  });

  test('is errored when its role is not known, or nothing listens', async () => {
    const stranger = await run('select 1', { on: asRole('stranger')! });
    expect(stranger).toMatchObject({ outcome: 'errored', sqlState: '28P01' });
    const connectionString = (): string => 'postgresql://dba:x@127.0.0.1:1/postgres';
    const nobody = await run('select 1', {}, { connectionString });
    expect(nobody.outcome).toBe('errored');
    expect(nobody.detail).toContain('login as dba did not get through: connect ECONNREFUSED');
  });
});

describe('a sql step that takes too long', () => {
  test('is timed out, and its statement no longer runs on the server', async () => {
    const result = await run('select pg_sleep(60)', { timeoutMs: ms(300) });
    expect(result).toMatchObject({ outcome: 'timed-out', detail: 'not done within 300ms' });
    await vi.waitFor(async () => expect(await sessions()).toEqual([]));
  });

  test('is timed out when something accepts its login and never answers', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const connectionString = (): string => `postgresql://dba:x@127.0.0.1:${port}/postgres`;
    expect(await run('select 1', { timeoutMs: ms(200) }, { connectionString })).toMatchObject({ outcome: 'timed-out' });
    await new Promise((resolve) => void silent.close(resolve));
  });

  test('is cancelled with the run, and its statement no longer runs on the server', async () => {
    const stop = new AbortController();
    const running = run('select pg_sleep(60)', {}, { signal: stop.signal });
    await vi.waitFor(async () => expect(await sessions()).toMatchObject([{ state: 'active' }]));
    stop.abort();
    expect(await running).toMatchObject({ outcome: 'cancelled' });
    await vi.waitFor(async () => expect(await sessions()).toEqual([]));
  });
});

describe('a sql step that waits', () => {
  test('logs in afresh for every attempt and passes when its condition holds', async () => {
    await operator.query('create sequence polls');
    const text = "select nextval('polls') as n, pg_backend_pid() as pid";
    const result = await run(text, { until: expression('col(n) >= 3') });
    expect(result).toMatchObject({ outcome: 'passed', attempts: 3 });
    expect(await sessions()).toEqual([]);
  });

  test('keeps asking over refused logins until it gets in', async () => {
    const running = run('select 1', { on: asRole('locked_out')!, until: expression('value = 1') });
    setTimeout(() => void operator.query('alter role locked_out connection limit 5'), 200);
    const result = await running;
    await operator.query('alter role locked_out connection limit 0');
    expect(result.outcome).toBe('passed');
    expect(result.attempts).toBeGreaterThan(1);
  });

  test('ends with its timeout and with the last reason', async () => {
    const result = await run('select 1', {
      on: asRole('locked_out')!,
      until: expression('value = 1'),
      timeoutMs: ms(500),
    });
    expect(result).toMatchObject({ outcome: 'timed-out', sqlState: '53300' });
    expect(result.detail).toContain('not done within 500ms: login as locked_out was refused');
  });

  test('survives a server that is away for a moment', async () => {
    await operator.end();
    const running = run('select now() - pg_postmaster_start_time() as age, pg_sleep(0.05)', {
      until: expression('col(age) > 400ms'),
    });
    await server.restart();
    operator = new Client({ connectionString: server.operatorUrl });
    await operator.connect();
    expect((await running).outcome).toBe('passed');
  });
});
