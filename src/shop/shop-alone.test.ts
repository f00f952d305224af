/** What a shop does without its database. */
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  ask,
  buyers,
  failures,
  metric,
  openedShop,
  shopSettings,
  tcpServer,
  until,
  type OpenedShop,
} from './shop.fixture.ts';

const aloneShop = (): Promise<OpenedShop> =>
  openedShop(shopSettings({ databaseUrl: 'postgresql://shop:secret@127.0.0.1:1/postgres' }));

test('without a database the shop lives, says so, and names the refusal', async () => {
  const { server, port } = await tcpServer(() => {});
  server.close();
  const shop = await openedShop(shopSettings({ databaseUrl: `postgresql://shop:secret@127.0.0.1:${port}/postgres` }));
  expect(await ask(shop, '/healthz')).toEqual({ status: 200, body: { ok: true } });
  expect(await ask(shop, '/products')).toMatchObject({ status: 503, body: { code: 'ECONNREFUSED' } });
  expect(await failures(shop, 'ECONNREFUSED')).toBe(1);
});

test('a server that accepts and never answers is a connect_timeout', async () => {
  const sockets: Socket[] = [];
  const { server, port } = await tcpServer((socket) => void sockets.push(socket.resume()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const pool = { max: 10, acquireTimeoutMs: 100, idleTimeoutMs: 1_000 };
  const shop = await openedShop(
    shopSettings({ databaseUrl: `postgresql://shop:secret@127.0.0.1:${port}/postgres`, pool }),
  );
  expect(await ask(shop, '/products')).toMatchObject({ status: 503, body: { code: 'connect_timeout' } });
});

test('the access log names the client that a proxy speaks for, unless it is no address', async () => {
  const shop = await aloneShop();
  await fetch(`${shop.url}/healthz`, { headers: { 'x-forwarded-for': '198.18.0.9, 10.0.0.1' } });
  await fetch(`${shop.url}/healthz`, { headers: { 'x-forwarded-for': 'nonsense' } });
  await fetch(`${shop.url}/no/such/page?at=all`);
  await until(() => shop.accesses.length === 3);
  expect(shop.accesses.map(({ address, target, status }) => [address, target, status])).toEqual([
    ['198.18.0.9', '/healthz', 200],
    ['127.0.0.1', '/healthz', 200],
    ['127.0.0.1', '/no/such/page?at=all', 404],
  ]);
  expect(await metric(shop, 'shop_http_requests_total{route="other",status="404"}')).toBe(1);
});

test('the usual failures and both outcomes are there from the first scrape, at 0', async () => {
  const shop = await aloneShop();
  for (const code of [
    '53300',
    '57P01',
    '57P03',
    '28P01',
    '25006',
    'pool_timeout',
    'connect_timeout',
    'connection_lost',
  ])
    expect([code, await failures(shop, code)]).toEqual([code, 0]);
  expect(await metric(shop, 'shop_http_requests_total{route="/checkout",status="503"}')).toBe(0);
  expect(await metric(shop, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(await metric(shop, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
});

test('pictures are taken until too many wait; that is a busy worker, and nothing to the buyers', async () => {
  const shop = await aloneShop();
  const upload = async (): Promise<number> => (await fetch(`${shop.url}/pictures`, { method: 'POST' })).status;
  const busy = 'shop_worker_busy_ratio{worker="thumbnails"}';
  expect(await metric(shop, busy)).toBe(0);
  const statuses = [];
  for (let i = 0; i < 7; i += 1) statuses.push(await upload());
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
  await until(async () => (await metric(shop, busy)) > 0.2);
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 0 });
  expect(await metric(shop, 'shop_http_requests_total{route="/pictures",status="429"}')).toBe(2);
});
