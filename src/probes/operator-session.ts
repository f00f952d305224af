/**
 * The oracle's eyes in the database: one superuser session, opened before the first fault so that no exhausted server can
 * lock it out, and opened again when a restart took it away.
 */
import pg from 'pg';

export type OperatorSession = AsyncDisposable & {
  /** One row with one boolean. @returns null when it gives no row or a NULL. @throws when it gives anything else. */
  readonly truth: (sql: string) => Promise<boolean | null>;
  readonly rows: <Row extends pg.QueryResultRow>(sql: string) => Promise<readonly Row[]>;
};

const statementTimeoutMs = 2_000;

export const openOperatorSession = async (operatorUrl: string): Promise<OperatorSession> => {
  let client: pg.Client | undefined;
  const connected = async (): Promise<pg.Client> => {
    if (client !== undefined) return client;
    const fresh = new pg.Client({
      connectionString: operatorUrl,
      application_name: 'gameday oracle',
      connectionTimeoutMillis: 1_000,
      query_timeout: statementTimeoutMs + 500,
      options: `-c statement_timeout=${statementTimeoutMs}`,
    });
    const forget = (): void => {
      if (client === fresh) client = undefined;
    };
    fresh.on('error', forget);
    fresh.on('end', forget);
    await fresh.connect();
    client = fresh;
    return fresh;
  };
  const rows = async <Row extends pg.QueryResultRow>(sql: string): Promise<readonly Row[]> =>
    (await (await connected()).query<Row>(sql)).rows;
  await connected();
  return {
    rows,
    truth: async (sql) => {
      const [first] = await rows<Record<string, unknown>>(sql);
      const [value = null] = first === undefined ? [] : Object.values(first);
      if (value !== null && typeof value !== 'boolean')
        throw new Error(`expected true or false, got ${JSON.stringify(value)}`);
      return value;
    },
    [Symbol.asyncDispose]: async () => {
      await client?.end().catch(() => {});
    },
  };
};
