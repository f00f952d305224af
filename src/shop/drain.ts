/** A stop that no client notices: what was asked is answered, what was not asked yet is asked elsewhere. */
import type { Server } from 'node:http';
import type { Clock } from '../clock.ts';
import { ms, type Ms } from '../units.ts';

/** For requests that are on their way on a connection that looks unused. */
const graceMs = ms(100);
const lookEveryMs = ms(20);

/**
 * Stops listening at once, waits for the answers under way, and cuts the connections that are left: unused ones as soon as
 * nothing is being answered, all of them after `withinMs`. From now on the server's answers must carry `connection: close`.
 *
 * @param answering How many requests are being answered.
 */
export const stopServer = async (
  server: Server,
  answering: () => number,
  withinMs: Ms,
  clock: Clock,
): Promise<void> => {
  // A connection that the kernel has taken already is one that a client counts on: one turn to accept it.
  await new Promise((resolve) => setImmediate(resolve));
  const startedMs = clock.nowMs();
  const closed = new Promise<'closed'>((resolve) => server.close(() => resolve('closed')));
  while ((await Promise.race([closed, clock.sleep(lookEveryMs)])) !== 'closed') {
    const sinceMs = clock.nowMs() - startedMs;
    if (sinceMs >= withinMs || (sinceMs >= graceMs && answering() === 0)) server.closeAllConnections();
  }
};
