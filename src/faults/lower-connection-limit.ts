/**
 * The server accepts fewer connections than its clients need: the seed's outage. `max_connections` changes only with a
 * restart, so the fault is `ALTER SYSTEM` and a restart, and its undo is the old `postgresql.auto.conf` to the byte and a
 * restart where one is pending, whatever a runbook set in between.
 */
import type { Client } from 'pg';
import { z } from 'zod';
import type { Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import type { Fault } from './fault.ts';
import { asOperator, quoteIdentifier, quoteLiteral } from './operator.ts';

type Params = { readonly max_connections: number };

export const lowerConnectionLimit: Fault<Params> = {
  name: 'lower-connection-limit',
  needs: ['settings', 'restart-postgres'],
  params: z.strictObject({ max_connections: z.int().min(6).max(10_000) }),
  describe: (params) => `max_connections = ${params.max_connections}, then a restart`,
  inject: async (params, { environment, intend, signal }) => {
    const { operatorUrl } = environment.postgres;
    const autoConf = await asOperator(operatorUrl, readAutoConf);
    intend(
      { kind: 'settings.restore', operatorUrl, autoConf },
      'ALTER SYSTEM RESET max_connections; then restart PostgreSQL',
    );
    await asOperator(operatorUrl, (client) =>
      client.query(`alter system set max_connections = ${params.max_connections}`),
    );
    await environment.restart('postgres', signal);
    return undefined;
  },
};

type SettingsRestore = Extract<UndoRecord, { kind: 'settings.restore' }>;

export const settingsRestore: Undoer<SettingsRestore> = {
  undo: async (record, { acts }) => {
    const pending = await asOperator(record.operatorUrl, async (client) => {
      if ((await readAutoConf(client)) !== record.autoConf) {
        await client.query('alter system reset all');
        for (const [name, value] of parseAutoConf(record.autoConf))
          await client.query(`alter system set ${quoteIdentifier(name)} = ${quoteLiteral(value)}`);
      }
      await client.query('select pg_reload_conf()');
      // The postmaster reads the files in its own time; a fresh session shows what it made of them.
      await client.query('select pg_sleep(0.05)');
      return restartPending(client);
    });
    if (!pending) return;
    if (acts === undefined) throw new Error('PostgreSQL has to be restarted, and nobody here can');
    await acts.restart('postgres');
  },
  verify: (record) =>
    asOperator(record.operatorUrl, async (client) => {
      if ((await readAutoConf(client)) !== record.autoConf) return 'postgresql.auto.conf is not what it was';
      return (await restartPending(client)) ? 'a restart is still pending' : undefined;
    }),
};

const readAutoConf = async (client: Client): Promise<string> => {
  const { rows } = await client.query<{ text: string }>("select pg_read_file('postgresql.auto.conf') as text");
  return rows[0]?.text ?? '';
};

const restartPending = async (client: Client): Promise<boolean> => {
  const { rows } = await client.query<{ pending: boolean }>(
    'select exists (select from pg_settings where pending_restart) as pending',
  );
  return rows[0]?.pending ?? false;
};

/** The settings in the text of `postgresql.auto.conf`, which the server itself writes: `name = 'value'` a line. */
const parseAutoConf = (text: string): readonly (readonly [string, string])[] =>
  [...text.matchAll(/^([\w.]+) = '((?:[^']|'')*)'$/gm)].map(
    ([, name = '', value = '']) => [name, value.replaceAll("''", "'")] as const,
  );
