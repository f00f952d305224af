/** Whether anybody but us uses a database of the replica: a service that talks to another one would be drilled for nothing. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { asOperator } from '../../faults/operator.ts';

const lookForMs = 3_000;

export type SessionsSoFar = { readonly more: () => Promise<boolean> };

/**
 * Counts the sessions that a database has had. `more` waits until there was another one; a session that is still open may
 * not be counted yet, and one that was short is not open any more, so it looks for both.
 *
 * @param operatorUrl To any database; our own sessions are in another one, or they would be counted.
 */
export const sessionsIn = async (operatorUrl: string, database: string): Promise<SessionsSoFar> => {
  const elsewhere = operatorUrl.replace(/\/[^/?]+(?=\?|$)/, '/postgres');
  const look = (): Promise<{ had: number; open: number }> =>
    asOperator(elsewhere, async (client) => {
      const { rows } = await client.query<{ had: number; open: number }>(
        `select sessions::int as had, (select count(*)::int from pg_stat_activity where usename = $1) as open
           from pg_stat_database where datname = $1`,
        [database],
      );
      return rows[0] ?? { had: 0, open: 0 };
    });
  const { had: before } = await look();
  return {
    more: async () => {
      for (const until = performance.now() + lookForMs; performance.now() < until; await sleepFor(50)) {
        const { had, open } = await look();
        if (open > 0 || had > before) return true;
      }
      return false;
    },
  };
};
