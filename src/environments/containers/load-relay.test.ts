import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../embedded/free-port.ts';
import { seconds } from '../../units.ts';
import { untilItWorks } from '../answering.ts';
import { openLoadRelay } from './load-relay.ts';

/** The program of the container. */
const standIn = async (): Promise<string> => {
  const port = await freePort();
  const child = spawn(process.execPath, [new URL('load-window.ts', import.meta.url).pathname], {
    env: { PORT: String(port) },
    stdio: 'inherit',
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await untilItWorks({ what: 'the stand-in', withinMs: seconds(10) }, () => fetch(url));
  return url;
};

const scrape = async (url: string) => {
  const answer = await fetch(`${url}/metrics`);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
};

test('each scrape of the stand-in is answered by the load generator, as it is at that moment', async () => {
  let requests = 0;
  const load = createServer((_, response) => {
    requests += 1;
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(`load_requests_total ${requests}\n`);
  });
  await once(load.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    load.close();
    load.closeAllConnections();
  });
  const url = await standIn();
  expect(await scrape(url)).toMatchObject({ status: 504 }); // nobody is there yet
  const to = Promise.resolve(`127.0.0.1:${(load.address() as AddressInfo).port}`);
  const relay = await openLoadRelay({ from: url, to });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  const seen = (n: number) => ({ status: 200, type: 'text/plain; version=0.0.4', body: `load_requests_total ${n}\n` });
  expect(await scrape(url)).toEqual(seen(1));
  const both = await Promise.all([scrape(url), scrape(url)]);
  expect(both.toSorted((a, b) => a.body.localeCompare(b.body))).toEqual([seen(2), seen(3)]);
  await relay[Symbol.asyncDispose]();
  expect(await scrape(url)).toMatchObject({ status: 504 });
});
