/** The operator's own connection to PostgreSQL: past the proxy, short-lived, never without a bound. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';

export type Patience = {
  /**
   * Somebody may be restarting the server: it is waited for this long, and `work` that lost its session in the middle is
   * begun again, so it has to be idempotent. 0 unless given.
   */
  readonly restartWithinMs?: number;
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
  { restartWithinMs = 0 }: Patience = {},
): Promise<Value> => {
  const startedAt = performance.now();
  for (;;) {
    const client = newClient(operatorUrl);
    let sessionLost = false;
    client.on('error', () => (sessionLost = true)); // Shows at the next query.
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      const down = sessionLost || downCodes.includes(code);
      const withinMs = code === '53300' ? refusedWithinMs : down ? restartWithinMs : 0;
      if (performance.now() - startedAt > withinMs) throw error;
    } finally {
      await client.end().catch(() => {});
    }
    await sleepFor(50);
  }
};

const newClient = (operatorUrl: string): pg.Client =>
  new pg.Client({
    connectionString: operatorUrl,
    application_name: 'gameday operator',
    connectionTimeoutMillis: 3_000,
    query_timeout: statementTimeoutMs + 1_000,
    options: `-c statement_timeout=${statementTimeoutMs}`,
  });

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;
