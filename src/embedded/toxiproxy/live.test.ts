import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { call, pairForTest, peerOf } from './pair.fixture.ts';

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
