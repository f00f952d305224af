/** Connections through a fault proxy of the test file's own, with both ends in the test's hands. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { startToxiproxy, type RunningToxiproxy } from './toxiproxy.ts';

let toxiproxy: RunningToxiproxy;
beforeAll(async () => {
  toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies: [], proxyMetrics: true });
});
afterAll(async () => await toxiproxy.close());

/** One call of the API, bounded; the body of the answer. @throws its error. */
export const call = async (method: string, path: string, body?: unknown): Promise<string> => {
  const response = await fetch(`${toxiproxy.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(3_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
};

export const view = async <View>(path: string): Promise<View> => JSON.parse(await call('GET', path)) as View;

/** A socket with all it has received. */
export type Peer = {
  readonly socket: Socket;
  readonly received: () => Buffer;
  readonly bytes: () => number;
  readonly got: (bytes: number) => Promise<void>;
};

export const peerOf = (socket: Socket): Peer => {
  const parts: Buffer[] = [];
  let total = 0;
  socket.on('data', (part) => {
    parts.push(part);
    total += part.length;
  });
  socket.on('error', () => {});
  const bytes = (): number => total;
  const got = async (wanted: number): Promise<void> => {
    const signal = AbortSignal.timeout(10_000);
    while (bytes() < wanted) await once(socket, 'data', { signal });
  };
  return { socket, received: () => Buffer.concat(parts), bytes, got };
};

/** Closed in whatever way; unlike `once`, a reset is none of its business. */
export const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

let count = 0;

/** A proxy before a server that keeps what it accepts. */
export const openProxy = async () => {
  const accepted: Socket[] = [];
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    accepted.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `proxy-${(count += 1)}`;
  const path = `/proxies/${name}`;
  const upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await call('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream });
  const { listen } = await view<{ listen: string }>(path);
  const port = Number(listen.split(':')[1]);
  const clients: Socket[] = [];
  const dial = async (): Promise<{ client: Socket; remote: Socket }> => {
    const at = accepted.length;
    const client = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    client.on('error', () => {});
    clients.push(client);
    await once(client, 'connect');
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(at), { interval: 2 });
    return { client, remote: accepted[at]! };
  };
  const close = async (): Promise<void> => {
    await call('DELETE', path);
    for (const socket of [...clients, ...accepted]) socket.destroy();
    server.close();
  };
  return { name, path, port, listen, upstream, dial, close };
};

/** One open connection through a proxy of its own: the client's end and the server's. */
export const openPair = async () => {
  const proxy = await openProxy();
  const { client, remote } = await proxy.dial();
  return { ...proxy, client: peerOf(client), server: peerOf(remote) };
};

export const pairForTest = async () => {
  const pair = await openPair();
  onTestFinished(pair.close);
  return pair;
};
