import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import { programPath, startProgram } from '../program.ts';
import { ms } from '../units.ts';
import type { LoadConfig, LoadMessage, LoadReady } from './config.ts';
import { startLoad, type Load } from './generator.ts';
import { purchase, visitOf } from './visits.ts';
import type { LoadWindow } from './window.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const service = async (answer: Answer): Promise<string> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const quickly: Answer = (_, response) => void response.end('ok');

const configOf = (given: Partial<LoadConfig> = {}): LoadConfig => ({
  ...{ ratePerSecond: 100, arrivals: 'constant', spikes: [], seed: 1, visits: [purchase] },
  ...{ windowMs: 500, timeoutMs: 3_000, maxInFlight: 2_000 },
  ...given,
});

const load = (target: string, config: LoadConfig = configOf()): { load: Load; windows: LoadWindow[] } => {
  const windows: LoadWindow[] = [];
  return { load: startLoad(config, [target], startClock(), (window) => windows.push(window)), windows };
};

const sum = (windows: readonly LoadWindow[], of: (window: LoadWindow) => number): number =>
  windows.reduce((total, window) => total + of(window), 0);

test('a freeze is charged for everybody who would have had to wait', async () => {
  // 2 s of arrivals, the service frozen from 500 to 1300 ms: two in five browses wait, on average 400 ms.
  const startedMs = performance.now();
  const url = await service((request, response) => {
    const atMs = performance.now() - startedMs;
    const frozen = atMs >= 500 && atMs < 1_300;
    setTimeout(() => quickly(request, response), frozen ? 1_300 - atMs : 0);
  });
  const { load: running, windows } = load(url, configOf({ windowMs: 10_000 }));
  await sleep(2_000);
  await running.stop();
  const [whole] = windows;
  expect(whole!.buyers).toBeGreaterThan(180); // a closed loop of a few connections would have sent hardly any during the freeze
  expect(whole!.buyersFailed).toBe(0);
  expect(whole!.p50Ms).toBeLessThan(100);
  expect(whole!.p95Ms).toBeGreaterThan(500);
  expect(whole!.p95Ms).toBeLessThan(1_000);
});

test('a buyer browses, then checks out under the same name, and comes from an address of their own', async () => {
  const asked: unknown[][] = [];
  const url = await service((request, response) => {
    const { method, url: path, headers } = request;
    asked.push([method, path, headers['x-buyer'], headers['x-forwarded-for']]);
    quickly(request, response);
  });
  const { load: running } = load(url, configOf({ ratePerSecond: 5 }));
  await sleep(450);
  await running.stop();
  expect(asked).toEqual([
    ['GET', '/products', 'b1-1', '198.18.0.1'],
    ['POST', '/checkout', 'b1-1', '198.18.0.1'],
    ['GET', '/products', 'b1-2', '198.18.0.2'],
    ['POST', '/checkout', 'b1-2', '198.18.0.2'],
  ]);
});

test('a buyer whose browse fails does not check out, and is one failed buyer', async () => {
  const url = await service((_, response) => void response.writeHead(503).end());
  const { load: running, windows } = load(url);
  await sleep(300);
  await running.stop();
  const buyers = sum(windows, (window) => window.buyers);
  expect(buyers).toBeGreaterThan(20);
  expect(sum(windows, (window) => window.buyersFailed)).toBe(buyers);
  expect(sum(windows, (window) => window.requests)).toBe(buyers);
  expect(sum(windows, (window) => window.errors['503'] ?? 0)).toBe(buyers);
});

test('a robot and an import come with the fault, for as long as they were told to, and are not measured', async () => {
  const asked: unknown[][] = [];
  const aside = (): unknown[][] => asked.filter(([buyer]) => buyer === undefined);
  const url = await service((request, response) => {
    const { method, url: path, headers } = request;
    asked.push([headers['x-buyer'], method, path, headers['x-forwarded-for'], headers['user-agent']]);
    response.writeHead(path === '/pictures' ? 429 : 200).end();
  });
  const spikes = [
    { kind: 'burst', atMs: 0, forMs: 250, ratePerSecond: 200, addresses: 2 },
    { kind: 'uploads', atMs: 100, forMs: 150, ratePerSecond: 100 },
  ] as const;
  const { load: running, windows } = load(url, configOf({ ratePerSecond: 20, spikes }));
  await sleep(150);
  expect(aside()).toEqual([]);
  running.startSpikes();
  await sleep(600);
  const others = aside();
  await sleep(200);
  await running.stop();
  expect(aside()).toEqual(others);
  const kinds = [
    [undefined, 'GET', '/products', '203.0.113.10', 'pricebot/2.1'],
    [undefined, 'GET', '/products', '203.0.113.11', 'pricebot/2.1'],
    [undefined, 'POST', '/pictures', '10.0.3.17', 'catalogue-import/3.0'],
  ];
  for (const kind of kinds) expect(others).toContainEqual(kind);
  for (const other of others) expect(kinds).toContainEqual(other);
  expect(others.length).toBeGreaterThan(40);
  expect(sum(windows, (window) => window.requests)).toBe(asked.length - others.length);
  expect(sum(windows, (window) => window.requestsFailed)).toBe(0);
});

test('windows are full, and aligned to the start', async () => {
  const url = await service(quickly);
  const { load: running, windows } = load(url, configOf({ windowMs: 100 }));
  await sleep(450);
  await running.stop();
  expect(windows.length).toBeGreaterThanOrEqual(4);
  const [last, ...full] = windows.toReversed();
  expect(new Set(full.map((window) => window.windowMs))).toEqual(new Set([100]));
  expect(last!.windowMs).toBeLessThanOrEqual(100);
});

test('arrivals beyond the cap are dropped, and say so', async () => {
  const url = await service(() => {}); // never answers
  const { load: running, windows } = load(url, configOf({ maxInFlight: 5, timeoutMs: 400 }));
  await sleep(250);
  await running.stop();
  expect(windows[0]!.dropped).toBeGreaterThan(10);
  expect(sum(windows, (window) => window.buyersFailed)).toBe(sum(windows, (window) => window.dropped) + 5);
  expect(sum(windows, (window) => window.errors['timeout'] ?? 0)).toBe(5);
});

test('stopping waits no longer than a buyer is patient; who is left then is neither served nor failed', async () => {
  const url = await service((request, response) => {
    setTimeout(() => quickly(request, response), request.method === 'GET' ? 150 : 10_000);
  });
  const { load: running, windows } = load(url, configOf({ ratePerSecond: 20, timeoutMs: 200 }));
  await sleep(120); // buyers 1 and 2 are browsing
  await running.stop();
  const last = windows.at(-1)!;
  expect(last.inFlight).toBe(2);
  expect(sum(windows, (window) => window.buyersFailed)).toBe(0);
});

test('as a program it sends from go, takes the spikes from the fault, and says when it has stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-load-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const url = await service(quickly);
  const spikes = [{ kind: 'buyers', atMs: 0, forMs: 60_000, times: 4 }] as const;
  const windows: LoadWindow[] = [];
  const stopped = Promise.withResolvers<void>();
  const child = await startProgram<LoadReady>({
    name: 'load',
    program: programPath('./main.ts', import.meta.url),
    config: configOf({ ratePerSecond: 50, spikes, windowMs: 250 }),
    folder,
    logFile: join(folder, 'load.log'),
    readyWithinMs: ms(20_000),
    onMessage: (message) => {
      const told = message as LoadMessage;
      if ('window' in told) windows.push(told.window);
      else stopped.resolve();
    },
  });
  onTestFinished(() => child.stop());
  const metrics = async (): Promise<string> => (await fetch(`http://${child.ready.address}/metrics`)).text();
  expect(await metrics()).toContain('load_requests_total{route="GET /products",outcome="failed"} 0');
  child.send({ go: { targets: [url] } });
  await sleep(1_000);
  const calm = sum(windows, (window) => window.buyers);
  child.send({ fault: true });
  await sleep(1_000);
  child.send({ stop: true });
  await stopped.promise;
  const spiking = sum(windows, (window) => window.buyers) - calm;
  expect(calm).toBeGreaterThan(20);
  expect(spiking / calm).toBeGreaterThan(2.5);
  const text = await metrics();
  const counted = Number(/outcome="succeeded"\} (\d+)/.exec(text)?.[1]);
  expect(counted).toBe(calm + spiking);
  expect(text).toContain(`load_request_duration_seconds_count{route="POST /checkout"} ${counted}`);
});

test('a service of a team is asked for its routes, by their weights and in the same order for the same seed', async () => {
  const routes = [
    { method: 'GET', path: '/users?page=1', body: null, weight: 3 },
    { method: 'POST', path: '/users', body: '{"name":"Ada"}', weight: 1 },
  ] as const;
  const visits = routes.map((route) =>
    visitOf({ ...route, headers: { 'content-type': 'application/json' }, expect: { status: null, contains: null } }),
  );
  const orderOf = async (): Promise<readonly string[]> => {
    const asked: string[] = [];
    const url = await service((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${body}`);
        response.writeHead(302).end();
      });
    });
    const { load: running, windows } = load(url, configOf({ visits }));
    await sleep(450);
    await running.stop();
    expect(sum(windows, (window) => window.requestsFailed)).toBe(0); // to be sent elsewhere is an answer
    return asked.slice(0, 30);
  };
  const order = await orderOf();
  expect(order.filter((each) => each === 'GET /users?page=1 ').length).toBeGreaterThan(15);
  expect(order.filter((each) => each === 'POST /users {"name":"Ada"}').length).toBeGreaterThan(2);
  expect(await orderOf()).toEqual(order);
});
