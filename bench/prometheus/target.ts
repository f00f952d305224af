/** What both servers scrape: a switch, and ten thousand counters in a hundred metrics. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const metricCount = 100;
export const seriesCount = 10_000;

export type Target = { readonly address: string; readonly turn: (on: boolean) => void; readonly close: () => void };

const codes = ['200', '404', '500', '503'];
const names = Array.from({ length: seriesCount }, (_, index) => {
  const series = Math.floor(index / metricCount);
  return `requests_${index % metricCount}_total{shard="${series}",code="${codes[series % codes.length]}",route="/a/route/of/the/shop"}`;
}).toSorted();

export const startTarget = async (): Promise<Target> => {
  let on = false;
  let scrapes = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    if (request.url === '/switch') return response.end(`switch ${Number(on)}\n`);
    scrapes += 1;
    return response.end(names.map((name, index) => `${name} ${scrapes * ((index % 7) + 1)}\n`).join(''));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn: (to) => void (on = to),
    close: () => server.close().closeAllConnections(),
  };
};

/** Five hundred rules over them, of the kinds that real files hold most. */
export const ruleGroup = (): string => {
  const kinds = [
    (name: string, rule: number) => `{ record: 'r:${rule}', expr: 'sum by (code) (rate(${name}[30s]))' }`,
    (name: string, rule: number) => `{ alert: A${rule}, expr: 'max by (code) (${name}) > 1e9', for: 1m }`,
    (name: string, rule: number) =>
      `{ alert: A${rule}, expr: 'sum(rate(${name}{code=~"5.."}[30s])) / sum(rate(${name}[30s])) > 0.9' }`,
    (name: string, rule: number) => `{ record: 'r:${rule}', expr: 'avg_over_time(${name}{shard=~"1.*"}[30s])' }`,
    (name: string, rule: number) => `{ record: 'r:${rule}', expr: 'topk(3, ${name}) and on (shard) ${name} > 10' }`,
  ];
  const rules = Array.from({ length: 500 }, (_, rule) =>
    kinds[rule % kinds.length]!(`requests_${rule % metricCount}_total`, rule),
  );
  return `groups:\n  - name: many\n    interval: 1s\n    rules:\n${rules.map((rule) => `      - ${rule}\n`).join('')}`;
};
