import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSamples } from '../../embedded/prometheus/samples-file.ts';
import { alertmanagerIn, programIn, prometheusIn, toxiproxyIn } from './originals.fixture.ts';
import { processesOf } from '../removal.ts';
import { openReplica, replicaMonitoring } from '../replica.fixture.ts';

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-originals-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const json = async (url: string): Promise<unknown> => (await fetch(url)).json();

test('given programs serve in the place of the stand-ins, and are gone with the environment', async () => {
  const programs = folderForTest();
  const evidenceFolder = folderForTest();
  const replica = await openReplica({
    instances: 1,
    originals: {
      ...{ toxiproxy: toxiproxyIn(programs), prometheus: prometheusIn(programs) },
      alertmanager: alertmanagerIn(programs),
    },
    monitoring: { ...replicaMonitoring(), exporterNames: 'cloudnative-pg' },
    evidenceFolder,
  });
  onTestFinished(() => replica.remove());
  const { prometheusUrl, alertmanagerUrl, toxiproxy, service } = replica.environment;

  const commands = (await processesOf(replica.folder)).map(({ command }) => command);
  expect(commands.filter((command) => /prometheus-flags/.test(command))).not.toEqual([]);
  expect(commands.filter((command) => /alertmanager-flags/.test(command))).not.toEqual([]);
  expect(commands.filter((command) => /main\.js toxiproxy --host 127\.0\.0\.1/.test(command))).not.toEqual([]);
  expect(commands.filter((command) => /embedded\/toxiproxy\/main/.test(command))).toEqual([]);

  expect((await fetch(`${service.urls[0]}/products`)).status).toBe(200);
  expect(await json(`${toxiproxy.url}/proxies`)).toMatchObject({ [toxiproxy.proxy]: { enabled: true } });
  const up = (await json(`${prometheusUrl}/api/v1/query?query=up`)) as {
    data: { result: readonly { metric: { instance: string }; value: [number, string] }[] };
  };
  expect(up.data.result.map(({ metric, value }) => `${metric.instance} ${value[1]}`).toSorted()).toEqual([
    'postgres-exporter:9187 1',
    'shop-1:8080 1',
    'shop-2:8080 0',
  ]);
  const rules = (await json(`${prometheusUrl}/api/v1/rules`)) as { data: { groups: readonly unknown[] } };
  expect(rules.data.groups).toHaveLength(2);
  const { data } = (await json(`${prometheusUrl}/api/v1/alertmanagers`)) as {
    data: { activeAlertmanagers: readonly { url: string }[] };
  };
  expect(data.activeAlertmanagers.map(({ url }) => url)).toEqual([`${alertmanagerUrl}/api/v2/alerts`]);

  await replica.environment[Symbol.asyncDispose]();
  for (const url of [prometheusUrl, alertmanagerUrl, toxiproxy.url])
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  expect(replica.lost).toEqual([]);
  const { store } = readSamples(readFileSync(join(evidenceFolder, 'samples.jsonl'), 'utf8'));
  const names = new Set([...store.select([])].map(({ labels }) => labels.get('__name__')));
  expect(names).toContain('shop_http_requests_total');
  expect(names).toContain('cnpg_backends_total');
});

test('a program that ends during the run is told by its name', async () => {
  const programs = folderForTest();
  const replica = await openReplica({ instances: 1, originals: { prometheus: prometheusIn(programs) } });
  onTestFinished(() => replica.remove());
  const [server] = (await processesOf(replica.folder)).filter(({ command }) =>
    /^\S*node\S* \S*prometheus-flags/.test(command),
  );
  process.kill(server?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => replica.lost, { timeout: 5_000 }).toEqual(['Prometheus ended with status 137']);
});

test.each([
  ['toxiproxy', 'Toxiproxy'],
  ['prometheus', 'Prometheus'],
  ['alertmanager', 'Alertmanager'],
] as const)('a %s that does not come up ends the opening, and everything else is stopped', async (kind, name) => {
  const programs = folderForTest();
  const program = programIn(programs, kind, 'echo cannot bind >&2; exit 4');
  const folder = folderForTest();
  const opening = openReplica({ instances: 1, folder, originals: { [kind]: program } });
  await expect(opening).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    problems: [
      { message: `${name} (${program}) did not start: ended with status 4`, hint: 'its log ends: cannot bind' },
    ],
  });
  expect(await processesOf(folder)).toEqual([]);
});
