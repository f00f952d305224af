import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startToxiproxy, type RunningToxiproxy } from './toxiproxy.ts';

let toxiproxy: RunningToxiproxy;
beforeAll(async () => {
  toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies: [] });
});
afterAll(async () => await toxiproxy.close());

const call = async (method: string, path: string, body?: unknown): Promise<void> => {
  const response = await fetch(`${toxiproxy.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(2_000),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
};

/** A socket with all it has received. */
type Peer = {
  readonly socket: Socket;
  readonly received: () => Buffer;
  readonly got: (bytes: number) => Promise<void>;
};

const peerOf = (socket: Socket): Peer => {
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.on('error', () => {});
  const received = (): Buffer => Buffer.concat(parts);
  const got = async (bytes: number): Promise<void> => {
    while (received().length < bytes) await once(socket, 'data', { signal: AbortSignal.timeout(5_000) });
  };
  return { socket, received, got };
};

let count = 0;
/** One open connection through a proxy of its own: the client's end and the server's. */
const openPair = async () => {
  const accepted: Socket[] = [];
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => accepted.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const path = `/proxies/pair-${(count += 1)}`;
  const upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await call('POST', '/proxies', { name: path.slice(9), listen: '127.0.0.1:0', upstream });
  const view = (await (await fetch(`${toxiproxy.url}${path}`)).json()) as { listen: string };
  const port = Number(view.listen.split(':')[1]);
  const client = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  await vi.waitFor(() => expect(accepted).toHaveLength(1), { interval: 2 });
  const remote = accepted[0]!;
  const close = async (): Promise<void> => {
    await call('DELETE', path);
    for (const socket of [client, remote]) socket.destroy();
    server.close();
  };
  return { path, port, client: peerOf(client), server: peerOf(remote), close };
};

const pairForTest = async () => {
  const pair = await openPair();
  onTestFinished(pair.close);
  return pair;
};

const elapsed = async (act: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await act();
  return performance.now() - from;
};

describe('latency', () => {
  test('acts on an open connection as soon as it is added, changed and removed', async () => {
    const { path, client, server } = await pairForTest();
    let bytes = 0;
    const trip = (): Promise<number> =>
      elapsed(async () => {
        server.socket.write('x');
        await client.got((bytes += 1));
      });
    expect(await trip()).toBeLessThan(100);
    await call('POST', `${path}/toxics`, { type: 'latency', attributes: { latency: 250 } });
    expect(await trip()).toBeGreaterThanOrEqual(249);
    await call('PATCH', `${path}/toxics/latency_downstream`, { attributes: { latency: 120 } });
    const changed = await trip();
    expect(changed).toBeGreaterThanOrEqual(119);
    expect(changed).toBeLessThan(240);
    await call('DELETE', `${path}/toxics/latency_downstream`);
    expect(await trip()).toBeLessThan(100);
  });

  test('of toxicity 0 spares every connection, until its toxicity is raised', async () => {
    const { path, client, server } = await pairForTest();
    await call('POST', `${path}/toxics`, { type: 'latency', toxicity: 0, attributes: { latency: 200 } });
    server.socket.write('a');
    expect(await elapsed(() => client.got(1))).toBeLessThan(100);
    await call('PATCH', `${path}/toxics/latency_downstream`, { toxicity: 1 });
    server.socket.write('b');
    expect(await elapsed(() => client.got(2))).toBeGreaterThan(150);
  });

  test('what it holds is delivered at once and in order when it is removed, the end included', async () => {
    const { path, client, server } = await pairForTest();
    await call('POST', `${path}/toxics`, { type: 'latency', attributes: { latency: 60_000, jitter: 20_000 } });
    for (let i = 0; i < 50; i += 1) server.socket.write(`${i};`);
    server.socket.end();
    await sleep(50);
    expect(client.received().length).toBe(0);
    const ended = once(client.socket, 'end');
    await call('DELETE', `${path}/toxics/latency_downstream`);
    await ended;
    expect(client.received().toString()).toBe(Array.from({ length: 50 }, (_, i) => `${i};`).join(''));
  });
});

describe('bandwidth', () => {
  test('passes so many kilobytes of 1000 bytes per second, steadily', async () => {
    const { path, client, server } = await pairForTest();
    await call('POST', `${path}/toxics`, { type: 'bandwidth', attributes: { rate: 100 } });
    server.socket.write(Buffer.alloc(40_000));
    expect(await elapsed(() => client.got(10_000))).toBeLessThan(300);
    expect(client.received().length).toBeLessThan(40_000);
    expect(await elapsed(() => client.got(40_000))).toBeGreaterThan(150);
  });

  test('of 0 stalls without losing a byte, and saves nothing up for later', async () => {
    const { path, client, server } = await pairForTest();
    await call('POST', `${path}/toxics`, { type: 'bandwidth', attributes: { rate: 0 } });
    server.socket.write(Buffer.alloc(20_000, 'x'));
    await sleep(300);
    expect(client.received().length).toBe(0);
    await call('PATCH', `${path}/toxics/bandwidth_downstream`, { attributes: { rate: 100 } });
    expect(await elapsed(() => client.got(20_000))).toBeGreaterThan(180);
  });
});

test('a reader that stalls does not keep a toxic from being removed', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'latency', attributes: { latency: 100 } });
  client.socket.pause();
  const sent = 8 * 1_048_576;
  server.socket.write(Buffer.alloc(sent, 'x'));
  await sleep(300);
  expect(await elapsed(() => call('DELETE', `${path}/toxics/latency_downstream`))).toBeLessThan(1_000);
  client.socket.resume();
  await client.got(sent);
});

test('a reader that stalls makes the sender wait', async () => {
  const { client, server } = await pairForTest();
  client.socket.pause();
  server.socket.write(Buffer.alloc(64 * 1_048_576));
  await sleep(500);
  expect(server.socket.writableLength).toBeGreaterThan(0);
});

test('timeout swallows data, and its removal closes the connection', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'timeout', attributes: { timeout: 0 } });
  server.socket.write('lost');
  await sleep(50);
  const ended = once(client.socket, 'end');
  await call('DELETE', `${path}/toxics/timeout_downstream`);
  await ended;
  expect(client.received().length).toBe(0);
});

test('reset_peer resets a connection that was open before', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'reset_peer', attributes: { timeout: 20 } });
  const failed = new Promise((resolve) => client.socket.once('error', resolve));
  server.socket.write('x');
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
});

test('reset_peer removed in time loses nothing', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'reset_peer', attributes: { timeout: 60_000 } });
  server.socket.write('kept');
  await sleep(50);
  await call('DELETE', `${path}/toxics/reset_peer_downstream`);
  await client.got(4);
  expect(client.received().toString()).toBe('kept');
});

test('limit_data passes exactly so many bytes, then closes', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'limit_data', attributes: { bytes: 5 } });
  server.socket.write('abcdefgh');
  await once(client.socket, 'end');
  expect(client.received().toString()).toBe('abcde');
});

test('slow_close delays the end, not the data; its removal ends at once', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'slow_close', attributes: { delay: 60_000 } });
  const ended = once(client.socket, 'end');
  server.socket.end('last');
  await client.got(4);
  expect(client.socket.readableEnded).toBe(false);
  await call('DELETE', `${path}/toxics/slow_close_downstream`);
  await ended;
});

test('a disabled proxy drops its connections and refuses new ones until it is enabled on the same port', async () => {
  const { path, port, client } = await pairForTest();
  const closed = once(client.socket, 'end');
  await call('POST', path, { enabled: false });
  await closed;
  const dial = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
    } finally {
      socket.destroy();
    }
  };
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  for (let i = 0; i < 10; i += 1) {
    await call('POST', path, { enabled: true });
    await dial();
    await call('POST', path, { enabled: false });
  }
});

test('a client whose upstream does not answer is closed without a byte', async () => {
  const { path, port } = await pairForTest();
  await call('PATCH', path, { upstream: '127.0.0.1:1' });
  const socket = connect(port, '127.0.0.1');
  const peer = peerOf(socket);
  await once(socket, 'close');
  expect(peer.received().length).toBe(0);
});

test('whatever toxics come and go, every byte arrives once and in order', async () => {
  const toxic = fc.oneof(
    fc.record({ type: fc.constant('latency'), attributes: fc.record({ latency: fc.nat(15), jitter: fc.nat(20) }) }),
    fc.record({
      type: fc.constant('bandwidth'),
      attributes: fc.record({ rate: fc.integer({ min: 500, max: 5_000 }) }),
    }),
    fc.record({
      type: fc.constant('slicer'),
      attributes: fc.record({
        average_size: fc.integer({ min: 64, max: 4_096 }),
        size_variation: fc.nat(64),
        delay: fc.nat(50),
      }),
    }),
  );
  const step = fc.record({ bytes: fc.integer({ min: 1, max: 30_000 }), toxic, stays: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const { path, client, server, close } = await openPair();
      try {
        const sent: Buffer[] = [];
        for (const [name, { bytes, toxic: added, stays }] of steps.entries()) {
          await call('POST', `${path}/toxics`, { ...added, name: String(name) });
          const part = Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + name) % 256));
          sent.push(part);
          server.socket.write(part);
          if (!stays) await call('DELETE', `${path}/toxics/${name}`);
        }
        server.socket.end();
        await once(client.socket, 'end', { signal: AbortSignal.timeout(10_000) });
        expect(client.received().equals(Buffer.concat(sent))).toBe(true);
      } finally {
        await close();
      }
    }),
    { numRuns: 15 },
  );
});
