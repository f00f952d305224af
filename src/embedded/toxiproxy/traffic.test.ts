import { expect, test } from 'vitest';
import { call, pairForTest } from './pair.fixture.ts';
import { startToxiproxy } from './toxiproxy.ts';
import { createTraffic } from './traffic.ts';

test('bytes are counted while a connection lives, by direction: what was received, and what was sent on', async () => {
  const { path, name, listen, upstream, client, server } = await pairForTest();
  await call('POST', `${path}/toxics`, { type: 'timeout', stream: 'upstream' });
  client.socket.write('swallowed');
  server.socket.write('passes');
  await client.got(6);
  const of = (metric: string, direction: string, bytes: number): string =>
    `${metric}{direction="${direction}",listener="${listen}",proxy="${name}",upstream="${upstream}"} ${bytes}`;
  const lines = (await call('GET', '/metrics')).split('\n');
  expect(lines.filter((line) => line.includes(`proxy="${name}"`))).toEqual([
    of('toxiproxy_proxy_received_bytes_total', 'upstream', 9),
    of('toxiproxy_proxy_received_bytes_total', 'downstream', 6),
    of('toxiproxy_proxy_sent_bytes_total', 'upstream', 0),
    of('toxiproxy_proxy_sent_bytes_total', 'downstream', 6),
  ]);
});

test('a name with quotes, backslashes and line ends is written as Prometheus reads it', () => {
  const traffic = createTraffic();
  traffic.meter({ direction: 'upstream', listener: '[::]:1', proxy: 'a"\\\nb', upstream: 'h:1' }).received = 3;
  expect(traffic.exposition()).toBe(
    '# HELP toxiproxy_proxy_received_bytes_total Bytes received, by direction and proxy.\n' +
      '# TYPE toxiproxy_proxy_received_bytes_total counter\n' +
      'toxiproxy_proxy_received_bytes_total{direction="upstream",listener="[::]:1",proxy="a\\"\\\\\\nb",upstream="h:1"} 3\n' +
      '# HELP toxiproxy_proxy_sent_bytes_total Bytes sent, by direction and proxy.\n' +
      '# TYPE toxiproxy_proxy_sent_bytes_total counter\n' +
      'toxiproxy_proxy_sent_bytes_total{direction="upstream",listener="[::]:1",proxy="a\\"\\\\\\nb",upstream="h:1"} 0\n',
  );
});

test('there is no /metrics unless it was asked for', async () => {
  const toxiproxy = await startToxiproxy({ host: '127.0.0.1', port: 0, proxies: [] });
  expect((await fetch(`${toxiproxy.url}/metrics`)).status).toBe(404);
  await toxiproxy.close();
});
