/** A shop to try out, as buyers and Prometheus see it. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { startClock } from '../clock.ts';
import type { Access } from './access-log.ts';
import type { ShopSettings } from './config.ts';
import { openShop, type Shop } from './shop.ts';

export const shopSettings = (given: Partial<ShopSettings> & Pick<ShopSettings, 'databaseUrl'>): ShopSettings => ({
  pool: { max: 10, acquireTimeoutMs: 2_000, idleTimeoutMs: 1_000 },
  work: { browseMs: 0, checkoutMs: 0 },
  ...given,
});

export type OpenedShop = Shop & {
  readonly accesses: readonly Access[];
  /** Its own log. */
  readonly logged: readonly string[];
};

export const openedShop = async (settings: ShopSettings): Promise<OpenedShop> => {
  const accesses: Access[] = [];
  const logged: string[] = [];
  const shop = await openShop({
    settings,
    listen: { host: '127.0.0.1', port: 0 },
    instance: 'shop-1',
    accessLog: { write: (access) => accesses.push(access), close: async () => {} },
    clock: startClock(),
    log: (line) => logged.push(line),
  });
  onTestFinished(shop.close);
  return { ...shop, accesses, logged };
};

export type Answer = { status: number; body: Record<string, unknown> };

export const ask = async (shop: { url: string }, path: string, buyer?: string): Promise<Answer> => {
  const method = path === '/checkout' ? 'POST' : 'GET';
  const response = await fetch(`${shop.url}${path}`, {
    method,
    headers: buyer === undefined ? {} : { 'x-buyer': buyer },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

export const checkout = (shop: { url: string }, buyer?: string): Promise<Answer> => ask(shop, '/checkout', buyer);
export const checkouts = (shop: { url: string }, count: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, () => checkout(shop)));

export const metric = async (shop: { url: string }, series: string): Promise<number> => {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
};

export const failures = (shop: { url: string }, code: string): Promise<number> =>
  metric(shop, `shop_db_errors_total{code="${code}"}`);
export const buyers = async (shop: { url: string }): Promise<{ succeeded: number; failed: number }> => ({
  succeeded: await metric(shop, 'shop_buyers_total{outcome="succeeded"}'),
  failed: await metric(shop, 'shop_buyers_total{outcome="failed"}'),
});

export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries === 500) throw new Error('waited in vain');
    await sleep(10);
  }
};

export const codes = (answers: readonly Answer[]): unknown[] => answers.map(({ body }) => body['code']);

/** In the place of a database. */
export const tcpServer = async (onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
  const server = createServer(onSocket).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};
