/** What really happens to the database, one after another; each lasts long enough to be noticed and is over at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresServer } from '../../src/embedded/postgres/postgres.ts';

const lastsMs = 6_000;

export const breakDatabase = async (server: PostgresServer): Promise<Readonly<Record<string, () => Promise<void>>>> => {
  const session = async (): Promise<Client> => {
    const client = new Client({ connectionString: server.operatorUrl });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const run = async (...statements: readonly string[]): Promise<void> => {
    const client = await session();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await run(
    `CREATE ROLE monitor LOGIN PASSWORD 'look'; GRANT pg_monitor, pg_use_reserved_connections TO monitor`,
    'CREATE TABLE goods (id int)',
  );
  const hold = async (count: number, ...statements: readonly string[]): Promise<void> => {
    const held = await Promise.all(Array.from({ length: count }, session));
    for (const client of held) for (const statement of statements) await client.query(statement);
    await sleep(lastsMs);
    for (const client of held) await client.end();
  };
  return {
    'transactions left open': () => hold(4, 'BEGIN', 'SELECT 1'),
    'a table locked': () => hold(1, 'BEGIN', 'LOCK TABLE goods'),
    'connections hoarded': () => hold(20),
    'many rollbacks': async () => {
      const client = await session();
      for (const until = performance.now() + lastsMs; performance.now() < until; await sleep(20))
        await client.query('BEGIN; SELECT 1; ROLLBACK');
      await client.end();
    },
    'the limit lowered': async () => {
      await run('ALTER SYSTEM SET max_connections = 15');
      await server.restart();
      await sleep(lastsMs);
      await run('ALTER SYSTEM RESET max_connections');
      await server.restart();
    },
    'the server stopped': async () => {
      await server.stop();
      await sleep(lastsMs);
      await server.restart();
    },
  };
};
