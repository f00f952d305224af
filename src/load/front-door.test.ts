import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';

const listening = async (server: TcpServer): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const instance = async (answer: RequestListener): Promise<{ server: Server; url: string }> => {
  const server = createServer(answer);
  onTestFinished(() => server.close().closeAllConnections());
  return { server, url: await listening(server) };
};

/** An address at which nothing listens any more. */
const closedInstance = async (): Promise<string> => {
  const server = createTcpServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  return url;
};

const doorTo = (targets: readonly string[], timeoutMs = 2_000): FrontDoor => {
  const door = openFrontDoor(targets, timeoutMs, startClock());
  onTestFinished(door.close);
  return door;
};

const get = { method: 'GET', path: '/products', headers: {} } as const;
const post = { method: 'POST', path: '/checkout', headers: { 'content-length': '0' } } as const;

const answering =
  (status: number): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end('so be it');

test('visitors go round robin, and one who names an instance stays there', async () => {
  const urls = [(await instance(answering(200))).url, (await instance(answering(200))).url];
  const door = doorTo(urls);
  const targets = [];
  for (let i = 0; i < 4; i += 1) targets.push((await door.ask(get)).target);
  expect(targets).toEqual([0, 1, 0, 1]);
  expect(await door.ask({ ...post, target: 1 })).toEqual({ target: 1, problem: undefined });
});

test('an answer other than 2xx is a problem, named by its status', async () => {
  const door = doorTo([(await instance(answering(503))).url]);
  expect(await door.ask(get)).toEqual({ target: 0, problem: '503' });
});

test('an answer may be asked to have a status and a text', async () => {
  const door = doorTo([(await instance(answering(404))).url]);
  const ask = (status: number, contains: string | null) =>
    door.ask({ ...get, expect: { statuses: [status, status], contains } });
  expect(await ask(404, null)).toEqual({ target: 0, problem: undefined });
  expect(await ask(404, 'be it')).toEqual({ target: 0, problem: undefined });
  expect(await ask(404, 'data')).toEqual({ target: 0, problem: 'unexpected text' });
  expect(await ask(200, 'data')).toEqual({ target: 0, problem: '404' });
});

test('a request that is refused a connection goes to the next instance, also a checkout', async () => {
  const door = doorTo([await closedInstance(), (await instance(answering(201))).url]);
  expect(await door.ask(post)).toEqual({ target: 1, problem: undefined });
});

test('where every instance refuses, the buyer is told after the second', async () => {
  const door = doorTo([await closedInstance(), await closedInstance(), (await instance(answering(200))).url]);
  expect(await door.ask(get)).toEqual({ target: 1, problem: 'ECONNREFUSED' });
});

test('a single instance that refuses is not asked again', async () => {
  expect(await doorTo([await closedInstance()]).ask(get)).toEqual({ target: 0, problem: 'ECONNREFUSED' });
});

test('a connection reset after the request was sent is not retried', async () => {
  let asked = 0;
  const { url } = await instance((request) => {
    asked += 1;
    request.socket.resetAndDestroy();
  });
  expect(await doorTo([url, url]).ask(get)).toEqual({ target: 0, problem: 'ECONNRESET' });
  expect(asked).toBe(1);
});

test('an answer that breaks off half-way is a problem', async () => {
  const { url } = await instance((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy());
  });
  expect(await doorTo([url]).ask(get)).toEqual({ target: 0, problem: 'ECONNRESET' });
});

test('a buyer loses patience with an instance that does not answer, and leaves', async () => {
  const left = Promise.withResolvers<void>();
  const { url } = await instance((request) => void request.socket.once('close', () => left.resolve()));
  expect(await doorTo([url], 60).ask(get)).toEqual({ target: 0, problem: 'timeout' });
  await left.promise;
});

/** Answers the first request on each connection and, told anything more on it, hangs up without a word. */
const forgetfulInstance = async (): Promise<{ url: string; connections: () => number }> => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      socket.once('data', () => socket.resetAndDestroy());
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: await listening(server), connections: () => sockets.length };
};

test('a GET on a kept connection that turns out to be closed is sent again on a new one', async () => {
  const { url, connections } = await forgetfulInstance();
  const door = doorTo([url]);
  expect(await door.ask(get)).toEqual({ target: 0, problem: undefined });
  expect(await door.ask(get)).toEqual({ target: 0, problem: undefined });
  expect(connections()).toBe(2);
});

test('a checkout on such a connection is not: it might have been charged', async () => {
  const { url, connections } = await forgetfulInstance();
  const door = doorTo([url]);
  await door.ask(get);
  expect(await door.ask(post)).toEqual({ target: 0, problem: 'ECONNRESET' });
  expect(connections()).toBe(1);
});
