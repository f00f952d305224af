/**
 * A neighbour on the same server takes nearly all slots and keeps them: a report job that opens a session a customer and
 * never closes one. It logs in again when it is thrown out, so ending its sessions alone does not help. With `for` it is a
 * job that comes to its end: the fault goes by itself.
 *
 * The sessions live in this process and die with it (`client_connection_check_interval`, PostgreSQL 14+, see the manual's
 * "TCP Settings"); should they not, `idle_session_timeout` ends them after the fault's time to live, and then nobody takes
 * them again.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { z } from 'zod';
import { someTime } from '../documents/fields.ts';
import { GamedayError } from '../errors.ts';
import { addressOf } from '../safety/reach.ts';
import type { Undoer } from '../safety/rollback.ts';
import type { UndoRecord } from '../safety/undo-log.ts';
import { formatDuration, ms, type Ms } from '../units.ts';
import type { Fault, FaultContext } from './fault.ts';
import { applicationNameOf, asOperator, bindToHolder, endSessions, reached } from './operator.ts';

type Params = { readonly count: number; readonly for?: Ms | undefined };

/** What the neighbour calls itself: nothing that gives the game away, yet the undo finds it, and only it, by that. */
const neighbourName = (tag: string): string =>
  `nightly-report ${createHash('sha256').update(tag).digest('hex').slice(0, 12)}`;

export const holdConnections: Fault<Params> = {
  name: 'hold-connections',
  needs: [],
  expires: 'with its sessions',
  params: z.strictObject({ count: z.int().min(1).max(2_000), for: someTime.optional() }),
  describe: ({ count, for: forMs }) =>
    `a neighbour holds ${count} sessions and takes them again when they are ended${forMs === undefined ? '' : `, for ${formatDuration(forMs)}`}`,
  inject: async ({ count, for: forMs }, context) => {
    const { environment, intend, tag, ttlMs, signal } = context;
    const { operatorUrl, serviceRole } = environment.postgres;
    const applicationName = neighbourName(tag);
    const injector = { applicationName: applicationNameOf(tag), ttlMs };
    intend(
      { kind: 'sessions.end', operatorUrl: addressOf(operatorUrl), applicationName },
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${applicationName}'`,
    );
    const neighbour = startNeighbour(count, applicationName, context);
    try {
      // Slots are taken from a service that already has them, so its sessions are shaken loose until the neighbour has its share.
      for (let most = 0, patience = tries; neighbour.held() < count; patience--) {
        if (patience === 0)
          throw new GamedayError('ENVIRONMENT_FAILED', {
            message: `the server gives the neighbour ${most} sessions; hold-connections asks for ${count}`,
            hint: 'lower hold-connections.count, or raise max_connections',
          });
        await sleepFor(150, undefined, { signal });
        if (neighbour.held() > most) [most, patience] = [neighbour.held(), tries];
        if (neighbour.held() < count)
          await asOperator(
            operatorUrl,
            (client) =>
              client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [serviceRole]),
            { injector },
          );
      }
    } catch (error) {
      await neighbour.release();
      throw error;
    }
    const ending = setTimeout(() => void neighbour.release(), Math.min(forMs ?? ttlMs, ttlMs));
    return {
      release: () => {
        clearTimeout(ending);
        return neighbour.release();
      },
    };
  },
};

const workers = 6;
/**
 * Between two tries of a worker: at first it has to be quicker than a service that wants the same slots. Later it need not,
 * and once it is refused only one of them knocks, more and more seldom: a refused login takes a slot for a moment, too.
 */
const raceMs = 40;
const lookMs = 250;
const longestRestMs = 1_000;
/** So often it is tried again without one more session: for 2 s and more. */
const tries = 15;

const startNeighbour = (
  count: number,
  applicationName: string,
  { environment, ttlMs }: FaultContext,
): { held: () => number; release: () => Promise<void> } => {
  const connectionString = environment.postgres.connectionString(environment.postgres.neighbourRole, 'direct');
  const expiresMs = performance.now() + ttlMs;
  const stop = new AbortController();
  const sessions = new Set<pg.Client>();
  let opening = 0;
  let full = false;
  let restMs = 0;
  let knockAtMs = 0;
  const open = async (): Promise<boolean> => {
    const client = new pg.Client({
      connectionString,
      application_name: applicationName,
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => {});
    client.on('end', () => sessions.delete(client));
    try {
      await client.connect();
      await bindToHolder(client, ms(expiresMs - performance.now()));
      if (!stop.signal.aborted) {
        sessions.add(client);
        return true;
      }
    } catch {} // no slot for it
    await client.end().catch(() => {});
    return false;
  };
  const worker = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      if (sessions.size >= count) full = true;
      if (sessions.size + opening < count && performance.now() >= knockAtMs) {
        if (restMs > 0) knockAtMs = performance.now() + restMs; // one knocks for all of them
        opening++;
        const opened = await open().finally(() => opening--);
        if (opened) {
          restMs = knockAtMs = 0;
          continue;
        }
        if (full) restMs = Math.min(Math.max(restMs * 2, lookMs), longestRestMs);
      }
      await sleepFor(full ? lookMs : raceMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = Array.from({ length: workers }, worker);
  return {
    held: () => sessions.size,
    release: async () => {
      stop.abort();
      await Promise.all(running);
      // A stopped server does not answer a goodbye; the sessions' undo ends what is left.
      const goodbye = Promise.all([...sessions].map((client) => client.end().catch(() => {})));
      await Promise.race([goodbye, sleepFor(1_500, undefined, { ref: false })]);
    },
  };
};

type SessionsEnd = Extract<UndoRecord, { kind: 'sessions.end' }>;

export const sessionsEnd: Undoer<SessionsEnd> = {
  undo: ({ operatorUrl, applicationName }, context) =>
    asOperator(reached(operatorUrl, context), (client) => endSessions(client, applicationName), context),
  verify: ({ operatorUrl, applicationName }, context) => {
    const seen = async (client: pg.Client): Promise<string | undefined> => {
      const { rows } = await client.query<{ left: number }>(
        'select count(*)::int as left from pg_stat_activity where application_name = $1',
        [applicationName],
      );
      const left = rows[0]?.left ?? 0;
      return left === 0 ? undefined : `${left} sessions are still open`;
    };
    return asOperator(reached(operatorUrl, context), seen, context);
  },
};
