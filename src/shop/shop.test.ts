import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openPostgres, type PostgresServer } from '../embedded/postgres/postgres.ts';
import { programPath, startProgram, type ChildProgram } from '../program.ts';
import { ms } from '../units.ts';
import type { ShopConfig, ShopReady, ShopSettings } from './config.ts';
import { booksSql, grantSql, productCount, schemaSql, seedSql } from './schema.ts';
import {
  ask,
  buyers,
  checkout,
  checkouts,
  codes,
  failures,
  metric,
  openedShop,
  shopSettings,
  tcpServer,
  until,
  type OpenedShop,
} from './shop.fixture.ts';

let folder: string;
let postgres: PostgresServer;
let operator: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gd-shop-'));
  const settings = { max_connections: 40, fsync: false };
  postgres = await openPostgres({ folder, logFile: join(folder, 'postgres.log'), settings });
  operator = new Client({ connectionString: postgres.operatorUrl });
  await operator.connect();
  await operator.query(`create role shop login password 'secret'; ${schemaSql}${seedSql}${grantSql('shop')}`);
});

afterAll(async () => {
  await operator.end();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  await operator.query('alter role shop connection limit -1');
});

const settingsWith = (given: Partial<ShopSettings> = {}): ShopSettings =>
  shopSettings({ databaseUrl: `postgresql://shop:secret@127.0.0.1:${postgres.port}/postgres`, ...given });
const shopWith = (given?: Partial<ShopSettings>): Promise<OpenedShop> => openedShop(settingsWith(given));

const books = async (): Promise<{ stock: number; sold: number; balance: number }> => {
  const { rows } = await operator.query<{ stock: number; sold: number }>(booksSql);
  const { stock, sold } = rows[0]!;
  return { stock, sold, balance: stock + sold };
};

/** The database sessions of an instance; `where` narrows them down. */
const sessions = async (instance: string, where = 'true'): Promise<number> => {
  const text = `select from pg_stat_activity where application_name = $1 and ${where}`;
  return (await operator.query(text, [instance])).rowCount!;
};
const killSessions = async (instance: string): Promise<void> => {
  await operator.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    instance,
  ]);
};
/** No checkout gets further than this until it is called, which the end of the test does at the latest. */
const lockOrders = async (): Promise<() => Promise<void>> => {
  const client = new Client({ connectionString: postgres.operatorUrl });
  await client.connect();
  await client.query('begin; lock table orders in access exclusive mode');
  let ended: Promise<void> | undefined;
  const unlock = (): Promise<void> => (ended ??= client.end());
  onTestFinished(unlock);
  return unlock;
};
/**
 * A checkout that waits for its payment: nothing is sent to the database until it has it. One in twenty times two of eight
 * want the same product, and one of them waits for the other's payment.
 */
const paying = "(state = 'idle in transaction' and query like 'insert into order_lines%' or wait_event_type = 'Lock')";

test('a buyer is shown products with prices and stock', async () => {
  const { status, body } = await ask(await shopWith(), '/products');
  expect(status).toBe(200);
  expect(body['products']).toHaveLength(20);
  expect((body['products'] as unknown[])[0]).toEqual({
    id: expect.any(Number),
    name: expect.any(String),
    price_cents: expect.any(Number),
    stock: expect.any(Number),
  });
});

test('the books balance after concurrent checkouts', async () => {
  const before = await books();
  expect(before).toEqual({ stock: productCount * 1_000, sold: 0, balance: productCount * 1_000 });
  const answers = await checkouts(await shopWith(), 200);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const units = answers.reduce((total, { body }) => total + Number(body['quantity']), 0);
  expect(await books()).toEqual({ stock: before.stock - units, sold: units, balance: before.balance });
});

test('a product that runs low is restocked by the same transaction, and the books say so', async () => {
  await operator.query('update products set stock = 21');
  const before = await books();
  await checkouts(await shopWith(), 300);
  expect((await books()).balance).toBe(before.balance);
  const shelf =
    'select min(stock) >= 20 as enough, max(stock) > 400 and max(restocked) = 500 as restocked from products';
  expect((await operator.query(shelf)).rows).toEqual([{ enough: true, restocked: true }]);
});

test('killed connections fail their requests with the reason, the books balance, and the shop goes on', async () => {
  const before = await books();
  // Longer than eight need to come together, however busy the machine is: nobody gets to the end.
  const shop = await shopWith({ work: { browseMs: 0, checkoutMs: 4_000 } });
  const running = checkouts(shop, 8);
  await until(async () => (await sessions('shop-1', paying)) === 8);
  await killSessions('shop-1');
  expect(new Set(codes(await running))).toEqual(new Set(['57P01']));
  expect(await failures(shop, '57P01')).toBe(8);
  expect(await books()).toEqual(before);
  expect((await ask(shop, '/products')).status).toBe(200);
  expect(await metric(shop, 'shop_pool_total')).toBe(1);
});

test('an idle connection that is killed is counted, replaced, and fails nobody', async () => {
  const shop = await shopWith();
  await checkout(shop);
  await killSessions('shop-1');
  await until(async () => (await failures(shop, '57P01')) === 1);
  expect(await metric(shop, 'shop_pool_total')).toBe(0);
  expect((await checkout(shop)).status).toBe(201);
});

test("a role's connection limit answers 53300 to whoever comes too late, without anybody waiting in the pool", async () => {
  await operator.query('alter role shop connection limit 3');
  const shop = await shopWith();
  const unlock = await lockOrders();
  const running = checkouts(shop, 8);
  await until(async () => (await failures(shop, '53300')) === 5);
  await unlock();
  const answers = await running;
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  expect(codes(answers).filter((code) => code === '53300')).toHaveLength(5);
  expect(answers.find(({ status }) => status === 503)!.body['error']).toBe('too many connections for role "shop"');
  expect(shop.logged[0]).toBe('shop-1 /checkout failed: 53300: too many connections for role "shop"');
});

test('a pool that is full lets requests wait, then answers pool_timeout', async () => {
  const pool = { max: 1, acquireTimeoutMs: 1_500, idleTimeoutMs: 1_000 };
  const shop = await shopWith({ pool });
  await ask(shop, '/products');
  const unlock = await lockOrders();
  const running = checkouts(shop, 3);
  await until(async () => (await metric(shop, 'shop_pool_waiting')) === 2);
  expect(await metric(shop, 'shop_pool_max')).toBe(1);
  await until(async () => (await failures(shop, 'pool_timeout')) === 2);
  await unlock();
  expect(codes(await running)).toEqual([undefined, 'pool_timeout', 'pool_timeout']);
  expect(await metric(shop, 'shop_pool_acquire_seconds_count')).toBe(4);
});

test('a connection that is cut in mid-transaction is connection_lost, and sells nothing', async () => {
  const pairs: Socket[] = [];
  const { server, port } = await tcpServer((socket) => {
    const upstream = connect(postgres.port, '127.0.0.1');
    pairs.push(socket, upstream);
    for (const end of [socket, upstream]) end.on('error', () => {});
    socket.pipe(upstream).pipe(socket);
  });
  onTestFinished(() => void server.close());
  const before = await books();
  const databaseUrl = `postgresql://shop:secret@127.0.0.1:${port}/postgres`;
  const shop = await shopWith({ databaseUrl, work: { browseMs: 0, checkoutMs: 2_000 } });
  const answer = checkout(shop);
  await until(async () => (await sessions('shop-1', paying)) === 1);
  for (const socket of pairs) socket.destroy();
  expect(await answer).toMatchObject({ status: 503, body: { code: 'connection_lost' } });
  expect(await books()).toEqual(before);
});

test('a session that ended during the payment is named by its own last words, not as "not queryable"', async () => {
  await operator.query("alter role shop set idle_in_transaction_session_timeout = '50ms'");
  onTestFinished(async () => void (await operator.query('alter role shop reset idle_in_transaction_session_timeout')));
  const shop = await shopWith({ work: { browseMs: 0, checkoutMs: 200 } });
  expect(await checkout(shop)).toMatchObject({ status: 503, body: { code: '25P03' } });
  expect([await failures(shop, '25P03'), await failures(shop, 'connection_lost')]).toEqual([1, 0]);
});

test('a wrong password is 28P01, a read-only server lets buyers look and refuses checkouts with 25006', async () => {
  const wrong = await shopWith({ databaseUrl: `postgresql://shop:wrong@127.0.0.1:${postgres.port}/postgres` });
  expect(await ask(wrong, '/products')).toMatchObject({ status: 503, body: { code: '28P01' } });
  await operator.query('alter role shop set default_transaction_read_only = on');
  onTestFinished(async () => void (await operator.query('alter role shop reset default_transaction_read_only')));
  const shop = await shopWith();
  expect((await ask(shop, '/products')).status).toBe(200);
  expect(codes([await checkout(shop), await checkout(shop)])).toEqual(['25006', '25006']);
  expect(await metric(shop, 'shop_pool_total')).toBe(1); // rolled back and kept: the connection itself is sound
});

test('a buyer is counted once: by the checkout either way, or by the browse that failed', async () => {
  const shop = await shopWith();
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 0 });
  await ask(shop, '/products', 'b-1');
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 0 });
  await checkout(shop, 'b-1');
  await checkout(shop, 'b-1');
  expect(await buyers(shop)).toEqual({ succeeded: 1, failed: 0 });
  await operator.query('alter role shop connection limit 0');
  await killSessions('shop-1');
  await until(async () => (await metric(shop, 'shop_pool_total')) === 0);
  expect((await ask(shop, '/products', 'b-2')).status).toBe(503);
  expect((await checkout(shop, 'b-3')).status).toBe(503);
  expect(await buyers(shop)).toEqual({ succeeded: 1, failed: 2 });
});

test('a buyer who left before the answer failed, whatever the database did', async () => {
  const shop = await shopWith({ work: { browseMs: 200, checkoutMs: 0 } });
  await fetch(`${shop.url}/products`, { headers: { 'x-buyer': 'b-1' }, signal: AbortSignal.timeout(60) }).catch(
    () => {},
  );
  await until(() => shop.accesses.length === 1);
  expect(shop.accesses[0]).toMatchObject({ status: 499, buyer: 'b-1' });
  await sleep(250); // the page is rendered in the end, for nobody
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 1 });
});

test('a robot that says so is no buyer, even when its page fails', async () => {
  const shop = await shopWith({ databaseUrl: `postgresql://shop:wrong@127.0.0.1:${postgres.port}/postgres` });
  const browseAs = async (agent: string): Promise<number> =>
    (await fetch(`${shop.url}/products`, { headers: { 'user-agent': agent } })).status;
  expect(await browseAs('pricebot/2.1')).toBe(503);
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 0 });
  expect(await browseAs('Mozilla/5.0 (bottle edition)')).toBe(503);
  expect(await buyers(shop)).toEqual({ succeeded: 0, failed: 1 });
});

const startedShop = async (settings: ShopSettings): Promise<ChildProgram<ShopReady>> => {
  const configFile = join(folder, 'shop-settings.json');
  await writeFile(configFile, JSON.stringify(settings));
  const listen = { host: '127.0.0.1', port: 0 };
  const shop = await startProgram<ShopReady>({
    name: 'shop 2',
    program: programPath('./main.ts', import.meta.url),
    config: { configFile, listen, instance: 'shop-2', accessLogFile: join(folder, 'access.log') } satisfies ShopConfig,
    folder,
    logFile: join(folder, 'shop.log'),
    readyWithinMs: ms(20_000),
  });
  onTestFinished(() => shop.stop());
  return shop;
};

test('a stop refuses new connections, answers what was asked, and does not wait for connections kept alive', async () => {
  const shop = await startedShop(settingsWith());
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const unlock = await lockOrders();
  const send = async (method: string, path: string): Promise<unknown[]> => {
    const request = httpRequest(`${shop.ready.url}${path}`, { agent, method }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    return [response.statusCode, response.headers.connection];
  };
  const running = [send('POST', '/checkout'), send('POST', '/checkout')];
  await until(async () => (await sessions('shop-2', "wait_event_type = 'Lock'")) === 2);
  expect(await send('GET', '/healthz')).toEqual([200, 'keep-alive']);
  const untouched = connect(Number(new URL(shop.ready.url).port), '127.0.0.1');
  await once(untouched, 'connect');
  const stoppingMs = performance.now();
  const stopped = shop.stop(5_000);
  await until(() =>
    fetch(`${shop.ready.url}/healthz`).then(
      () => false,
      () => true,
    ),
  );
  await unlock();
  expect(await Promise.all(running)).toEqual([
    [201, 'close'],
    [201, 'close'],
  ]);
  await stopped;
  expect(performance.now() - stoppingMs).toBeLessThan(1_400);
  const log = await readFile(join(folder, 'access.log'), 'utf8');
  expect(log.match(/"POST \/checkout HTTP\/1.1" 201/g)).toHaveLength(2);
  expect(await sessions('shop-2')).toBe(0);
});

test('a request that never ends is cut after a second and a half', async () => {
  const shop = await startedShop(settingsWith({ work: { browseMs: 60_000, checkoutMs: 0 } }));
  const cut = ask(shop.ready, '/products').then(
    () => 'answered',
    () => 'cut',
  );
  await until(async () => (await sessions('shop-2')) === 1);
  await shop.stop(); // would be killed, with its log unwritten, after 2 s
  expect(await cut).toBe('cut');
  expect(await readFile(join(folder, 'access.log'), 'utf8')).toMatch(/"GET \/products HTTP\/1.1" 499/);
});

test('a shop with settings that are not right does not start, and says why', async () => {
  const settings = settingsWith({ pool: { max: 0, acquireTimeoutMs: 1, idleTimeoutMs: 1 } });
  await expect(startedShop(settings)).rejects.toThrow(
    /shop 2 did not start: .*pool: max: Too small: expected number to be >0/,
  );
});
