/** Every fault on one replica: what all of them are asked, then what each is asked by the suite beside it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { reachOf } from '../safety/reach.ts';
import { rollback } from '../safety/rollback.ts';
import { decodeUndoLog, type UndoEntry, type UndoLog } from '../safety/undo-log.ts';
import { seconds } from '../units.ts';
import { addLatency } from './add-latency.suite.fixture.ts';
import { faults } from './catalogue.ts';
import { emptyLog, faultNamed, openFaultReplica, ttlMs, type FaultReplica } from './fault-replica.fixture.ts';
import { holdConnections } from './hold-connections.suite.fixture.ts';
import { lowerConnectionLimit } from './lower-connection-limit.suite.fixture.ts';
import { asOperator } from './operator.ts';
import { shrinkPool } from './shrink-pool.suite.fixture.ts';
import { throttleBandwidth } from './throttle-bandwidth.suite.fixture.ts';
import { faultsOnTheWire } from './toxics.suite.fixture.ts';
import { knowsTtl } from './toxics.ts';
import { undoers } from './undoers.ts';

const suites = [lowerConnectionLimit, shrinkPool, holdConnections, throttleBandwidth, addLatency];

let replica: FaultReplica;
beforeAll(async () => {
  replica = await openFaultReplica();
});
afterAll(() => replica.remove());

describe.each(suites)('the fault $name', ({ name, params, changes }) => {
  test('takes effect, and its undo leaves everything as it was, however often it is undone', async () => {
    const { inject, state, before, acts, reach } = replica;
    const { undo, log } = await inject(name, params);
    expect(await state()).toMatchObject(changes);
    expect(await undo()).toEqual([]);
    expect(await state()).toEqual(before);
    const [{ record }] = log.entries() as [UndoEntry];
    const { undo: again, verify } = undoers[record.kind] as (typeof undoers)['folder.remove'];
    const context = { acts, reach, restartWithinMs: 0, signal: AbortSignal.timeout(10_000) };
    await again(record as never, context);
    expect(await verify(record as never, context)).toBeUndefined();
    expect(await state()).toEqual(before);
  });

  test('changes nothing when its record cannot be written', async () => {
    const { contextOf, state, before } = replica;
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
    const { contextOf, state, before, acts, reach } = replica;
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

for (const { own } of suites) own(() => replica);
faultsOnTheWire(() => replica);

test('what an experiment may write is checked, and said in words', () => {
  const read = (name: string, params: unknown): string => {
    const parsed = faultNamed(name).params.safeParse(params);
    return parsed.success ? faultNamed(name).describe(parsed.data) : parsed.error.issues.map((i) => i.message).join();
  };
  expect(Object.keys(faults)).toEqual(suites.map(({ name }) => name));
  for (const { name, written } of suites)
    for (const [params, says] of written) expect([name, read(name, params)]).toEqual([name, says]);
});

describe('when nobody of ours is left', () => {
  test.each(suites.filter(({ abandoned }) => abandoned))('$name ends with its time', async ({ name, abandoned }) => {
    const { contextOf, state, before } = replica;
    await faultNamed(name).inject(abandoned, { ...contextOf(name), ttlMs: seconds(0.4), intend: () => {} });
    await expect.poll(state, { timeout: 10_000 }).toEqual(before);
  });

  test('a proxy that cannot hold a deadline is given none, and a fault says who ends it', async () => {
    const proxy = createServer((_, response) => response.end('{"version":"2.12.0"}')).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => void proxy.close());
    expect(await knowsTtl(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)).toBe(false);
    expect(await knowsTtl(replica.environment.toxiproxy.url)).toBe(true);
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
      replica.operatorUrl,
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
  const { environment, operatorUrl, contextOf, state, before, acts } = replica;
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
