import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { call, closeOf, openProxy, pairForTest, peerOf, view } from './pair.fixture.ts';

const mebibyte = 1_048_576;

/** A pair whose sender has more to say than sockets can hold, to a reader that does not read. */
const stalledPair = async () => {
  const pair = await pairForTest();
  pair.client.socket.pause();
  pair.server.socket.write(Buffer.alloc(32 * mebibyte, 'x'));
  return pair;
};

describe('where the original hangs for good, this one answers: `call` waits 3 s', () => {
  test.each([
    ['latency', { latency: 100 }],
    ['bandwidth', { rate: 100_000 }],
    ['slicer', { average_size: 1_000, size_variation: 10 }],
    ['limit_data', { bytes: 100_000_000 }],
    ['timeout', { timeout: 0 }],
    ['reset_peer', { timeout: 60_000 }],
  ])('a %s toxic is added, changed and removed while a client does not read', async (type, attributes) => {
    const { path } = await stalledPair();
    await call('POST', `${path}/toxics`, { type, attributes, name: 't' });
    await call('PATCH', `${path}/toxics/t`, { toxicity: 0 });
    await call('PATCH', `${path}/toxics/t`, { toxicity: 1 });
    expect(await view('/proxies')).toHaveProperty(path.slice(9));
    await call('DELETE', `${path}/toxics/t`);
    await call('PATCH', path, { enabled: false });
  });

  test('a reset that waits for its time blocks neither the listing nor its removal', async () => {
    const { path, server } = await pairForTest();
    await call('POST', `${path}/toxics`, { type: 'reset_peer', attributes: { timeout: 60_000 } });
    server.socket.write('x');
    expect(await view(path)).toMatchObject({ toxics: [{ type: 'reset_peer' }] });
    await call('DELETE', `${path}/toxics/reset_peer_downstream`);
  });

  test('an upstream that never answers keeps no other client waiting, nor the proxy from being disabled', async () => {
    const { path, port } = await pairForTest();
    await call('PATCH', path, { upstream: '192.0.2.1:9' }); // reserved for documentation: nobody is there
    const clients = [1, 2, 3].map(() => peerOf(connect(port, '127.0.0.1')));
    const closed = clients.map(({ socket }) => closeOf(socket));
    await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
    await call('PATCH', path, { enabled: false });
    await Promise.all(closed);
    expect(await view(path)).toMatchObject({ enabled: false });
  });

  test('removing timeout closes a connection whose reader stalls', async () => {
    const { path, server } = await stalledPair();
    await vi.waitFor(() => expect(server.socket.writableLength).toBeGreaterThan(0));
    const closed = closeOf(server.socket);
    await call('POST', `${path}/toxics`, { type: 'timeout' });
    await call('DELETE', `${path}/toxics/timeout_downstream`);
    await closed;
  });
});

test('one proxy that cannot start keeps no other from being reset', async () => {
  const [first, second] = [await openProxy(), await openProxy()];
  onTestFinished(first.close);
  onTestFinished(second.close);
  await call('PATCH', first.path, { enabled: false });
  await call('PATCH', second.path, { enabled: false });
  await call('PATCH', first.path, { listen: `127.0.0.1:${second.port}`, enabled: false });
  await call('POST', `${second.path}/toxics`, { type: 'latency' });
  await expect(call('POST', '/reset')).rejects.toThrow('address already in use');
  const all = [await view<{ enabled: boolean }>(first.path), await view<{ enabled: boolean }>(second.path)];
  expect(all.filter(({ enabled }) => enabled)).toHaveLength(1);
  expect(await view(second.path)).toMatchObject({ toxics: [] });
});

test('a stream cut into single bytes leaves the API its turn', async () => {
  const { path, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'slicer', attributes: { average_size: 1 } });
  server.socket.write(Buffer.alloc(300_000, 'x'));
  await client.got(1);
  await view(path);
  expect(client.bytes()).toBeLessThan(300_000);
  await call('DELETE', `${path}/toxics/slicer_downstream`);
  await client.got(300_000);
});

test('what a reader does not take is not kept: the sender waits', async () => {
  const { client, server } = await stalledPair();
  let last = -1;
  await vi.waitFor(
    () => {
      const waiting = server.socket.writableLength;
      const stands = waiting === last;
      last = waiting;
      expect(stands).toBe(true);
    },
    { interval: 200 },
  );
  expect(last).toBeGreaterThan(16 * mebibyte);
  client.socket.resume();
  await client.got(32 * mebibyte);
});

test('a reader that takes long gets every byte in order, however small the pieces were', async () => {
  const { client, server } = await pairForTest();
  const sent = Buffer.from(Uint32Array.from({ length: 4 * mebibyte }, (_, at) => at).buffer);
  client.socket.pause();
  for (let at = 0; at < sent.length; at += 20_000) {
    server.socket.write(sent.subarray(at, at + 20_000));
    await turn();
  }
  client.socket.resume();
  await client.got(sent.length);
  expect(client.received().equals(sent)).toBe(true);
});
