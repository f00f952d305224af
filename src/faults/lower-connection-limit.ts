/**
 * The server accepts fewer connections than its clients need: the seed's outage. `max_connections` changes only with a
 * restart, so the fault is `ALTER SYSTEM` and a restart, and its undo is the old `postgresql.auto.conf` to the byte and a
 * restart where one is pending, whatever a runbook set in between. The server knows no deadline for a setting: nothing but
 * the undo ends this fault.
 */
import type { Client } from 'pg';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { z } from 'zod';
import { addressOf } from '../safety/reach.ts';
import type { UndoContext, Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import { minutes, seconds } from '../units.ts';
import type { Fault } from './fault.ts';
import {
  applicationNameOf,
  asOperator,
  endSessions,
  quoteIdentifier,
  quoteLiteral,
  reached,
  type Patience,
} from './operator.ts';

type Params = { readonly max_connections: number };

export const lowerConnectionLimit: Fault<Params> = {
  name: 'lower-connection-limit',
  needs: ['settings', 'restart-postgres'],
  expires: 'never',
  params: z.strictObject({ max_connections: z.int().min(6).max(10_000) }),
  describe: (params) => `max_connections = ${params.max_connections}, then a restart`,
  inject: async (params, { environment, intend, tag, ttlMs, signal }) => {
    const { operatorUrl } = environment.postgres;
    const injector = { applicationName: applicationNameOf(tag), ttlMs };
    const autoConf = await asOperator(operatorUrl, readAutoConf);
    intend(
      {
        kind: 'settings.restore',
        operatorUrl: addressOf(operatorUrl),
        autoConf,
        injector: injector.applicationName,
      },
      `${asBefore(autoConf)}; then restart PostgreSQL`,
    );
    await asOperator(
      operatorUrl,
      (client) => client.query(`alter system set max_connections = ${params.max_connections}`),
      { injector },
    );
    await environment.restart('postgres', signal);
    return undefined;
  },
};

/** For a person: what `max_connections` was in that file, or that it was not there. */
const asBefore = (autoConf: string): string => {
  const [, value] = parseAutoConf(autoConf).findLast(([name]) => name === 'max_connections') ?? [];
  return value === undefined ? 'ALTER SYSTEM RESET max_connections' : `ALTER SYSTEM SET max_connections = ${value}`;
};

const reloadsWithin = seconds(3);

type SettingsRestore = Extract<UndoRecord, { kind: 'settings.restore' }>;

export const settingsRestore: Undoer<SettingsRestore> = {
  // A server of the team's own may take as long to come back as its restart may (`environments/attached/`).
  withinMs: minutes(5),
  undo: async ({ operatorUrl, autoConf, injector }, context) => {
    const { acts } = context;
    const put = async (client: Client): Promise<boolean> => {
      await endSessions(client, injector);
      if ((await readAutoConf(client)) !== autoConf) {
        await client.query('alter system reset all');
        for (const [name, value] of parseAutoConf(autoConf))
          await client.query(`alter system set ${quoteIdentifier(name)} = ${value}`);
      }
      await reload(client);
      return restartPending(client);
    };
    const pending = await asOperator(reached(operatorUrl, context), put, patience(context));
    if (!pending) return;
    if (acts === undefined) throw new Error('PostgreSQL has to be restarted, and nobody here can');
    await acts.restart('postgres');
  },
  verify: ({ operatorUrl, autoConf }, context) => {
    const look = async (client: Client): Promise<string | undefined> => {
      if ((await readAutoConf(client)) !== autoConf) return 'postgresql.auto.conf is not what it was';
      return (await restartPending(client)) ? 'a restart is still pending' : undefined;
    };
    return asOperator(reached(operatorUrl, context), look, patience(context));
  },
};

/** A runbook may be restarting the server at this moment, also one of ours. */
const patience = ({ acts, restartWithinMs }: UndoContext): Patience => ({
  restartWithinMs: acts === undefined ? restartWithinMs : 10_000,
});

/**
 * The postmaster reads the files in its own time, and a session after it; what is pending is known once this one has. The
 * busiest server does that within moments; where it does not, the look afterwards tells.
 */
const reload = async (client: Client): Promise<void> => {
  const loadedAt = async (): Promise<string | undefined> => {
    const { rows } = await client.query<{ at: string }>('select pg_conf_load_time()::text as at');
    return rows[0]?.at;
  };
  const before = await loadedAt();
  await client.query('select pg_reload_conf()');
  for (const until = performance.now() + reloadsWithin; (await loadedAt()) === before && performance.now() < until;)
    await sleepFor(10);
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

/**
 * The settings in the text of `postgresql.auto.conf`, which the server itself writes: `name = 'value'` a line, quotes and
 * backslashes doubled. Values come as ALTER SYSTEM takes them.
 */
const parseAutoConf = (text: string): readonly (readonly [string, string])[] =>
  [...text.matchAll(/^([\w.]+) = '((?:[^']|'')*)'$/gm)].map(([, name = '', written = '']) => {
    const value = written.replaceAll(/''|\\\\/g, (pair) => pair.charAt(0));
    return [name, listSettings.includes(name) ? listOf(value) : quoteLiteral(value)] as const;
  });

/** Lists of names: quoted as one literal they would become one name. The same six that pg_dump knows by name. */
const listSettings = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
];

/** `public, "$user"` → `'public', '$user'` */
const listOf = (value: string): string =>
  [...value.matchAll(/"((?:[^"]|"")*)"|[^",\s]+/g)]
    .map(([whole, quoted]) => quoteLiteral(quoted === undefined ? whole : quoted.replaceAll('""', '"')))
    .join(', ');
