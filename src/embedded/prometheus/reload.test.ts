import { expect, test } from 'vitest';
import { running, until, type Running } from './running.fixture.ts';

const configuration = (scrapes = `[{ job_name: shop, static_configs: [{ targets: ['shop-1:8080'] }] }]`): string =>
  `global: { scrape_interval: 250ms, evaluation_interval: 50ms }\nrule_files: [rules.yml]\nscrape_configs: ${scrapes}\n`;
const rules = (...written: readonly string[]): string => `groups: [{ name: g, rules: [${written.join()}] }]\n`;
const odd = '{ alert: Odd, expr: x == 1, for: 100ms }';

const started = async (): Promise<Running> => {
  const server = await running({
    'prometheus.yml': configuration(),
    'rules.yml': rules(odd, '{ record: r, expr: x }'),
  });
  await until(async () =>
    expect(await server.values('ALERTS{alertstate="firing"}', 'alertname')).toEqual({ Odd: '1' }),
  );
  return server;
};

const reload = async ({ url }: Running): Promise<readonly [number, string]> => {
  const response = await fetch(`${url}/-/reload`, { method: 'POST' });
  return [response.status, await response.text()];
};

const activeAt = async (server: Running): Promise<readonly string[]> =>
  ((await server.ask('/api/v1/alerts')) as { alerts: { activeAt: string; labels: { alertname: string } }[] }).alerts
    .map((alert) => `${alert.labels.alertname} ${alert.activeAt}`)
    .toSorted();

test('an alert that stays keeps its age, a new one begins, and what nobody records any more is gone', async () => {
  const server = await started();
  const before = await activeAt(server);
  server.write({ 'rules.yml': rules('{ alert: Odd, expr: x > 0, for: 100ms }', '{ alert: Any, expr: x }') });
  expect(await reload(server)).toEqual([200, '']);
  await until(async () => expect(await activeAt(server)).toHaveLength(2));
  expect(await activeAt(server)).toContain(before[0]);
  expect(await server.values('r')).toEqual({});
  await until(async () =>
    expect(await server.values('ALERTS{alertname="Odd"}', 'alertstate')).toEqual({ firing: '1' }),
  );
});

test('a configuration that is wrong changes nothing and says why', async () => {
  const server = await started();
  server.write({ 'rules.yml': rules('{ alert: Odd, expr: rate(x) }') });
  const [status, reason] = await reload(server);
  expect([status, reason]).toEqual([500, expect.stringContaining('rate needs a range vector')]);
  await until(async () =>
    expect(await server.values('ALERTS{alertstate="firing"}', 'alertname')).toEqual({ Odd: '1' }),
  );
  expect(await server.ask('/api/v1/targets')).toMatchObject({ activeTargets: [{ scrapePool: 'shop' }] });
});

test('the series of a target that is no longer scraped are gone at once, up included', async () => {
  const server = await started();
  server.write({ 'prometheus.yml': configuration('[]') });
  expect(await reload(server)).toEqual([200, '']);
  expect(await server.values('x')).toEqual({});
  expect(await server.values('up')).toEqual({});
  expect(await server.ask('/api/v1/targets')).toMatchObject({ activeTargets: [] });
});

test('a reload is asked for with POST or PUT', async () => {
  const { url } = await started();
  expect((await fetch(`${url}/-/reload`)).status).toBe(405);
  expect((await fetch(`${url}/-/reload`, { method: 'PUT' })).status).toBe(200);
});
