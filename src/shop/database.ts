/**
 * The shop's way to PostgreSQL: a pool whose connections are never trusted after they failed, and which measures what a
 * request sees of it. The invariants: every checked-out connection goes back exactly once; one that may be broken or
 * inside a transaction goes back only to be destroyed; no failure of an idle connection ends the process.
 */
import { Pool, type ClientBase, type PoolClient, type QueryResultRow } from 'pg';
import type { Clock } from '../clock.ts';
import type { ShopSettings } from './config.ts';
import { failureCode, sessionSurvives } from './failure.ts';
import type { ShopMetrics } from './metrics.ts';

/** A connection for the length of one request. */
export type Session = {
  readonly query: <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
};

export type Database = {
  /** Rejects with the database's failure; see `failureCode`. */
  readonly session: <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;
  /** The same inside BEGIN and COMMIT; what `work` throws rolls back. */
  readonly transaction: <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;
};

/** Opens no connection yet: the shop starts, and says that it is alive, also while its database is down. */
export const openPool = ({ databaseUrl, pool }: ShopSettings, instance: string): Pool =>
  new Pool({
    connectionString: databaseUrl,
    application_name: instance,
    max: pool.max,
    connectionTimeoutMillis: pool.acquireTimeoutMs,
    idleTimeoutMillis: pool.idleTimeoutMs,
  });

export const measuredDatabase = (pool: Pool, metrics: ShopMetrics, clock: Clock): Database => {
  /** Why a connection ended. A query sent afterwards is told only that it is "not queryable"; the first error knows more. */
  const lostBecause = new WeakMap<ClientBase, Error>();
  // From the moment it exists: an error between two owners of a connection, heard by nobody, would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      if (!lostBecause.has(client)) lostBecause.set(client, error);
    });
  });
  const count = (error: unknown): void => {
    const code = failureCode(error);
    if (code !== undefined) metrics.databaseErrors.inc({ code });
  };
  pool.on('error', count);

  const acquire = async (): Promise<PoolClient> => {
    const startedMs = clock.nowMs();
    try {
      return await pool.connect();
    } finally {
      metrics.acquireSeconds.observe((clock.nowMs() - startedMs) / 1_000);
    }
  };

  const sessionOn = (client: PoolClient): Session => ({
    query: async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) => {
      const startedMs = clock.nowMs();
      try {
        return (await client.query<Row>(text, [...values])).rows;
      } finally {
        metrics.querySeconds.observe((clock.nowMs() - startedMs) / 1_000);
      }
    },
  });

  const session: Database['session'] = async (work) => {
    try {
      const client = await acquire();
      let usable = false;
      try {
        const result = await work(sessionOn(client));
        usable = true;
        return result;
      } catch (error) {
        usable = sessionSurvives(error);
        throw lostBecause.get(client) ?? error;
      } finally {
        client.release(!usable);
      }
    } catch (error) {
      count(error);
      throw error;
    }
  };

  const transaction: Database['transaction'] = (work) =>
    session(async (own) => {
      await own.query('begin');
      try {
        const result = await work(own);
        await own.query('commit');
        return result;
      } catch (error) {
        if (sessionSurvives(error)) await own.query('rollback');
        throw error;
      }
    });

  return { session, transaction };
};
