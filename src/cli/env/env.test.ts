/** The commands around a target of the team's own, in this process, against real servers. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStaging, passwords, type Staging } from '../../environments/attached/staging.fixture.ts';
import { showProblems, GamedayError } from '../../errors.ts';
import { openSecrets } from '../../safety/secrets.ts';
import { CommandLine } from '../command-line.ts';
import type { CommandContext } from '../command.ts';
import { addDrill } from '../drill/drill.ts';
import { addEnv } from './env.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { openProject } from '../project/project.ts';
import { addVerify } from '../verify.ts';

let staging: Staging;
beforeAll(async () => void (staging = await openStaging()));
afterAll(async () => await staging?.close());
beforeEach(async () => void (await staging.sql('comment on database shop is null; alter database shop owner to shop')));

const experiment = `version: 1
title: Somebody holds the slots
summary: A neighbour keeps sessions that it does not use.
service:
  instances: 1
  pool: { max: 2, acquireTimeout: 300ms, idleTimeout: 1s }
load: { arrivals: constant, rate: 10/s }
steadyState:
  - { name: the neighbour is modest, sql: "select count(*) < 10 from pg_stat_activity where usename = 'reporting'" }
faults:
  - { at: 0s, hold-connections: { count: 18 } }
expect: {}
truth:
  components: [database]
  causes: [database/slots-held]
  severity: SEV-3
  healed:
    - { sql: "select count(*) < 10 from pg_stat_activity where usename = 'reporting'" }
`;

type Change = readonly (readonly [string, string])[];

const projectOf = ({ settings = [], written = [] }: { settings?: Change; written?: Change }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-envcli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'experiments'));
  cpSync(resolve(import.meta.dirname, '../../../monitoring'), join(folder, 'monitoring'), { recursive: true });
  writeFileSync(join(folder, 'gameday.yaml'), staging.settings(...settings));
  const text = written.reduce((before, [from, to]) => before.replace(from, to), experiment);
  writeFileSync(join(folder, 'experiments/held.yaml'), text);
  return folder;
};

type Given = { settings?: Change; written?: Change; env?: Readonly<Record<string, string>>; types?: string };

/** `gameday WORDS`. @param types What a person at the terminal types; nobody is there unless given. */
const gameday = async (words: string, { env = {}, types, ...files }: Given = {}) => {
  const folder = projectOf(files);
  const secrets = openSecrets({ ...staging.env, ...env });
  const printed = { out: '', err: '' };
  const context = {
    secrets,
    env,
    version: '0',
    signal: new AbortController().signal,
    guard: { gone: new AbortController().signal },
    project: () => Promise.resolve(openProject(folder, undefined)),
    terminal: {
      out: (text: string) => void (printed.out += `${secrets.redact(text)}\n`),
      err: (text: string) => void (printed.err += `${secrets.redact(text)}\n`),
      lines: async function* () {
        if (types !== undefined) yield await Promise.resolve(types);
      },
      face: { inputIsTerminal: types !== undefined, outputIsTerminal: false, columns: 80, rows: 24 },
    },
  } as unknown as CommandContext; // what these commands use of it
  const program = new CommandLine('gameday').exitOverride();
  let exitCode: number | undefined;
  for (const add of [addEnv, addVerify, addDrill])
    add(program, (action) => async (...given) => {
      exitCode = await action(context, ...given);
    });
  try {
    await program.parseAsync(words.split(' '), { from: 'user' });
  } catch (error) {
    if (!(error instanceof GamedayError)) throw error;
    printed.err += showProblems(error.problems);
    exitCode = exitCodeOf[error.code];
  }
  const started = existsSync(join(folder, '.gameday'));
  return { exitCode, ...printed, started };
};

/** What anybody could have written: rows, transactions that got an id, sessions that stayed, toxics. */
const written = async () => {
  const [server] = await staging.sql(
    `select (select sum(tup_inserted + tup_updated + tup_deleted)::text from pg_stat_database) as rows,
       pg_snapshot_xmax(pg_current_snapshot())::text as next, pg_current_wal_insert_lsn()::text as wal,
       (select string_agg(application_name, ' ') from pg_stat_activity where application_name like 'gameday%') as sessions`,
  );
  return { server, proxies: await (await fetch(`${staging.toxiproxy.url}/proxies`)).json() };
};

describe('gameday env check', () => {
  test('of a target that is not marked ends with 6, the rule, its place and the way to satisfy it', async () => {
    const { exitCode, err, out } = await gameday('env check staging');
    expect(exitCode).toBe(6);
    expect(err).toBe(
      `error: database shop at 127.0.0.1 carries no marker: its owner has not opted in
  at   gameday.yaml:3:3
  rule marker
  try  its owner runs: gameday env mark staging`,
    );
    expect(out).toContain('gd_operator@127.0.0.1:');
    expect(out + err).not.toMatch(new RegExp(Object.values(passwords).join('|')));
  });

  test('of a target that satisfies every rule ends with 0, and its JSON says everything but passwords', async () => {
    await staging.mark();
    const { exitCode, out } = await gameday('env check --experiment held --json');
    expect(exitCode).toBe(0);
    const { environment } = JSON.parse(out) as { environment: Record<string, unknown> };
    expect(environment).toMatchObject({ name: 'staging', capabilities: ['proxy'], refused: [], troubles: [] });
    expect(JSON.stringify(environment['experiments'])).toContain('set client_connection_check_interval = N');
    expect(out).not.toContain('sesame');
  });

  test('writes nothing, and neither does a dry run', async () => {
    await staging.mark();
    await gameday('env check'); // what the first look of a session caches
    const before = await written();
    expect((await gameday('env check --experiment held')).exitCode).toBe(0);
    const dry = await gameday('verify held --env staging --dry-run');
    expect(dry).toMatchObject({ exitCode: 0, started: false });
    expect(dry.out).toContain('Nothing was started, and nothing was changed.');
    expect((await gameday('drill held --env staging --dry-run')).exitCode).toBe(6);
    expect(await written()).toEqual(before);
  });

  test('names a variable that is not set, and an environment that there is not', async () => {
    expect((await gameday('env check staging', { env: { STAGING_OPERATOR_URL: '' } })).err).toContain(
      'error: operator: the environment variable STAGING_OPERATOR_URL is not set\n  at   gameday.yaml:3:3',
    );
    expect((await gameday('env check stagin')).err).toBe(
      'error: there is no environment "stagin"\n  try  did you mean "staging"?',
    );
  });
});

describe('gameday verify --env', () => {
  test('starts nothing where a rule refuses, and says all of them', async () => {
    const { exitCode, err, started } = await gameday('verify held --env staging', {
      written: [['count: 18', 'count: 30']],
    });
    expect({ exitCode, started }).toEqual({ exitCode: 6, started: false });
    expect([...err.matchAll(/^ {2}rule (.*)$/gm)].map(([, rule]) => rule)).toEqual(['marker', 'blast-radius']);
    expect(err).toContain(`error: held asks for 32 connections; environment "staging" allows 20
  at   experiments/held.yaml:11:5`);
  });

  test('refuses an experiment that expects alerts where nobody evaluates them, by name', async () => {
    await staging.mark();
    const alerts =
      'expect: { alerts: [{ name: ShopErrorRateHigh, labels: { severity: page }, within: 2m, receiver: pager }] }';
    const { exitCode, err } = await gameday('verify held --env staging', { written: [['expect: {}', alerts]] });
    expect(exitCode).toBe(6);
    expect(err).toContain('error: held needs prometheus, alertmanager; environment "staging" cannot do that');
  });

  test('has no speed of its own', async () => {
    expect((await gameday('verify held --env staging --speed 30')).err).toBe(
      'error: --speed is 30; environment "staging" has alerting of its own, which runs in real time\n  try  leave --speed out',
    );
  });
});

describe('what looks like production', () => {
  const live: Change = [['databases: [shop]', 'databases: [live]']];
  const atLive = async (words: string, given: Given = {}) => {
    await staging.sql('select 1');
    const env = Object.fromEntries(
      Object.entries(staging.env).map(([name, url]) => [name, url.replace(/\/shop$/, '/live')]),
    );
    return gameday(words, { settings: live, ...given, env: { ...env, ...given.env } });
  };
  beforeAll(async () => void (await staging.sql('create database live owner gd_operator')));

  test('is marked only by a person who types its name, whatever --yes says', async () => {
    const refused = 'error: environment "staging" looks like production: database live';
    const alone = await atLive('env mark staging --yes');
    expect(alone.exitCode).toBe(6);
    expect(alone.err).toContain(`${refused}\n  at   gameday.yaml:3:3\n  rule production`);
    expect((await atLive('env mark staging', { types: 'live', env: { CI: 'true' } })).exitCode).toBe(6);
    expect((await atLive('env mark staging', { types: 'yes' })).err).toContain(
      'nothing was done; what was typed is not live',
    );
    expect(await atLive('env mark staging', { types: 'live' })).toMatchObject({ exitCode: 0 });
  });

  test('is tried only after a person has typed its name; to see what would be done nobody has to', async () => {
    expect((await atLive('verify held --env staging')).exitCode).toBe(6);
    expect((await atLive('verify held --env staging', { types: 'live', env: { CI: '1' } })).exitCode).toBe(6);
    expect((await atLive('verify held --env staging --dry-run')).exitCode).toBe(0);
  });

  test('can be unmarked by anybody who owns it', async () => {
    expect(await atLive('env unmark staging --yes')).toMatchObject({ exitCode: 0 });
    expect((await atLive('env check staging')).err).toContain('carries no marker');
  });
});

describe('gameday env mark', () => {
  test('by who does not own the database says what its owner has to run', async () => {
    const { exitCode, err } = await gameday('env mark staging --yes');
    expect(exitCode).toBe(3);
    expect(err).toContain('error: gd_operator does not own database shop at 127.0.0.1:');
    expect(err).toMatch(/try {2}have its owner run: COMMENT ON DATABASE "shop" IS E'gameday may break/);
  });

  test('keeps the comment that is there, and unmark brings it back', async () => {
    await staging.sql("alter database shop owner to gd_operator; comment on database shop is 'ask team-shop'");
    expect(await gameday('env mark staging', { types: 'shop' })).toMatchObject({ exitCode: 0 });
    expect((await gameday('env check staging')).exitCode).toBe(0);
    expect((await gameday('env mark staging')).out).toMatch(/is marked; nothing to do/);
    expect(await gameday('env unmark staging', { types: 'shop' })).toMatchObject({ exitCode: 0 });
    const [found] = await staging.sql(
      "select shobj_description(oid, 'pg_database') as text from pg_database where datname = 'shop'",
    );
    expect(found).toEqual({ text: 'ask team-shop' });
  });

  test('of a database that is not on the allow list is refused, and nobody logs in there', async () => {
    const { exitCode, err } = await gameday('env mark staging --yes', { settings: [['[shop]', '[crm]']] });
    expect(exitCode).toBe(6);
    expect(err).toContain('error: operator leads to database shop; environment "staging" allows crm');
  });

  test('does nothing unless the name of the database is typed', async () => {
    await staging.sql('alter database shop owner to gd_operator');
    expect(await gameday('env mark staging', { types: 'y' })).toMatchObject({ exitCode: 6 });
    expect((await gameday('env mark staging')).err).toContain('error: nobody is there to confirm it');
    expect((await gameday('env check staging')).exitCode).toBe(6);
  });
});

test('gameday env grants prints the script and no password', async () => {
  const { out, exitCode } = await gameday('env grants staging');
  expect(exitCode).toBe(0);
  expect(out).toContain('grant pg_monitor to "gd_operator";');
  expect(out).toContain('alter role "reporting" connection limit 20;');
  expect(out).not.toMatch(/sesame|superuser;/);
});
