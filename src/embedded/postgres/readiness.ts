/** Whether a server can be used is asked by using it: its log line comes earlier than its first answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';

/** Start-up takes 0.1 s on a quiet machine; crash recovery on a busy one may take seconds. */
const readyWithinMs = 10_000;
const pollMs = 10;

/** SQLSTATE too_many_connections: clients that came back first have every slot. The server is up, and says so. */
const tooManyConnections = '53300';

/**
 * Resolves once the superuser's query is answered. Rejects when time is up, when the server has ended (`exited`, in
 * words) or with the reason of `signal`.
 */
export const answersQueries = async (
  address: { readonly host: string; readonly port: number },
  exited: Promise<string>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  let ended: string | undefined;
  void exited.then((how) => (ended = how));
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    try {
      await answerOnce(address);
      return;
    } catch (error) {
      if (error instanceof DatabaseError && error.code === tooManyConnections) return;
      if (performance.now() > deadline) throw new Error(`no answer within ${readyWithinMs} ms`, { cause: error });
    }
    if (ended !== undefined) throw new Error(`it ${ended}`);
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
};

const answerOnce = async (address: { readonly host: string; readonly port: number }): Promise<void> => {
  const client = new Client({ ...address, user: 'postgres', database: 'postgres', connectionTimeoutMillis: 1_000 });
  client.on('error', () => {}); // reported by the query as well
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end().catch(() => {});
  }
};
