/**
 * One run per server at a time. The lock is an advisory lock of a session that stays open for the whole run, so the server
 * lets it go by itself when this process is gone. The session's name is the second half: advisory locks end at the border of
 * a database, sessions are seen across.
 */
import pg from 'pg';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { GamedayError, reasonOf } from '../errors.ts';

export type TargetLock = AsyncDisposable & {
  /** Aborted with a GamedayError when the lock was lost and somebody else has it, or the server does not come back. */
  readonly lost: AbortSignal;
};

export const lockName = 'gameday lock';
/** Any number that nobody else takes: "gameday" in ASCII. */
export const lockSql = 'select pg_try_advisory_lock(29094897237975417) as mine';
export const othersSql = `select datname, pid from pg_stat_activity where application_name = '${lockName}' and pid <> pg_backend_pid()`;

/** A fault may restart the server; so long is the lock tried for again. */
const backWithinMs = 60_000;

/** @throws {GamedayError} REFUSED while another run has the server. */
export const lockTarget = async (operatorUrl: string): Promise<TargetLock> => {
  const losing = new AbortController();
  const closing = new AbortController();
  let client = await taken(operatorUrl);

  const watch = (): void => {
    client.once('end', () => {
      if (!closing.signal.aborted) void again();
    });
  };
  const again = async (): Promise<void> => {
    const until = performance.now() + backWithinMs;
    let reason: unknown;
    while (!closing.signal.aborted && performance.now() < until) {
      try {
        client = await taken(operatorUrl);
        if (closing.signal.aborted) await client.end();
        else watch();
        return;
      } catch (error) {
        reason = error;
        if (error instanceof GamedayError && error.code === 'REFUSED') break;
        await sleepFor(200);
      }
    }
    if (!closing.signal.aborted)
      losing.abort(
        new GamedayError('ENVIRONMENT_FAILED', {
          message: `the lock on the server was lost: ${reasonOf(reason)}`,
          hint: 'look whether the server is up and whether another run has begun',
        }),
      );
  };
  watch();
  return {
    lost: losing.signal,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await client.end().catch(() => {});
    },
  };
};

const taken = async (operatorUrl: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: operatorUrl,
    application_name: lockName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: '-c statement_timeout=5000',
  });
  client.on('error', () => {}); // 'end' follows
  try {
    await client.connect();
    const { rows } = await client.query<{ mine: boolean }>(lockSql);
    const others = await client.query<{ datname: string; pid: number }>(othersSql);
    const [other] = others.rows;
    if (rows[0]?.mine === true && other === undefined) return client;
    const who = other === undefined ? 'another session holds the lock' : `process ${other.pid} in ${other.datname}`;
    throw new GamedayError('REFUSED', {
      message: `another run is going on at this server (${who})`,
      hint: `wait for its end; a lock that nobody needs any more: select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${lockName}'`,
    });
  } catch (cause) {
    await client.end().catch(() => {});
    if (cause instanceof GamedayError) throw cause;
    throw new GamedayError(
      'ENVIRONMENT_UNREACHABLE',
      {
        message: `the lock on the server cannot be had: ${reasonOf(cause)}`,
        hint: 'gameday env check shows what answers',
      },
      { cause },
    );
  }
};
