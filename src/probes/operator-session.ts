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
  let session: Promise<pg.Client> | undefined;
  /** One session, never two: it takes one of the few slots that are kept for superusers. */
  const connected = (): Promise<pg.Client> => {
    if (session !== undefined) return session;
    const forget = (): void => {
      if (session === opening) session = undefined;
    };
    const opening = open(operatorUrl, forget);
    session = opening;
    opening.catch(forget);
    return opening;
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a client has one query at a time. */
  const ask = <Row extends pg.QueryResultRow>(
    query: pg.QueryConfig | pg.QueryArrayConfig,
  ): Promise<pg.QueryResult<Row>> => {
    const asked = last.then(async () => (await connected()).query<Row>(query));
    last = asked.catch(() => {});
    return asked;
  };
  await connected();
  return {
    rows: async <Row extends pg.QueryResultRow>(text: string) => (await ask<Row>({ text })).rows,
    truth: async (text) => {
      // Rows as arrays: two columns of one name are one property of an object.
      const answer = await ask<unknown[] & pg.QueryResultRow>({ text, rowMode: 'array' });
      if (Array.isArray(answer)) throw new Error(`expected one statement, got ${answer.length}`);
      const { rows } = answer;
      const [[value = null, ...more] = [], ...others] = rows;
      if (others.length > 0 || more.length > 0)
        throw new Error(`expected one row with one value, got ${rows.length} with ${more.length + 1}`);
      if (value !== null && typeof value !== 'boolean')
        throw new Error(`expected true or false, got ${JSON.stringify(value)}`);
      return value;
    },
    [Symbol.asyncDispose]: async () => {
      await session?.then((client) => client.end()).catch(() => {});
    },
  };
};

/**
 * What it asks is the truth: neither pg_stat_activity nor the server's log may tell it to who looks there. Only a superuser may
 * hide; anybody else looks openly, which is what the owner of a server wants of a stranger anyway.
 */
const open = async (operatorUrl: string, onEnd: () => void): Promise<pg.Client> => {
  try {
    return await connect(operatorUrl, onEnd, '-c track_activities=off -c log_min_error_statement=panic');
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    return await connect(operatorUrl, onEnd, '');
  }
};

const connect = async (operatorUrl: string, onEnd: () => void, hidden: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: operatorUrl,
    application_name: 'gameday oracle',
    connectionTimeoutMillis: 1_000,
    query_timeout: statementTimeoutMs + 500,
    options: `-c statement_timeout=${statementTimeoutMs} ${hidden}`,
  });
  client.on('error', () => {});
  await client.connect();
  // Not before: the end of one that was refused is not the end of the one that got in.
  client.on('error', onEnd);
  client.on('end', onEnd);
  return client;
};
