/**
 * The shop: a page of products, a checkout, an upload of pictures, a health check that does not ask the database, and
 * metrics. It fails as services do: a request that the database fails is answered 503 with the class of the failure, and
 * the shop lives on.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import { ms } from '../units.ts';
import type { AccessLog } from './access-log.ts';
import { countBuyers } from './buyers.ts';
import type { ShopConfig, ShopSettings } from './config.ts';
import { measuredDatabase, openPool } from './database.ts';
import { stopServer } from './drain.ts';
import { failureCode } from './failure.ts';
import { shopMetrics } from './metrics.ts';
import { browse, checkout } from './storefront.ts';
import { openThumbnails } from './thumbnails.ts';

export type OpenShop = Pick<ShopConfig, 'listen' | 'instance'> & {
  readonly settings: ShopSettings;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
  /** The service's own log, one line a call. */
  readonly log: (line: string) => void;
};

export type Shop = {
  readonly url: string;
  /** Lets running requests end, within 1.5 s, then closes the pool, within 0.2 s. The access log stays its owner's to close. */
  readonly close: () => Promise<void>;
};

type Answer = { readonly status: number; readonly type: string; readonly body: string };
type Route = {
  /** The `route` label; anything else a client may ask for shares one, so that it cannot make series. */
  readonly label: string;
  readonly answer: (buyer: string | undefined) => Promise<Answer>;
  /** Does this request, ended with `status`, end the buyer's visit? */
  readonly ends: (status: number) => 'succeeded' | 'failed' | undefined;
};

/** The client left before it was answered; nginx's number for it, used in the log and the metrics only. */
const clientLeft = 499;
const drainWithinMs = ms(1_500);
const poolWithinMs = ms(200);

/** @throws When the address cannot be listened on. */
export const openShop = async ({ settings, instance, listen, accessLog, clock, log }: OpenShop): Promise<Shop> => {
  const pool = openPool(settings, instance);
  const thumbnails = openThumbnails(clock);
  const metrics = shopMetrics(pool, settings.pool.max, thumbnails);
  const database = measuredDatabase(pool, metrics, clock);
  const buyers = countBuyers((outcome) => metrics.buyers.inc({ outcome }));
  const render = (): Promise<void> => clock.sleep(ms(settings.work.browseMs));
  const authorisePayment = (): Promise<void> => clock.sleep(ms(settings.work.checkoutMs));

  const routes: Readonly<Record<string, Route>> = {
    'GET /products': {
      label: '/products',
      answer: async () => json(200, { products: await database.session((session) => browse(session, render)) }),
      ends: (status) => (status === 200 ? undefined : 'failed'),
    },
    'POST /checkout': {
      label: '/checkout',
      answer: async (buyer) =>
        json(201, await database.transaction((session) => checkout(session, { buyer, instance, authorisePayment }))),
      ends: (status) => (status === 201 ? 'succeeded' : 'failed'),
    },
    'POST /pictures': {
      label: '/pictures',
      answer: async () =>
        thumbnails.take() ? json(202, { taken: true }) : json(429, { error: 'too many pictures wait' }),
      ends: () => undefined,
    },
    'GET /healthz': { label: '/healthz', answer: async () => json(200, { ok: true }), ends: () => undefined },
    'GET /metrics': {
      label: '/metrics',
      answer: async () => ({ status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() }),
      ends: () => undefined,
    },
  };
  const nowhere: Route = {
    label: 'other',
    answer: async () => json(404, { error: 'there is no such page' }),
    ends: () => undefined,
  };

  const failed = (route: Route, error: unknown): Answer => {
    const code = failureCode(error);
    log(`${instance} ${route.label} failed: ${code ?? 'internal'}: ${reasonOf(error)}`);
    return json(code === undefined ? 500 : 503, { error: reasonOf(error), code: code ?? 'internal' });
  };

  let answering = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedMs = clock.nowMs();
    const { method = '', url: target = '' } = request;
    const route = routes[`${method} ${target.split('?', 1)[0]}`] ?? nowhere;
    const buyer = buyerOf(request);
    const address = addressOf(request);
    const agent = request.headers['user-agent'];
    let bytes = 0;
    answering += 1;
    response.once('close', () => {
      answering -= 1;
      const status = response.writableFinished ? response.statusCode : clientLeft;
      const tookMs = clock.nowMs() - startedMs;
      metrics.requests.inc({ route: route.label, status: String(status) });
      metrics.requestSeconds.observe({ route: route.label }, tookMs / 1_000);
      const outcome = isRobot(agent) ? undefined : route.ends(status);
      if (outcome !== undefined) buyers.ended(buyer, outcome);
      accessLog.write({ address, buyer, method, target, status, bytes, agent, tookMs });
    });
    request.resume(); // whatever is in the body, the shop does not read it
    const { status, type, body } = await route.answer(buyer).catch((error: unknown) => failed(route, error));
    bytes = Buffer.byteLength(body);
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes,
      ...(server.listening ? {} : { connection: 'close' }), // draining: the client is to come back through the front door
    });
    response.end(body);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${listen.host}:${port}`,
    close: async () => {
      thumbnails.close();
      await stopServer(server, () => answering, drainWithinMs, clock);
      // A connection that still works for nobody is not waited for: it ends with the process, and its transaction with it.
      await Promise.race([pool.end(), clock.sleep(poolWithinMs)]);
    },
  };
};

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

const buyerOf = ({ headers }: IncomingMessage): string | undefined => {
  const buyer = headers['x-buyer'];
  return typeof buyer === 'string' && /^[\w.:-]{1,64}$/.test(buyer) ? buyer : undefined;
};

/** A robot that says so buys nothing, whatever becomes of its requests. */
const isRobot = (agent: string | undefined): boolean => agent !== undefined && /bot\b/i.test(agent);

/** The client a proxy in front speaks for, else whoever is connected. */
const addressOf = ({ headers, socket }: IncomingMessage): string => {
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',', 1)[0]!
    .trim();
  return isIP(forwarded) === 0 ? (socket.remoteAddress ?? '-') : forwarded;
};
