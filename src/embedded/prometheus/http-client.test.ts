import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpClient } from './http-client.ts';

const asked = async (url: string, hosts: (address: string) => Record<string, string>): Promise<string> => {
  const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = httpClient(hosts(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  onTestFinished(() => {
    client.close();
    server.close().closeAllConnections();
  });
  return String((await client.send({ url, method: 'GET', signal: AbortSignal.timeout(5_000) })).body);
};

test('a name leads where the table says, and the service is asked under its own name', async () => {
  expect(await asked('http://shop-1:8080/metrics?a=b', (address) => ({ 'shop-1:8080': address }))).toBe(
    'shop-1:8080 /metrics?a=b',
  );
});

test('a port that a URL need not write is found in the table all the same', async () => {
  expect(await asked('http://shop-1:80/metrics', (address) => ({ 'shop-1:80': address }))).toBe('shop-1 /metrics');
});

test('a name that leads nowhere is not answered by anybody else', async () => {
  await expect(asked('http://shop-2.invalid:1/', (address) => ({ 'shop-1:8080': address }))).rejects.toThrow(
    /ENOTFOUND|EAI_AGAIN/,
  );
});
