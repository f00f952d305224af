/** Receivers of notifications that keep what they get, whatever the path: webhooks and PagerDuty alike. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Received = {
  /** Since the last `restart`. */
  readonly atMs: number;
  readonly path: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: number;
};

export type Receivers = AsyncDisposable & {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly received: readonly Received[];
  /** Forgets what was received; the clock starts anew. */
  readonly restart: () => void;
  readonly sinceMs: () => number;
  /** The next one that is received. */
  readonly next: () => Promise<Received>;
};

export const startReceivers = async (): Promise<Receivers> => {
  const received: Received[] = [];
  let waiting: ((one: Received) => void)[] = [];
  let startMs = performance.now();
  const sinceMs = (): number => performance.now() - startMs;
  const server = createServer((request, response) => {
    const atMs = sinceMs();
    void text(request).then((content) => {
      const { 'user-agent': userAgent = '', 'content-type': contentType = '' } = request.headers;
      const body = JSON.parse(content) as Received['body'];
      const one = { atMs, path: request.url ?? '', userAgent, contentType, body, bytes: Buffer.byteLength(content) };
      received.push(one);
      const told = waiting;
      waiting = [];
      for (const tell of told) tell(one);
      return response.writeHead(one.path.includes('/enqueue') ? 202 : 200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    restart: () => {
      received.length = 0;
      startMs = performance.now();
    },
    sinceMs,
    next: () => new Promise((tell) => void waiting.push(tell)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
