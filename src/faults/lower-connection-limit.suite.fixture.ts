/** What only this fault is asked; `faults.test.ts` runs it. */
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { rollback } from '../safety/rollback.ts';
import type { FaultSuite } from './fault-replica.fixture.ts';
import { sql } from './inspection.fixture.ts';
import { undoers } from './undoers.ts';

const params = { max_connections: 25 };

export const lowerConnectionLimit: FaultSuite = {
  name: 'lower-connection-limit',
  params,
  changes: { settings: { max_connections: '25' }, restartPending: [] },
  written: [[{ max_connections: 17 }, 'max_connections = 17, then a restart']],
  own: (on) => {
    describe('the undo of lower-connection-limit', () => {
      test('restores the limit when a runbook set another one that only the next restart brings', async () => {
        const { inject, state, before, operatorUrl } = on();
        const { undo } = await inject('lower-connection-limit', params);
        await sql(operatorUrl, 'alter system set max_connections = 100');
        await sql(operatorUrl, 'select pg_reload_conf()');
        await expect.poll(async () => (await state()).restartPending).toEqual(['max_connections']);
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('restores the limit when a runbook set another one and restarted', async () => {
        const { inject, state, before, environment, operatorUrl } = on();
        const { undo } = await inject('lower-connection-limit', params);
        await sql(operatorUrl, 'alter system set max_connections = 100');
        await sql(operatorUrl, "alter system set statement_timeout = '5s'");
        await environment.restart('postgres');
        expect((await state()).settings).toMatchObject({ max_connections: '100', statement_timeout: '5000' });
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('keeps what a person had set before the fault, whatever its spelling', async () => {
        const { inject, state, operatorUrl } = on();
        const settings = [
          String.raw`log_line_prefix = '%m it''s "C:\new" %q'`,
          `search_path = '"$user"', 'public', 'Of ''us'''`,
          "work_mem = '5MB'",
          'vacuum_cost_delay = 0.5',
          "idle_session_timeout = ''",
        ];
        onTestFinished(async () => {
          await sql(operatorUrl, 'alter system reset all');
          await sql(operatorUrl, 'select pg_reload_conf()');
        });
        for (const setting of settings.slice(0, 4)) await sql(operatorUrl, `alter system set ${setting}`);
        const { autoConf } = await state();
        const { undo } = await inject('lower-connection-limit', params);
        await sql(operatorUrl, 'alter system reset all');
        expect(await undo()).toEqual([]);
        expect((await state()).autoConf).toBe(autoConf);
      });

      test('gets in while every ordinary slot is taken', async () => {
        const { inject, state, before, environment } = on();
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

      test('waits for a postmaster that is slow to read its files, and only then asks what is pending', async () => {
        const { inject, state, before, operatorUrl } = on();
        const { undo } = await inject('lower-connection-limit', params);
        const [row] = await sql<{ pid: string }>(operatorUrl, "select pg_read_file('postmaster.pid') as pid");
        const postmaster = Number(row?.pid.split('\n')[0]);
        const query = Reflect.get(pg.Client.prototype, 'query') as (...given: unknown[]) => unknown;
        let stopped = 0;
        const asked = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given) {
          if (given[0] === 'select pg_reload_conf()') {
            stopped += 1;
            process.kill(postmaster, 'SIGSTOP');
            setTimeout(() => process.kill(postmaster, 'SIGCONT'), 400);
          }
          return Reflect.apply(query, this, given) as void;
        });
        onTestFinished(() => asked.mockRestore());
        expect(await undo()).toEqual([]);
        expect(stopped).toBe(1);
        expect(await state()).toEqual(before);
      });

      test('waits for a server that somebody is just restarting', async () => {
        const { inject, state, before, environment } = on();
        const { undo } = await inject('lower-connection-limit', params);
        const restarting = environment.restart('postgres');
        expect(await undo()).toEqual([]);
        await restarting;
        expect(await state()).toEqual(before);
      });

      test('fails, and says why, where a restart is needed and nobody can restart', async () => {
        const { inject, state, before, reach } = on();
        const { log, undo } = await inject('lower-connection-limit', params);
        const residue = await rollback({ log, undoers, acts: undefined, reach });
        expect(residue.map(({ reason }) => reason)).toEqual(['PostgreSQL has to be restarted, and nobody here can']);
        expect((await state()).settings).toMatchObject({ max_connections: '25' });
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });
    });
  },
};
