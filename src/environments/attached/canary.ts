/**
 * Who uses the database when the team gave no service to use it: every buyer of the load generator becomes a query on the way
 * that the service takes, through its proxy and under its role, from a pool as the experiment says. So what buyers see is
 * what a service of theirs would see; it reads nothing but the number one.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { ServiceSettings } from '../../documents/experiment.ts';
import { isOwnService, type OwnService } from '../../documents/service-settings.ts';
import { ms } from '../../units.ts';

export const canaryName = 'gameday canary';
export const canarySql = 'select 1';

export type Canary = AsyncDisposable & { readonly url: string };

/** A query that is not answered by then has failed. */
const queryWithinMs = 2_500;

type Limits = Pick<ServiceSettings, 'pool' | 'work'>;

/** A service of the team's own does not say how it pools. */
export const canaryLimits = (service: ServiceSettings | OwnService): Limits =>
  isOwnService(service)
    ? {
        pool: { max: 5, acquireTimeoutMs: ms(2_000), idleTimeoutMs: ms(1_000) },
        work: { browseMs: ms(0), checkoutMs: ms(0) },
      }
    : service;

export const openCanary = async (serviceUrl: string, { pool: limits, work }: Limits): Promise<Canary> => {
  const pool = new pg.Pool({
    connectionString: serviceUrl,
    application_name: canaryName,
    max: limits.max,
    connectionTimeoutMillis: limits.acquireTimeoutMs,
    idleTimeoutMillis: limits.idleTimeoutMs,
    query_timeout: queryWithinMs,
  });
  // A session that is ended shows at its next query, if there is one; the next buyer gets another.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', () => {});
  const serve = async (workMs: number): Promise<void> => {
    const client = await pool.connect();
    let broken = true;
    try {
      await client.query(canarySql);
      if (workMs > 0) await sleepFor(workMs);
      broken = false;
    } finally {
      client.release(broken);
    }
  };
  const server = createServer((request, response) => {
    const workMs = request.method === 'POST' ? work.checkoutMs : work.browseMs;
    request.resume();
    serve(workMs).then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      // Sessions that hang in a slow proxy are not waited for.
      await Promise.race([pool.end().catch(() => {}), sleepFor(1_000, undefined, { ref: false })]);
    },
  };
};
