/** The operator's own connection to PostgreSQL: past the proxy, short-lived, never without a bound. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';
import type { UndoContext } from '../safety/rollback.ts';
import type { Ms } from '../units.ts';

/** Whose session it is, and how long the server lets it go on when nobody ends it. */
export type Injector = { readonly applicationName: string; readonly ttlMs: Ms };

export type Patience = {
  /**
   * Somebody may be restarting the server: it is waited for this long, and `work` that lost its session in the middle is
   * begun again, so it has to be idempotent. 0 unless given.
   */
  readonly restartWithinMs?: number;
  /** Of a session that injects; any other is the operator's. */
  readonly injector?: Injector;
};

const statementTimeoutMs = 5_000;
/** Even the superuser's slots are taken for moments by logins that are being refused. */
const refusedWithinMs = 3_000;
/** What a server says that starts or stops, and a socket without a server behind it. */
const downCodes = ['57P01', '57P03', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/**
 * Runs `work` on a fresh superuser session; every statement is bounded. An undo must get in where everybody is knocking, so
 * a refusal (53300) is tried again for three seconds; a server that is down is waited for only as `patience` says.
 */
export const asOperator = async <Value>(
  operatorUrl: string,
  work: (client: pg.Client) => Promise<Value>,
  { restartWithinMs = 0, injector }: Patience = {},
): Promise<Value> => {
  const startedAt = performance.now();
  for (;;) {
    const client = newClient(operatorUrl, injector?.applicationName ?? 'gameday operator');
    let sessionLost = false;
    let connected = false;
    client.on('error', () => (sessionLost = true)); // Shows at the next query.
    try {
      await client.connect();
      connected = true;
      if (injector !== undefined) await bindToHolder(client, injector.ttlMs);
      return await work(client);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      // Who knocks in the moment of a shutdown is hung up on, or not let in at all, without a word or a code.
      const down = sessionLost || downCodes.includes(code) || (!connected && code === '');
      const withinMs = code === '53300' ? refusedWithinMs : down ? restartWithinMs : 0;
      if (performance.now() - startedAt > withinMs) throw error;
    } finally {
      await client.end().catch(() => {});
    }
    await sleepFor(50);
  }
};

const newClient = (operatorUrl: string, applicationName: string): pg.Client =>
  new pg.Client({
    connectionString: operatorUrl,
    application_name: applicationName,
    connectionTimeoutMillis: 3_000,
    query_timeout: statementTimeoutMs + 1_000,
    options: `-c statement_timeout=${statementTimeoutMs}`,
  });

/**
 * The server's own dead man's switch: a session whose holder is gone ends within half a second, also in the middle of a
 * statement or waiting for a lock (`client_connection_check_interval`, PostgreSQL 14+), and none outlives the fault's time
 * (`transaction_timeout`, 17+; `idle_session_timeout`, 14+). What a server does not know, or its platform cannot, is left out.
 */
export const bindToHolder = async (client: pg.Client, ttlMs: Ms): Promise<void> => {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const version = rows[0]?.version ?? 0;
  const ttl = Math.max(1, Math.ceil(ttlMs));
  const wanted = [
    ...(version >= 140_000 ? [`client_connection_check_interval = 500`, `idle_session_timeout = ${ttl}`] : []),
    ...(version >= 170_000 ? [`transaction_timeout = ${ttl}`] : []),
    `idle_in_transaction_session_timeout = ${ttl}`,
  ];
  for (const setting of wanted)
    await client.query(`set ${setting}`).catch((error: { code?: string }) => {
      if (error.code !== '22023') throw error; // the platform cannot see that a client is gone
    });
};

/** The address in a record, with its secret. @throws {Error} where this party may not go there. */
export const reached = (address: string, { reach }: UndoContext): string => {
  const url = reach(address);
  if (url === undefined) throw new Error(`nobody here may undo anything at ${address}`);
  return url;
};

/** A tag as PostgreSQL shows it: 63 bytes at most (NAMEDATALEN). */
export const applicationNameOf = (tag: string): string => tag.slice(0, 63);

/** Ends every session of that name and waits until it is gone. */
export const endSessions = async (client: pg.Client, applicationName: string): Promise<void> => {
  await client.query('select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = $1', [
    applicationName,
  ]);
};

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;
