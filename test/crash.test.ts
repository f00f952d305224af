/**
 * A small part of the crash proof (`npm run test:crash` is the whole): on a PostgreSQL and a fault proxy that outlive the
 * run, whatever is killed, an inspector that shares no code with `src/` finds everything as it was.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBed, type Bed } from './safety/bed.ts';
import { randomCrashes } from './safety/crashes.ts';
import { differences, type State } from './safety/inspector.ts';
import { crash, inspect, type Crash } from './safety/round.ts';

let bed: Bed;
let before: State;
let configuration: string;
beforeAll(async () => {
  bed = await openBed();
  configuration = await bed.service.readConfiguration();
  before = await inspect(bed);
});
afterAll(() => bed.close());

const found = async (): Promise<readonly string[]> => differences(before, await inspect(bed));

const sql = async (...statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: bed.addresses.operatorUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

const toxics = (): string => `${bed.addresses.toxiproxyUrl}/proxies/postgres/toxics`;

test.each<[string, () => Promise<unknown>, RegExp, () => Promise<unknown>]>([
  [
    'a connection limit of a role',
    () => sql('alter role neighbour connection limit 3'),
    /^roles: now neighbour 3 /,
    () => sql('alter role neighbour connection limit 25'),
  ],
  [
    'a prepared transaction, and its lock',
    () => sql('begin', 'lock table goods', "prepare transaction 'gameday'"),
    /^locks: now relation AccessExclusiveLock goods$/,
    () => sql("rollback prepared 'gameday'"),
  ],
  [
    'a setting for one database',
    () => sql("alter database postgres set work_mem = '6MB'"),
    /^role settings: now \d+ - \{work_mem=6MB\}$/,
    () => sql('alter database postgres reset work_mem'),
  ],
  [
    'a line of pg_hba.conf',
    async () => writeFileSync(join(bed.dataFolder, 'pg_hba.conf'), `# x\n${hba()}`),
    /^pg_hba.conf: now /,
    async () => writeFileSync(join(bed.dataFolder, 'pg_hba.conf'), hba().replace('# x\n', '')),
  ],
  [
    'a toxic',
    () => fetch(toxics(), { method: 'POST', body: '{"type":"latency","name":"left","attributes":{"latency":1}}' }),
    /^toxics: now .*"left"/,
    () => fetch(`${toxics()}/left`, { method: 'DELETE' }),
  ],
  [
    'a configuration of the service that is another',
    () => bed.service.writeConfiguration(`${configuration} `),
    /^service configuration: now /,
    () => bed.service.writeConfiguration(configuration),
  ],
  [
    'a service that runs with another pool than its configuration says',
    async () => {
      await bed.service.writeConfiguration(configuration.replace('"max": 10', '"max": 3'));
      await bed.service.restart();
      await bed.service.writeConfiguration(configuration);
    },
    /^service: now shop_pool_max 3$/,
    () => bed.service.restart(),
  ],
])('the inspector sees %s', async (_, change, line, back) => {
  await change();
  expect(await found()).toContainEqual(expect.stringMatching(line));
  await back();
  expect(await found()).toEqual([]);
});

const hba = (): string => readFileSync(join(bed.dataFolder, 'pg_hba.conf'), 'utf8');

test.each<[string, Crash]>([
  ['the conductor, while it injects', crashOf('lower-connection-limit', 'conductor', { phase: 'injecting', nth: 2 })],
  ['conductor and watchdog, in the middle', crashOf('add-latency', 'both', { phase: 'injecting', nth: 3 })],
  ['the launcher, while a fault is held', crashOf('throttle-bandwidth', 'launcher', { phase: 'held' })],
  ['the watchdog, in the middle', crashOf('shrink-pool', 'watchdog', { phase: 'injecting', nth: 3 })],
  [
    'a conductor that freezes, while it undoes',
    crashOf('hold-connections', 'frozen conductor', { phase: 'undoing', nth: 1 }),
  ],
])('after the end of %s, everything is as it was', async (_, each) => {
  const { problems, reached } = await crash(bed, before, each);
  expect({ problems, reached }).toEqual({ problems: [], reached: true });
});

test('the same seed makes the same crashes', () => {
  expect(randomCrashes(7, 20)).toEqual(randomCrashes(7, 20));
  expect(randomCrashes(7, 20)).not.toEqual(randomCrashes(8, 20));
});

function crashOf(fault: Crash['fault'], victim: Crash['victim'], point: Crash['point']): Crash {
  return { fault, victim, point };
}
