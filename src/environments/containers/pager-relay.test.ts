import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../embedded/free-port.ts';
import { answers } from '../answering.ts';
import { notSentPath, openPagerRelay } from './pager-relay.ts';
import { seconds } from '../../units.ts';

/** The program of the container. */
const pager = async (): Promise<{ url: string; stop: () => Promise<void>; said: () => string }> => {
  const port = await freePort();
  const program = new URL('pager.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  };
  onTestFinished(stop);
  const url = `http://127.0.0.1:${port}`;
  await answers({ what: 'pager', withinMs: seconds(10) }, url);
  return { url, stop, said: () => said };
};

const receiver = async (): Promise<{ url: string; received: readonly unknown[] }> => {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      received.push([request.url, body]);
      response.writeHead(received.length === 2 ? 400 : 200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
};

const page = (name: string) => ({
  receiver: 'pager',
  alerts: [{ status: 'firing', labels: { alertname: name }, annotations: { summary: 'it burns' } }],
});
const post = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(body) });

test('every notification arrives once, as it was sent and in order, also one from before and one that is refused', async () => {
  const { url, said } = await pager();
  const run = await receiver();
  await post(`${url}/`, page('First'));
  const relay = await openPagerRelay({ from: url, to: run.url, onWouldSend: () => expect.unreachable() });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  await post(`${url}/hook?x=1`, page('Second'));
  await post(`${url}/`, page('Third'));
  await expect
    .poll(() => run.received, { timeout: 5_000 })
    .toEqual([
      ['/', page('First')],
      ['/hook?x=1', page('Second')],
      ['/', page('Third')],
    ]);
  expect(said()).toContain('pager firing First - it burns');
});

test('nothing is brought any more once it is closed', async () => {
  const { url } = await pager();
  const run = await receiver();
  const relay = await openPagerRelay({ from: url, to: run.url, onWouldSend: () => expect.unreachable() });
  await relay[Symbol.asyncDispose]();
  await post(`${url}/`, page('Late'));
  expect(run.received).toEqual([]);
});

test('a pager that is not there is told', async () => {
  const { url, stop } = await pager();
  await stop();
  await expect(openPagerRelay({ from: url, to: 'http://127.0.0.1:1', onWouldSend: () => {} })).rejects.toThrow(
    'fetch failed',
  );
});

test('what would have gone to a chat is told as such, and pages nobody', async () => {
  const { url } = await pager();
  const run = await receiver();
  const told: unknown[] = [];
  const relay = await openPagerRelay({ from: url, to: run.url, onWouldSend: (each) => void told.push(each) });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  const [alert] = page('First').alerts;
  await post(`${url}${notSentPath}/on%20call/slack`, { groupKey: 'g', status: 'firing', alerts: [alert] });
  const expected = { receiver: 'on call', integration: 'slack', groupKey: 'g', status: 'firing', alerts: [alert] };
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([expected]);
  expect(run.received).toEqual([]);
});
