/** The operator's own connection to PostgreSQL: past the proxy, short-lived, never without a bound. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import pg from 'pg';

/**
 * Runs `work` on a fresh superuser session; every statement is bounded by `statementTimeoutMs`. An undo must get in
 * where everybody is knocking: even the superuser's slots are taken for moments by logins that are being refused, so a
 * refusal (53300) is tried again for three seconds.
 */
export const asOperator = async <Value>(
  operatorUrl: string,
  work: (client: pg.Client) => Promise<Value>,
  statementTimeoutMs = 5_000,
): Promise<Value> => {
  const client = await logIn(operatorUrl, statementTimeoutMs, performance.now() + 3_000);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const logIn = async (operatorUrl: string, statementTimeoutMs: number, untilMs: number): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: operatorUrl,
    application_name: 'gameday operator',
    connectionTimeoutMillis: 3_000,
    query_timeout: statementTimeoutMs + 1_000,
    options: `-c statement_timeout=${statementTimeoutMs}`,
  });
  client.on('error', () => {}); // A session lost between two queries shows at the next one.
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if ((error as { code?: string }).code !== '53300' || performance.now() > untilMs) throw error;
    await sleepFor(50);
    return logIn(operatorUrl, statementTimeoutMs, untilMs);
  }
};

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;
