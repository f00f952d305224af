import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgres, type PostgresServer } from '../embedded/postgres/postgres.ts';
import { lockTarget } from './target-lock.ts';

let folder: string;
let server: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gd-lock-'));
  const logFile = join(folder, 'log');
  server = await openPostgres({ folder: join(folder, 'db'), logFile, settings: { max_connections: '10' } });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const sql = async (text: string): Promise<readonly { pid: number }[]> => {
  const client = new pg.Client({ connectionString: server.operatorUrl });
  await client.connect();
  try {
    return (await client.query<{ pid: number }>(text)).rows;
  } finally {
    await client.end();
  }
};
const locked = async (url = server.operatorUrl) => {
  const lock = await lockTarget(url);
  onTestFinished(async () => await lock[Symbol.asyncDispose]());
  return lock;
};
const holders = async (): Promise<readonly string[]> => {
  const rows = await sql("select pid from pg_stat_activity where application_name = 'gameday lock'").catch(() => []);
  return rows.map(({ pid }) => String(pid));
};
const endIt = "select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = 'gameday lock'";

test('one run has a server at a time, and the next one has it after that', async () => {
  const first = await locked();
  await expect(lockTarget(server.operatorUrl)).rejects.toMatchObject({
    code: 'REFUSED',
    message: expect.stringMatching(/^another run is going on at this server \(process \d+ in postgres\)$/),
  });
  await first[Symbol.asyncDispose]();
  await locked();
});

test('a run in another database of the same server is another run at this server', async () => {
  await sql('create database other');
  await locked();
  const other = server.operatorUrl.replace('/postgres?', '/other?');
  await expect(lockTarget(other)).rejects.toThrow(
    /^another run is going on at this server \(process \d+ in postgres\)$/,
  );
});

test('a lock that goes with a restart of the server is taken again', async () => {
  const lock = await locked();
  const [before] = await holders();
  await server.restart();
  await expect.poll(holders, { timeout: 5_000 }).toEqual([expect.not.stringMatching(`^${before}$`)]);
  expect(lock.lost.aborted).toBe(false);
});

test('a lock that somebody else took in between ends the run', async () => {
  const lock = await locked();
  const rival = new pg.Client({ connectionString: server.operatorUrl, application_name: 'gameday lock' });
  onTestFinished(async () => await rival.end());
  rival.on('error', () => {});
  await rival.connect();
  await sql(
    `${endIt} and pid <> (select pid from pg_stat_activity where application_name = 'gameday lock' order by backend_start desc limit 1)`,
  );
  await expect.poll(() => lock.lost.aborted, { timeout: 5_000 }).toBe(true);
  expect(lock.lost.reason).toMatchObject({
    message: expect.stringContaining('the lock on the server was lost: another run'),
  });
});
