/** What only this fault is asked; `faults.test.ts` runs it. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rollback } from '../safety/rollback.ts';
import { emptyLog, faultNamed, ttlMs, type FaultSuite } from './fault-replica.fixture.ts';
import { sql, type State } from './inspection.fixture.ts';
import { undoers } from './undoers.ts';

export const holdConnections: FaultSuite = {
  name: 'hold-connections',
  params: { count: 12 },
  changes: { neighbours: 12 },
  written: [
    [{ count: 42 }, 'a neighbour holds 42 sessions and takes them again when they are ended'],
    [{ count: 42, for: '90s' }, 'a neighbour holds 42 sessions and takes them again when they are ended, for 1m30s'],
    [{ count: 42, for: '0s' }, 'expected a duration longer than 0s'],
  ],
  abandoned: { count: 5 },
  own: (on) => {
    describe('hold-connections', () => {
      const sessionsOf = (): Promise<readonly { pid: number; name: string }[]> =>
        sql(
          on().operatorUrl,
          "select pid, application_name as name from pg_stat_activity where usename = 'reporting' order by pid",
        );

      test('takes its sessions again when they are ended, until it is released', async () => {
        const { inject, state, before, operatorUrl } = on();
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
        await sql(
          operatorUrl,
          "select pg_terminate_backend(pid, 2000) from pg_stat_activity where usename = 'reporting'",
        );
        expect(await sessionsOf()).toEqual([]);
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('knocks more and more seldom where its role may have fewer sessions', async () => {
        const { inject, state, before, operatorUrl, environment } = on();
        const refusals = async (): Promise<number> =>
          (await environment.logTail('postgres', 1_000_000)).split('too many connections for role "reporting"').length;
        const { undo } = await inject('hold-connections', { count: 5 });
        await sql(operatorUrl, 'alter role reporting connection limit 2');
        await sql(operatorUrl, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reporting'");
        const first = await refusals();
        await expect.poll(refusals, { timeout: 10_000, interval: 20 }).toBeGreaterThan(first);
        await sleepFor(2_000);
        expect(await refusals()).toSatisfy((now: number) => now < first + 14);
        expect(await sessionsOf()).toHaveLength(2);
        await sql(operatorUrl, 'alter role reporting connection limit -1');
        await expect.poll(async () => (await sessionsOf()).length, { timeout: 10_000 }).toBe(5);
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('is undone while somebody restarts the server', async () => {
        const { inject, state, before, environment, operatorUrl } = on();
        const { held, undo } = await inject('hold-connections', { count: 5 });
        await held?.release();
        const restarting = environment.restart('postgres');
        const isUp = (): Promise<boolean> =>
          sql(operatorUrl, 'select 1').then(
            () => true,
            () => false,
          );
        await expect.poll(isUp, { interval: 1 }).toBe(false);
        expect(await undo()).toEqual([]);
        await restarting;
        expect(await state()).toEqual(before);
      });

      test('for a while comes to its end by itself, and its undo finds nothing left', async () => {
        const { inject, state, before } = on();
        const { undo } = await inject('hold-connections', { count: 5, for: 600 });
        expect((await state()).neighbours).toBe(5);
        await expect.poll(async () => (await sessionsOf()).length, { timeout: 10_000 }).toBe(0);
        expect(await state()).toEqual(before);
        expect(await undo()).toEqual([]);
      });

      test('takes the slots from a service that has them already', async () => {
        const { inject, state, before, environment } = on();
        const share = ordinarySlots(before) - 3; // one is the exporter's
        let ended = 0;
        const rivals = await Promise.all(
          Array.from({ length: 10 }, async () => {
            const client = new pg.Client({
              connectionString: environment.postgres.connectionString('shop', 'service'),
            });
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
        const { operatorUrl, contextOf } = on();
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
        const found = await sql<{ n: number }>(
          operatorUrl,
          entry!.byHand.replace(/^select .* from/, 'select pid from'),
        );
        expect(found.length).toBe(2);
      });

      test('that does not get what it asks for fails, and holds nothing', async () => {
        const { state, before, acts, reach, contextOf } = on();
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
  },
};

/** Those that are reserved for nobody. */
const ordinarySlots = ({ settings }: State): number => {
  const of = (name: string): number => Number(settings[name]);
  return of('max_connections') - of('superuser_reserved_connections') - of('reserved_connections');
};
