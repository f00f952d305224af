/**
 * The one fault on a server of the team's own that nothing but its undo ends: `max_connections` lowered, with a restart. It
 * is accepted by name in `gameday.yaml`, by whoever can restart that server by hand at any hour.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStaging, passwords, type Staging } from '../../src/environments/attached/staging.fixture.ts';
import { gameday, leftBy, proven, runsOf, untilNothing } from '../gameday.fixture.ts';
import {
  endOf,
  journalOf,
  printedFor,
  ranSince,
  seenOf,
  stagingExperiment,
  stagingProject,
} from '../staging-project.fixture.ts';

let staging: Staging;
/** What names the command that restarts the server. */
let restart: readonly [string, string];
/** How much longer than usual the restart takes. */
let slowerByMs = 0;
let before: Awaited<ReturnType<typeof seenOf>>;
beforeAll(async () => {
  staging = await openStaging();
  restart = await staging.entrust(() => slowerByMs);
  await staging.mark();
  // The team has set it by itself: "as before" is neither the default nor what postgresql.conf says.
  await staging.sql("alter system set log_line_prefix = '%a|%u| '");
  await staging.sql('alter system set max_connections = 42');
  await staging.server.restart();
  before = await seenOf(staging);
});
afterAll(async () => await staging?.close());

const accept = ['    blastRadius:', '    accept: [lower-connection-limit]\n    blastRadius:'] as const;

const project = (...changes: readonly (readonly [string, string])[]): string => {
  const wide = "select current_setting('max_connections')::int > 30";
  const lowered = stagingExperiment('lower-connection-limit: { max_connections: 30 }', wide);
  return stagingProject({ lowered }, staging.settings(...changes));
};
const accepting = (): string => project(restart, accept);

const verify = (folder: string) => gameday(folder, 'verify', 'lowered', '--env', 'staging', staging.env);
const limit = async (): Promise<unknown> =>
  (
    await staging.sql('select setting, pending_restart as pending from pg_settings where name = $$max_connections$$')
  )[0];

test('accepted by name, it is injected, undone, and the server is as the team had set it, to the byte', async () => {
  const folder = accepting();
  const printed = await printedFor(folder, 'lowered', staging);
  const since = readFileSync(staging.logFile, 'utf8').length;
  const run = await proven(folder, 'verify', 'lowered', '--env', 'staging', staging.env);
  expect(await endOf(run)).toMatchObject({ code: 0 });
  expect(run.stdout()).toMatch(/fault 1-lower-connection-limit +injected, undone and seen restored/);
  expect(run.stdout()).toMatch(/the fault has an effect/);
  await expect.poll(() => seenOf(staging), { timeout: 5_000 }).toEqual(before);
  const ran = ranSince(staging, since);
  expect(ran).toContain('alter system set max_connections = 30');
  expect([...new Set(ran)].filter((statement) => !printed.has(statement))).toEqual([]);
  expect(journalOf(folder)).not.toMatch(new RegExp(Object.values(passwords).join('|')));
  expect(await untilNothing(() => runsOf(folder).flatMap(leftBy))).toEqual([]);
});

test('a server that takes longer to restart than any other undo may last is waited for', async () => {
  const run = verify(accepting());
  await run.shows('fault injected: 1-lower-connection-limit');
  slowerByMs = 21_000;
  const { said } = await endOf(run);
  slowerByMs = 0;
  expect(said).toMatch(/fault 1-lower-connection-limit +injected, undone and seen restored/);
  expect(await seenOf(staging)).toEqual(before);
});

test('killed while it is held, its watchdog puts the file back; the restart is left to a person, who is told how', async () => {
  const folder = accepting();
  const run = verify(folder);
  await run.shows('fault injected: 1-lower-connection-limit');
  expect(await limit()).toEqual({ setting: '30', pending: false });
  run.child.kill('SIGKILL');
  await run.exited;
  const [runId = ''] = runsOf(folder);
  await expect.poll(() => journalOf(folder), { timeout: 10_000 }).toContain('"type":"run.ended"');
  const [, failed = ''] = /("type":"fault.undoFailed".*)\}/.exec(journalOf(folder)) ?? [];
  expect(failed).toContain('"reason":"PostgreSQL has to be restarted, and nobody here can"');
  expect(failed).toContain(`"byHand":"ALTER SYSTEM SET max_connections = '42'; then restart PostgreSQL"`);
  const log = readFileSync(join(folder, '.gameday/runs', runId, 'watchdog.log'), 'utf8');
  expect(log).toContain('left: lower-connection-limit: max_connections = 30, then a restart');
  expect((await seenOf(staging)).server?.['auto_conf']).toBe(before.server?.['auto_conf']);
  expect(await limit()).toEqual({ setting: '30', pending: true });

  const other = gameday(folder, 'list', staging.env);
  expect(await other.exited).toBe(5);
  const early = gameday(folder, 'recover', staging.env);
  expect(await early.exited).toBe(5);
  expect(early.stderr()).toContain(
    'error: a fault may still be active: lower-connection-limit: max_connections = 30, then a restart (PostgreSQL has to be restarted, and nobody here can)',
  );
  expect(early.stderr()).toContain(
    "try  gameday recover, or by hand: ALTER SYSTEM SET max_connections = '42'; then restart PostgreSQL",
  );
  // As it says.
  await staging.sql("alter system set max_connections = '42'");
  await staging.server.restart();
  const recover = gameday(folder, 'recover', staging.env);
  expect(await endOf(recover)).toMatchObject({ code: 0 });
  expect(await seenOf(staging)).toEqual(before);
  expect(journalOf(folder)).toContain('"type":"fault.verified"');
  const list = gameday(folder, 'list', staging.env);
  expect(await endOf(list)).toMatchObject({ code: 0 });
});

test('killed together with its watchdog, it is put back by "gameday recover" and a restart', async () => {
  const folder = accepting();
  const run = verify(folder);
  await run.shows('fault injected: 1-lower-connection-limit');
  const [runId = ''] = runsOf(folder);
  const owner = JSON.parse(readFileSync(join(folder, '.gameday/runs', runId, 'owner.json'), 'utf8')) as {
    watchdog: { pid: number };
  };
  process.kill(owner.watchdog.pid, 'SIGKILL');
  run.child.kill('SIGKILL');
  await run.exited;
  expect((await seenOf(staging)).server?.['auto_conf']).not.toBe(before.server?.['auto_conf']);
  const recover = gameday(folder, 'recover', staging.env);
  expect(await recover.exited).toBe(5);
  expect((await seenOf(staging)).server?.['auto_conf']).toBe(before.server?.['auto_conf']);
  await staging.server.restart();
  const again = gameday(folder, 'recover', staging.env);
  expect(await endOf(again)).toMatchObject({ code: 0 });
  expect(await seenOf(staging)).toEqual(before);
});

test.each<[string, () => string, string, string]>([
  [
    'that does not accept it',
    () => project(restart),
    'lower-connection-limit does not end by itself: nothing but its undo ends it',
    'write accept: [lower-connection-limit] into environments.staging',
  ],
  [
    'that names no command to restart the server',
    () => project(accept),
    'lowered needs restart-postgres; environment "staging" cannot do that',
    'gameday env check staging shows why',
  ],
])('a gameday.yaml %s keeps it out: exit 6, and nothing is written', async (_, make, message, hint) => {
  const folder = make();
  const since = readFileSync(staging.logFile, 'utf8').length;
  const run = verify(folder);
  expect(await run.exited).toBe(6);
  expect(run.stderr()).toContain(`error: ${message}`);
  expect(run.stderr()).toContain(hint);
  expect(runsOf(folder)).toEqual([]);
  expect(ranSince(staging, since).filter((statement) => /^alter|terminate/.test(statement))).toEqual([]);
  expect(await seenOf(staging)).toEqual(before);
});

test('an operator that is no superuser keeps it out, too', async () => {
  await staging.sql('alter role gd_operator nosuperuser');
  try {
    const run = verify(accepting());
    expect(await run.exited).toBe(6);
    expect(run.stderr()).toContain('error: lowered needs settings; environment "staging" cannot do that');
  } finally {
    await staging.sql('alter role gd_operator superuser');
  }
});
