import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openReplica, type Replica } from '../environments/replica.fixture.ts';
import type { Environment } from '../environments/environment.ts';
import { reachOf, type Reach } from '../safety/reach.ts';
import { rollback, type UndoActs } from '../safety/rollback.ts';
import { decodeUndoLog, openUndoLog, type UndoEntry, type UndoLog } from '../safety/undo-log.ts';
import { seconds } from '../units.ts';
import { faults } from './catalogue.ts';
import type { Fault, Held } from './fault.ts';
import { sql, stateOf, type State } from './inspection.fixture.ts';
import { asOperator } from './operator.ts';
import { knowsTtl } from './toxics.ts';
import { undoers } from './undoers.ts';

let replica: Replica;
let environment: Environment;
let operatorUrl: string;
let acts: UndoActs;
let before: State;
let reach: Reach;
const ttlMs = seconds(60);

beforeAll(async () => {
  replica = await openReplica({ instances: 1 });
  ({ environment } = replica);
  ({ operatorUrl } = environment.postgres);
  const { restart, service } = environment;
  acts = { restart, readConfiguration: service.readConfiguration, writeConfiguration: service.writeConfiguration };
  reach = reachOf([operatorUrl, environment.toxiproxy.url]);
  before = await state();
});
afterAll(() => replica.remove());

const state = (): Promise<State> => stateOf(environment, replica.folder);
const alterSystem = (change: string): Promise<unknown> => sql(operatorUrl, `alter system ${change}`);

/** Those that are reserved for nobody. */
const ordinarySlots = (): number => {
  const of = (name: string): number => Number(before.settings[name]);
  return of('max_connections') - of('superuser_reserved_connections') - of('reserved_connections');
};

type Injected = { readonly log: UndoLog; readonly held: Held | undefined; readonly undo: Undo };
type Undo = () => Promise<readonly UndoEntry[]>;

/** An undo log of its own, the fault injected with it, and the rollback that every party to an undo carries out. */
const inject = async (name: string, params: unknown): Promise<Injected> => {
  const { log } = emptyLog();
  const held = await faultNamed(name).inject(params, {
    ...contextOf(name),
    intend: (record, byHand) => void log.intend({ what: name, byHand, ttlMs, record }),
  });
  let released: Promise<void> | undefined;
  const undo: Undo = async () => {
    await (released ??= held?.release());
    return rollback({ log, undoers, acts, reach });
  };
  onTestFinished(async () => void (await undo()));
  return { log, held, undo };
};

const emptyLog = (): { log: UndoLog; file: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-faults-'));
  const file = join(folder, 'undo.log');
  const log = openUndoLog(file);
  onTestFinished(() => (log.close(), rmSync(folder, { recursive: true })));
  return { log, file };
};

const contextOf = (name: string) => ({
  environment,
  tag: `gameday:test:1-${name}`,
  signal: new AbortController().signal,
  ttlMs,
});

const faultNamed = (name: string): Fault<unknown> => {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
};

/**
 * How long `text` takes through the proxy, as the service takes it; the login is not counted. The fastest of `times`: what
 * else the machine is doing only ever makes it slower.
 */
const milliseconds = async (text: string, times: number): Promise<number> => {
  const client = new pg.Client({ connectionString: environment.postgres.connectionString('shop', 'service') });
  await client.connect();
  let least = Infinity;
  for (let turn = 0; turn < times; turn++) {
    const startedAt = performance.now();
    await client.query(text);
    least = Math.min(least, performance.now() - startedAt);
  }
  await client.end();
  return least;
};

const each = [
  {
    name: 'lower-connection-limit',
    params: { max_connections: 25 },
    changes: { settings: { max_connections: '25' }, restartPending: [] },
  },
  { name: 'shrink-pool', params: { max: 1 }, changes: { poolMax: [1] } },
  { name: 'hold-connections', params: { count: 12 }, changes: { neighbours: 12 } },
  {
    name: 'throttle-bandwidth',
    params: { rateKbPerSecond: 50 },
    changes: { toxics: ['postgres: gameday:test:1-throttle-bandwidth-bandwidth-downstream bandwidth downstream'] },
  },
  {
    name: 'add-latency',
    params: { delay: 40, jitter: 0 },
    changes: {
      toxics: [
        'postgres: gameday:test:1-add-latency-latency-upstream latency upstream',
        'postgres: gameday:test:1-add-latency-latency-downstream latency downstream',
      ],
    },
  },
] as const;

describe.each(each)('the fault $name', ({ name, params, changes }) => {
  test('takes effect, and its undo leaves everything as it was, however often it is undone', async () => {
    const { undo, log } = await inject(name, params);
    expect(await state()).toMatchObject(changes);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
    const [{ record }] = log.entries() as [UndoEntry];
    const { undo: again, verify } = undoers[record.kind] as (typeof undoers)['folder.remove'];
    const context = { acts, reach, signal: AbortSignal.timeout(10_000) };
    await again(record as never, context);
    expect(await verify(record as never, context)).toBeUndefined();
    expect(await state()).toEqual(before);
  });

  test('changes nothing when its record cannot be written', async () => {
    const context = {
      ...contextOf(name),
      intend: () => {
        throw new Error('the disk is full');
      },
    };
    await expect(faultNamed(name).inject(params, context)).rejects.toThrow('the disk is full');
    expect(await state()).toEqual(before);
  });

  test('whose record was written and that then never came is undone without harm', async () => {
    const { log, file } = emptyLog();
    const context = {
      ...contextOf(name),
      intend: (record: Parameters<UndoLog['intend']>[0]['record'], byHand: string) => {
        log.intend({ what: name, byHand, ttlMs, record });
        throw new Error('killed here');
      },
    };
    await expect(faultNamed(name).inject(params, context)).rejects.toThrow('killed here');
    expect(decodeUndoLog(readFileSync(file, 'utf8')).map((entry) => entry.state)).toEqual(['intended']);
    expect(await rollback({ log, undoers, acts, reach })).toEqual([]);
    expect(await state()).toEqual(before);
  });
});

describe('the undo of lower-connection-limit', () => {
  const params = { max_connections: 25 };

  test('restores the limit when a runbook set another one that only the next restart brings', async () => {
    const { undo } = await inject('lower-connection-limit', params);
    await alterSystem('set max_connections = 100');
    await sql(operatorUrl, 'select pg_reload_conf()');
    await expect.poll(async () => (await state()).restartPending).toEqual(['max_connections']);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('restores the limit when a runbook set another one and restarted', async () => {
    const { undo } = await inject('lower-connection-limit', params);
    await alterSystem('set max_connections = 100');
    await alterSystem("set statement_timeout = '5s'");
    await environment.restart('postgres');
    expect((await state()).settings).toMatchObject({ max_connections: '100', statement_timeout: '5000' });
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('keeps what a person had set before the fault, whatever its spelling', async () => {
    const settings = [
      String.raw`log_line_prefix = '%m it''s "C:\new" %q'`,
      `search_path = '"$user"', 'public', 'Of ''us'''`,
      "work_mem = '5MB'",
      'vacuum_cost_delay = 0.5',
      "idle_session_timeout = ''",
    ];
    onTestFinished(async () => {
      await alterSystem('reset all');
      await sql(operatorUrl, 'select pg_reload_conf()');
    });
    for (const setting of settings.slice(0, 4)) await alterSystem(`set ${setting}`);
    const { autoConf } = await state();
    const { undo } = await inject('lower-connection-limit', params);
    await alterSystem('reset all');
    expect(await undo()).toEqual([]);
    expect((await state()).autoConf).toBe(autoConf);
  });

  test('gets in while every ordinary slot is taken', async () => {
    const { undo } = await inject('lower-connection-limit', params);
    const url = environment.postgres.connectionString('reporting', 'direct');
    const sessions: pg.Client[] = [];
    onTestFinished(async () => void (await Promise.allSettled(sessions.map((client) => client.end()))));
    const refused = async (): Promise<string | undefined> => {
      for (let taken = 0; taken <= params.max_connections; taken++) {
        const client = new pg.Client({ connectionString: url });
        client.on('error', () => {});
        try {
          await client.connect();
        } catch (error) {
          return (error as { code?: string }).code;
        }
        sessions.push(client);
      }
      return undefined;
    };
    expect(await refused()).toBe('53300');
    expect(await undo()).toEqual([]);
    expect({ ...(await state()), neighbours: 0 }).toEqual(before);
  });

  test('waits for a server that somebody is just restarting', async () => {
    const { undo } = await inject('lower-connection-limit', params);
    const restarting = environment.restart('postgres');
    expect(await undo()).toEqual([]);
    await restarting;
    expect(await state()).toEqual(before);
  });

  test('fails, and says why, where a restart is needed and nobody can restart', async () => {
    const { log, undo } = await inject('lower-connection-limit', params);
    const residue = await rollback({ log, undoers, acts: undefined, reach });
    expect(residue.map(({ reason }) => reason)).toEqual(['PostgreSQL has to be restarted, and nobody here can']);
    expect((await state()).settings).toMatchObject({ max_connections: '25' });
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });
});

describe('the undo of shrink-pool', () => {
  test('restores the pool when a runbook wrote the old size into the file and did not restart', async () => {
    const { undo } = await inject('shrink-pool', { max: 1 });
    await environment.service.writeConfiguration(before.configuration);
    expect((await state()).poolMax).toEqual([1]);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('restores the pool when the file was left so broken that the service cannot start', async () => {
    const { undo } = await inject('shrink-pool', { max: 1 });
    writeFileSync(join(replica.folder, 'shop.json'), '{ "pool": ');
    await expect(environment.restart('service')).rejects.toThrow('shop-1 did not start');
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('fails, and says why, where nobody can restart the service', async () => {
    const { log } = emptyLog();
    log.intend({
      what: 'a small pool',
      byHand: '',
      ttlMs,
      record: { kind: 'service.restore', configuration: before.configuration },
    });
    const residue = await rollback({ log, undoers, acts: undefined, reach });
    expect(residue.map(({ reason }) => reason)).toEqual([
      'the service has to be reconfigured and restarted, and nobody here can',
    ]);
  });
});

describe('hold-connections', () => {
  const sessionsOf = (): Promise<readonly { pid: number; name: string }[]> =>
    sql(
      operatorUrl,
      "select pid, application_name as name from pg_stat_activity where usename = 'reporting' order by pid",
    );

  test('takes its sessions again when they are ended, until it is released', async () => {
    const { held, undo } = await inject('hold-connections', { count: 5 });
    const first = await sessionsOf();
    expect(new Set(first.map(({ name }) => name))).toEqual(
      new Set([expect.stringMatching(/^nightly-report [0-9a-f]{12}$/)]),
    );
    await sql(operatorUrl, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reporting'");
    await expect.poll(async () => (await sessionsOf()).length, { timeout: 10_000 }).toBe(5);
    const second = await sessionsOf();
    expect(second.filter(({ pid }) => first.some((old) => old.pid === pid))).toEqual([]);
    await held?.release();
    await sql(operatorUrl, "select pg_terminate_backend(pid, 2000) from pg_stat_activity where usename = 'reporting'");
    expect(await sessionsOf()).toEqual([]);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('for a while comes to its end by itself, and its undo finds nothing left', async () => {
    const { undo } = await inject('hold-connections', { count: 5, for: 600 });
    expect((await state()).neighbours).toBe(5);
    await expect.poll(async () => (await sessionsOf()).length, { timeout: 10_000 }).toBe(0);
    expect(await state()).toEqual(before);
    expect(await undo()).toEqual([]);
  });

  test('takes the slots from a service that has them already', async () => {
    const share = ordinarySlots() - 3; // one is the exporter's
    let ended = 0;
    const rivals = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = new pg.Client({ connectionString: environment.postgres.connectionString('shop', 'service') });
        client.on('error', () => {}).on('end', () => ended++);
        await client.connect();
        return client;
      }),
    );
    onTestFinished(async () => void (await Promise.allSettled(rivals.map((client) => client.end()))));
    const { undo } = await inject('hold-connections', { count: share });
    expect((await state()).neighbours).toBe(share);
    expect(ended).toBe(rivals.length);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('is found by its undo however long its tag is', async () => {
    const { log } = emptyLog();
    const held = await faultNamed('hold-connections').inject(
      { count: 2 },
      {
        ...contextOf('hold-connections'),
        tag: `gameday:20240620-101500-beef:100-${'hold-connections'.repeat(3)}`,
        intend: (record, byHand) => void log.intend({ what: 'held', byHand, ttlMs, record }),
      },
    );
    onTestFinished(() => held?.release());
    const [entry] = log.entries();
    const found = await sql<{ n: number }>(operatorUrl, entry!.byHand.replace(/^select .* from/, 'select pid from'));
    expect(found.length).toBe(2);
  });

  test('that does not get what it asks for fails, and holds nothing', async () => {
    const { log } = emptyLog();
    const asking = faultNamed('hold-connections').inject(
      { count: 500 },
      {
        ...contextOf('hold-connections'),
        intend: (record, byHand) => void log.intend({ what: 'held', byHand, ttlMs, record }),
      },
    );
    await expect(asking).rejects.toThrow(
      /^the server gives the neighbour \d+ sessions; hold-connections asks for 500$/,
    );
    expect(await rollback({ log, undoers, acts, reach })).toEqual([]);
    expect(await state()).toEqual(before);
  });
});

describe('a fault on the wire', () => {
  test('throttle-bandwidth slows what the service reads to its rate', async () => {
    const text = "select repeat('x', 50000)";
    const { undo } = await inject('throttle-bandwidth', { rateKbPerSecond: 50 });
    const throttled = await milliseconds(text, 1);
    expect(throttled).toBeGreaterThan(800); // 50 kB at 50 kB/s, less the first slice
    await undo();
    expect(await milliseconds(text, 3)).toBeLessThan(throttled / 3);
  });

  test('add-latency delays every round trip in both directions', async () => {
    const { undo } = await inject('add-latency', { delay: 60, jitter: 0 });
    expect(await milliseconds('select 1', 3)).toBeGreaterThan(110);
    await undo();
    expect(await milliseconds('select 1', 3)).toBeLessThan(60);
  });

  test('is undone although somebody removed one of its toxics by hand, and other toxics stay', async () => {
    const { undo } = await inject('add-latency', { delay: 10, jitter: 0 });
    const toxics = `${environment.toxiproxy.url}/proxies/${environment.toxiproxy.proxy}/toxics`;
    await fetch(`${toxics}/gameday:test:1-add-latency-latency-upstream`, { method: 'DELETE' });
    await fetch(toxics, {
      method: 'POST',
      body: JSON.stringify({ name: 'theirs', type: 'latency', attributes: { latency: 1 } }),
    });
    onTestFinished(async () => void (await fetch(`${toxics}/theirs`, { method: 'DELETE' })));
    expect(await undo()).toEqual([]);
    expect((await state()).toxics).toEqual(['postgres: theirs latency downstream']);
  });

  test('cannot be called undone while its proxy does not answer', async () => {
    const { log } = emptyLog();
    log.intend({
      what: 'gone',
      byHand: '',
      ttlMs,
      record: { kind: 'toxics.remove', toxiproxyUrl: 'http://127.0.0.1:1', proxy: 'postgres', toxics: ['x'] },
    });
    const everywhere = (address: string): string => address;
    expect((await rollback({ log, undoers, acts, reach: everywhere })).map(({ reason }) => reason)).toEqual([
      expect.stringContaining('fetch failed'),
    ]);
  });
});

test('what an experiment may write is checked, and said in words', () => {
  const read = (name: string, params: unknown): string => {
    const parsed = faultNamed(name).params.safeParse(params);
    return parsed.success ? faultNamed(name).describe(parsed.data) : parsed.error.issues.map((i) => i.message).join();
  };
  expect(Object.keys(faults)).toEqual(each.map(({ name }) => name));
  expect(read('lower-connection-limit', { max_connections: 17 })).toBe('max_connections = 17, then a restart');
  expect(read('shrink-pool', { max: 2 })).toBe("each instance's pool holds at most 2, then a restart of the service");
  expect(read('hold-connections', { count: 42 })).toBe(
    'a neighbour holds 42 sessions and takes them again when they are ended',
  );
  expect(read('hold-connections', { count: 42, for: '90s' })).toBe(
    'a neighbour holds 42 sessions and takes them again when they are ended, for 1m30s',
  );
  expect(read('hold-connections', { count: 42, for: '0s' })).toBe('expected a duration longer than 0s');
  expect(read('throttle-bandwidth', { rateKbPerSecond: 8 })).toBe('at most 8 kB/s on each connection from PostgreSQL');
  expect(read('add-latency', { delay: '20ms' })).toBe('20 ms each way');
  expect(read('add-latency', { delay: '20ms', jitter: '5ms' })).toBe('20 ms each way, give or take 5 ms');
  expect(read('add-latency', { delay: 'soon' })).toBe('"soon" is not a duration such as 20ms');
  expect(read('shrink-pool', { max: 0 })).toContain('>=1');
  expect(read('shrink-pool', { maximum: 3, max: 3 })).toContain('maximum');
});

describe('when nobody of ours is left', () => {
  const abandoned = (name: string, params: unknown): Promise<Held | undefined> =>
    faultNamed(name).inject(params, { ...contextOf(name), ttlMs: seconds(0.4), intend: () => {} });

  test.each([
    ['throttle-bandwidth', { rateKbPerSecond: 50 }],
    ['add-latency', { delay: 1, jitter: 0 }],
    ['hold-connections', { count: 5 }],
  ])('%s ends with its time', async (name, params) => {
    await abandoned(name, params);
    await expect.poll(state, { timeout: 10_000 }).toEqual(before);
  });

  test('a proxy that cannot hold a deadline is given none, and a fault says who ends it', async () => {
    const proxy = createServer((_, response) => response.end('{"version":"2.12.0"}')).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => void proxy.close());
    expect(await knowsTtl(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)).toBe(false);
    expect(await knowsTtl(environment.toxiproxy.url)).toBe(true);
    expect(Object.fromEntries(Object.values(faults).map((fault) => [fault.name, fault.expires]))).toMatchObject({
      'lower-connection-limit': 'never',
      'shrink-pool': 'never',
      'hold-connections': 'with its sessions',
      'throttle-bandwidth': 'by proxy ttl',
      'add-latency': 'by proxy ttl',
    });
  });

  test('a session that injects says whose it is, and the server would end it by itself', async () => {
    const seen = await asOperator(
      operatorUrl,
      async (client) => {
        const { rows } = await client.query<{ name: string; setting: string }>(
          `select name, setting from pg_settings where name in ('application_name', 'client_connection_check_interval',
             'transaction_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout') order by name`,
        );
        return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
      },
      { injector: { applicationName: 'gameday:test:1-x', ttlMs: seconds(60) } },
    );
    expect(seen).toEqual({
      application_name: 'gameday:test:1-x',
      client_connection_check_interval: '500',
      idle_in_transaction_session_timeout: '60000',
      idle_session_timeout: '60000',
      transaction_timeout: '60000',
    });
  });
});

test('what is written down of an address is never its password', async () => {
  const { log, file } = emptyLog();
  const withPassword = operatorUrl.replace('postgres@', 'postgres:s3cret-pa55@');
  const context = {
    ...contextOf('hold-connections'),
    environment: { ...environment, postgres: { ...environment.postgres, operatorUrl: withPassword } },
    intend: (record: Parameters<UndoLog['intend']>[0]['record'], byHand: string) =>
      void log.intend({ what: 'held', byHand, ttlMs, record }),
  };
  const held = await faultNamed('hold-connections').inject({ count: 2 }, context);
  await held?.release();
  expect(readFileSync(file, 'utf8')).not.toContain('s3cret');
  expect(await rollback({ log, undoers, acts, reach: reachOf([withPassword]) })).toEqual([]);
  expect(await state()).toEqual(before);
});
