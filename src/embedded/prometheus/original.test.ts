import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ms, seconds } from '../../units.ts';
import { configForOriginal } from './original-config.ts';
import { startOriginalPrometheus } from './original.ts';
import type { Prometheus } from './prometheus.ts';

/** A server's program, where there is one: `PROMETHEUS=/usr/bin/prometheus npm test`. */
const binary = process.env['PROMETHEUS'] ?? '';
const here = existsSync(binary);

const configuration = `global: { scrape_interval: 100ms, evaluation_interval: 100ms } # quick
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs:
      - { targets: ['shop-1:8080', 'elsewhere:1'], labels: { env: replica } }
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
`;

test('addresses are rewritten to where they lead, and series keep the written names', () => {
  const hosts = { 'shop-1:8080': '127.0.0.1:4001', 'alertmanager:9093': '127.0.0.1:4002' };
  expect(parse(configForOriginal('/team/prometheus.yml', configuration, hosts))).toEqual({
    global: { scrape_interval: '100ms', evaluation_interval: '100ms' },
    rule_files: ['/team/rules.yml'],
    scrape_configs: [
      {
        job_name: 'shop',
        static_configs: [
          { targets: ['127.0.0.1:4001'], labels: { instance: 'shop-1:8080', env: 'replica' } },
          { targets: ['elsewhere:1'], labels: { instance: 'elsewhere:1', env: 'replica' } },
        ],
      },
    ],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:4002'] }] }] },
  });
});

const start = async (program: string, config = configuration): Promise<Prometheus> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-original-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'team.yml'), config);
  writeFileSync(join(folder, 'rules.yml'), 'groups: [{ name: g, rules: [{ alert: High, expr: x > 1 }] }]\n');
  const target = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('x 2\n');
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => target.close().closeAllConnections());
  const hosts = {
    'shop-1:8080': `127.0.0.1:${(target.address() as AddressInfo).port}`,
    'alertmanager:9093': '127.0.0.1:1',
  };
  const files = { configFile: join(folder, 'team.yml'), folder: join(folder, 'data') };
  const listen = { host: '127.0.0.1', port: 0 };
  const bounds = { readyWithinMs: seconds(30), lookbackMs: ms(10_000) };
  return await startOriginalPrometheus({
    ...{ binary: program, ...files, hosts, listen, ...bounds },
    ...{ logFile: join(folder, 'log'), samplesFile: join(folder, 'samples.jsonl') },
  });
};

test.skipIf(!here)(
  `a real server scrapes the same targets under the same names${here ? '' : ' (skipped: PROMETHEUS names no program)'}`,
  async () => {
    const prometheus = await start(binary);
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=up`);
    const { data } = (await answer.json()) as { data: { result: { metric: object; value: [number, string] }[] } };
    expect(data.result.map(({ metric, value }) => ({ ...metric, value: value[1] }))).toEqual(
      expect.arrayContaining([
        { __name__: 'up', env: 'replica', instance: 'shop-1:8080', job: 'shop', value: '1' },
        { __name__: 'up', env: 'replica', instance: 'elsewhere:1', job: 'shop', value: '0' },
      ]),
    );
    await prometheus.close();
    await expect(fetch(prometheus.url)).rejects.toThrow('fetch failed');
  },
);

test('a program that is none is told', async () => {
  await expect(start('/no/such/prometheus')).rejects.toThrow('did not start: ended with status 127');
});

test.skipIf(!here)('a configuration that the real server refuses is told', async () => {
  await expect(start(binary, 'scrape_configs: 5\n')).rejects.toThrow('did not start: ended with status 2');
});
