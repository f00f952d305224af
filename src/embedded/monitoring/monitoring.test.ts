import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { programPath, startProgram, type ChildProgram } from '../../program.ts';
import { seconds } from '../../units.ts';
import type { MonitoringConfig, MonitoringReady } from './config.ts';

const prometheusYml = `
global: { scrape_interval: 100ms, evaluation_interval: 100ms, scrape_timeout: 100ms }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
scrape_configs: [{ job_name: postgres, static_configs: [{ targets: ['postgres-exporter:9187'] }] }]
`;
const rulesYml = `
groups: [{ name: g, rules: [{ alert: DatabaseDown, expr: pg_up == 0, labels: { severity: page } }] }]
`;
const alertmanagerYml = (receiver: string): string => `
route: { receiver: ${receiver}, group_by: [alertname], group_wait: 0s, group_interval: 100ms }
receivers: [{ name: on-call, webhook_configs: [{ url: 'http://pager:9095/' }] }]
`;

const start = async (pager: string, receiver = 'on-call'): Promise<ChildProgram<MonitoringReady>> => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-monitoring-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = {
    'prometheus.yml': prometheusYml,
    'rules.yml': rulesYml,
    'alertmanager.yml': alertmanagerYml(receiver),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const listen = { host: '127.0.0.1', port: 0 };
  const hosts = { 'pager:9095': pager };
  const config: MonitoringConfig = {
    prometheus: {
      configFile: join(folder, 'prometheus.yml'),
      listen,
      hosts,
      samplesFile: join(folder, 'samples.jsonl'),
      lookbackMs: 10_000,
    },
    alertmanager: { configFile: join(folder, 'alertmanager.yml'), listen, hosts },
    exporter: { connectionString: 'postgres://monitor@127.0.0.1:1/postgres', listen }, // nobody listens there
  };
  return await startProgram<MonitoringReady>({
    name: 'monitoring',
    program: programPath('./main.ts', import.meta.url),
    config,
    folder,
    logFile: join(folder, 'monitoring.log'),
    readyWithinMs: seconds(20),
  });
};

test('a database that does not answer is scraped, alerted on and told to the receiver, all in one process', async () => {
  const pages: { commonLabels: Record<string, string> }[] = [];
  const pager = createServer((request, response) => {
    void text(request).then((body) => {
      pages.push(JSON.parse(body) as (typeof pages)[number]);
      return response.end();
    });
  });
  await once(pager.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void pager.close());

  const monitoring = await start(`127.0.0.1:${(pager.address() as AddressInfo).port}`);
  onTestFinished(() => monitoring.stop());
  const { prometheusUrl, alertmanagerUrl, exporterUrl } = monitoring.ready;
  await expect.poll(() => pages, { timeout: 15_000 }).not.toEqual([]);
  expect(pages[0]?.commonLabels).toEqual({
    alertname: 'DatabaseDown',
    severity: 'page',
    instance: 'postgres-exporter:9187',
    job: 'postgres',
  });
  expect(await (await fetch(`${exporterUrl}/metrics`)).text()).toContain('\npg_up 0\n');
  for (const url of [prometheusUrl!, alertmanagerUrl]) expect((await fetch(`${url}/-/ready`)).status).toBe(200);

  await monitoring.stop();
  for (const url of [prometheusUrl!, alertmanagerUrl, exporterUrl])
    await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('a configuration that cannot be followed is the reason why it does not start', async () => {
  await expect(start('127.0.0.1:1', 'nobody')).rejects.toThrow('receiver "nobody" is not defined');
});
