import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { call, openProxy, pairForTest, view } from './pair.fixture.ts';

type Shown = { readonly enabled: boolean; readonly ttl?: number; readonly toxics: { ttl?: number }[] };

const proxyForTest = async () => {
  const proxy = await openProxy();
  onTestFinished(proxy.close);
  return proxy;
};

const expired = (path: string, shown: object): Promise<void> =>
  vi.waitFor(async () => expect(await view(path)).toMatchObject(shown), { timeout: 5_000, interval: 10 });

test('a toxic with a time to live removes itself, and releases what it holds', async () => {
  const { path, client, server } = await pairForTest();
  const added = await call('POST', `${path}/toxics`, { type: 'bandwidth', attributes: { rate: 0 }, ttl: 150 });
  expect(JSON.parse(added)).toMatchObject({ ttl: expect.closeTo(145, -1.3) });
  const from = performance.now();
  server.socket.write('held');
  await client.got(4);
  expect(performance.now() - from).toBeGreaterThan(100);
  await expired(path, { toxics: [] });
});

test('a disabled proxy with a time to live is enabled by itself, on the same port', async () => {
  const { path, dial } = await proxyForTest();
  await call('PATCH', path, { enabled: false, ttl: 100 });
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
  await expired(path, { enabled: true });
  expect(await view(path)).not.toHaveProperty('ttl');
  await dial();
});

test('what is left of the time is shown; without one, nothing is', async () => {
  const { path } = await proxyForTest();
  await call('POST', `${path}/toxics`, { type: 'noop', name: 'mortal', ttl: 60_000 });
  await call('POST', `${path}/toxics`, { type: 'noop', name: 'immortal' });
  await call('PATCH', path, { enabled: false, ttl: 60_000 });
  const { ttl, toxics } = await view<Shown>(path);
  for (const left of [ttl, toxics[0]?.ttl]) {
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  }
  expect(toxics[1]).not.toHaveProperty('ttl');
});

test('a later time replaces the earlier one, 0 takes it away, and other changes leave it', async () => {
  const { path } = await proxyForTest();
  const toxic = `${path}/toxics/noop_downstream`;
  await call('POST', `${path}/toxics`, { type: 'noop', ttl: 300 });
  await call('PATCH', toxic, { toxicity: 0.5 });
  expect((await view<Shown>(path)).toxics[0]?.ttl).toBeLessThanOrEqual(300);
  await call('PATCH', toxic, { ttl: 60_000 });
  expect((await view<Shown>(path)).toxics[0]?.ttl).toBeGreaterThan(300);
  await call('PATCH', toxic, { ttl: 0 });
  expect((await view<Shown>(path)).toxics[0]).not.toHaveProperty('ttl');
});

test('a proxy enabled or reset by hand is not touched by its time any more', async () => {
  const { path } = await proxyForTest();
  await call('PATCH', path, { enabled: false, ttl: 60_000 });
  await call('PATCH', path, { enabled: true });
  expect(await view(path)).not.toHaveProperty('ttl');
  await call('PATCH', path, { enabled: false, ttl: 60_000 });
  await call('POST', '/reset');
  expect(await view(path)).not.toHaveProperty('ttl');
});

test('a proxy that cannot listen when its time has run out tries again until it can', async () => {
  const { path, port } = await proxyForTest();
  await call('PATCH', path, { enabled: false, ttl: 200 });
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  await expired(path, { enabled: false, ttl: 0 });
  squatter.close();
  await expired(path, { enabled: true });
  expect(await view(path)).toMatchObject({ listen: `127.0.0.1:${port}` });
});

test('proxies may be created disabled for a while; a time for one that is enabled is refused', async () => {
  const names = ['sleeper', 'waker'];
  onTestFinished(async () => void (await Promise.allSettled(names.map((name) => call('DELETE', `/proxies/${name}`)))));
  const proxy = { listen: '127.0.0.1:0', upstream: '127.0.0.1:1' };
  await call('POST', '/populate', [{ ...proxy, name: 'sleeper', enabled: false, ttl: 50 }]);
  await expired('/proxies/sleeper', { enabled: true });
  const why = 'bad request body: ttl is for a disabled proxy, and for toxics';
  await expect(call('POST', '/proxies', { ...proxy, name: 'waker', ttl: 50 })).rejects.toThrow(why);
  await expect(call('PATCH', '/proxies/sleeper', { ttl: 50 })).rejects.toThrow(why);
});

test.each([-1, 1.5, 'soon'])('a time to live of %j is refused and changes nothing', async (ttl) => {
  const { path } = await proxyForTest();
  await expect(call('POST', `${path}/toxics`, { type: 'noop', ttl })).rejects.toThrow('bad request body: ttl must be');
  await expect(call('PATCH', path, { enabled: false, ttl })).rejects.toThrow('bad request body: ttl must be');
  expect(await view(path)).toMatchObject({ enabled: true, toxics: [] });
});
