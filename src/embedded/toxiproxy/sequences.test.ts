import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { startToxiproxy } from './toxiproxy.ts';

const toxic = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  stream: fc.constantFrom('upstream', 'downstream'),
  toxicity: fc.constantFrom(0, 0.5, 1),
  kind: fc.oneof(
    fc.record({ type: fc.constant('latency'), attributes: fc.record({ latency: fc.nat(12), jitter: fc.nat(15) }) }),
    fc.record({ type: fc.constant('bandwidth'), attributes: fc.record({ rate: fc.constantFrom(0, 300, 5_000) }) }),
    fc.record({ type: fc.constantFrom('noop', 'slow_close'), attributes: fc.constant({}) }),
    fc.record({
      type: fc.constant('slicer'),
      attributes: fc.record({
        average_size: fc.integer({ min: 8, max: 2_000 }),
        size_variation: fc.nat(8),
        delay: fc.nat(30),
      }),
    }),
  ),
});

/** Calls that cut nothing; some are answered with 404 or 409, which is as well. */
const apiCall = fc.oneof(
  {
    weight: 5,
    arbitrary: toxic.map(({ kind, ...rest }) => ['POST', '/proxies/p/toxics', { ...rest, ...kind }] as const),
  },
  {
    weight: 2,
    arbitrary: toxic.map(
      ({ name, toxicity, kind }) => ['PATCH', `/proxies/p/toxics/${name}`, { toxicity, ...kind }] as const,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('a', 'b', 'c').map((name) => ['DELETE', `/proxies/p/toxics/${name}`] as const),
  },
  fc.constant(['POST', '/reset'] as const),
  fc.constant(['PATCH', '/proxies/p', {}] as const),
  fc.constant(['GET', '/proxies'] as const),
);
const step = fc.record({ api: apiCall, bytes: fc.nat(20_000) });

const listening = async (onConnection: (socket: Socket) => void) => {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** Sockets, listeners and timers that keep this process alive. */
const resources = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP') || name === 'Timeout');

const nothingLeft = async (): Promise<void> => {
  for (let tries = 0; tries < 100 && resources().length > 0; tries += 1) await sleep(10);
  expect(resources()).toEqual([]);
};

const pattern = (length: number, from: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => ((from + at) * 7) % 251));

test('whatever is asked of the API, bytes arrive once and in order, and no socket or timer is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const remote = Promise.withResolvers<Socket>();
      const { server, address } = await listening(remote.resolve);
      const proxies = [{ name: 'p', listen: '127.0.0.1:0', upstream: address }];
      const toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies });
      const client = connect(Number(toxiproxy.proxies[0]?.listen.split(':')[1]), '127.0.0.1');
      const ends = [client, await remote.promise];
      const received = ends.map((socket) => {
        const parts: Buffer[] = [];
        socket.on('data', (part) => parts.push(part));
        return () => Buffer.concat(parts);
      });
      let sent = 0;
      for (const { api, bytes } of steps) {
        for (const socket of ends) socket.write(pattern(bytes, sent));
        sent += bytes;
        const [method, path, body] = api;
        const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
        const answer = await fetch(`${toxiproxy.url}${path}`, { ...init, signal: AbortSignal.timeout(3_000) });
        await answer.arrayBuffer();
        expect([200, 204, 404, 409]).toContain(answer.status);
      }
      await fetch(`${toxiproxy.url}/reset`, { method: 'POST' });
      await vi.waitFor(() => expect(received.map((all) => all().length)).toEqual([sent, sent]), { interval: 2 });
      for (const all of received) expect(all().equals(pattern(sent, 0))).toBe(true);
      const closed = ends.map((socket) => once(socket, 'close'));
      client.end();
      ends[1]?.end();
      await Promise.all(closed);
      await toxiproxy.close();
      server.close();
    }),
    { numRuns: 60 },
  );
  await nothingLeft();
});

test('connections and proxies that end while toxics wait, and toxics that wait for their time, leave no timer', async () => {
  const { server, address } = await listening((socket) => {
    socket.on('error', () => {}).resume();
    socket.end('held');
  });
  const toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies: [] });
  const call = async (path: string, body: object): Promise<{ listen: string }> =>
    (await (await fetch(`${toxiproxy.url}${path}`, { method: 'POST', body: JSON.stringify(body) })).json()) as never;
  for (const [type, attributes] of Object.entries({
    latency: { latency: 60_000 },
    bandwidth: { rate: 0 },
    slicer: { average_size: 1, delay: 60_000_000 },
    slow_close: { delay: 60_000 },
    timeout: { timeout: 60_000 },
    reset_peer: { timeout: 60_000 },
  })) {
    const { listen } = await call('/proxies', { name: type, listen: '127.0.0.1:0', upstream: address });
    await call(`/proxies/${type}/toxics`, { type, attributes, ttl: 60_000 });
    const client = connect(Number(listen.split(':')[1]), '127.0.0.1').on('error', () => {});
    await once(client.resume(), 'connect');
  }
  await call('/proxies', { name: 'asleep', listen: '127.0.0.1:0', upstream: address, enabled: false, ttl: 60_000 });
  await sleep(100); // the toxics have something to wait for
  expect(resources().length).toBeGreaterThan(8);
  await fetch(`${toxiproxy.url}/proxies/slow_close`, { method: 'DELETE' });
  await toxiproxy.close();
  server.close();
  await nothingLeft();
});
