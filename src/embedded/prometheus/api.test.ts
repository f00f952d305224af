import { join } from 'node:path';
import { expect, test } from 'vitest';
import { running, until, type Running } from './running.fixture.ts';

const files = {
  'prometheus.yml': `global: { scrape_interval: 50ms, evaluation_interval: 50ms }
rule_files: ['*.rules.yml']
scrape_configs: [{ job_name: shop, static_configs: [{ targets: ['shop-1:8080'] }] }]
`,
  'a.rules.yml': `groups:
  - { name: a, rules: [{ alert: Odd, expr: x == 1, labels: { severity: page } }, { record: 'x:double', expr: 2 * x }] }
`,
  'b.rules.yml': `groups: [{ name: b, rules: [{ alert: Even, expr: x == 2 }] }]\n`,
};

const scraped = async (): Promise<Running> => {
  const server = await running(files);
  server.expose('x{route="/b"} 1\nx{route="/a"} 1\ny{code="200"} 1\n');
  await until(async () => expect(await server.values('x:double', 'route')).toEqual({ '/a': '2', '/b': '2' }));
  return server;
};

test('labels and their values are listed in order, as far as a selector asks, and no more than wanted', async () => {
  const { ask } = await scraped();
  expect(await ask('/api/v1/label/route/values')).toEqual(['/a', '/b']);
  expect(await ask('/api/v1/label/route/values?limit=1')).toEqual(['/a']);
  expect(await ask('/api/v1/label/route/values?match[]=y')).toEqual([]);
  expect(await ask('/api/v1/label/nosuch/values')).toEqual([]);
  expect(await ask('/api/v1/label/__name__/values?match[]=x&match[]=y')).toEqual(['x', 'y']);
  expect(await ask('/api/v1/labels?match[]=y')).toEqual(['__name__', 'code', 'instance', 'job']);
  expect(await ask('/api/v1/labels')).toContain('alertname');
  expect(await ask('/api/v1/labels?match[]=y&end=1')).toEqual([]);
  await expect(ask('/api/v1/labels?match[]=rate(')).rejects.toThrow('invalid parameter "match[]": 1:6: parse error');
  await expect(ask('/api/v1/series')).rejects.toThrow('no match[] parameter provided');
  await expect(ask('/api/v1/series?match[]=x&limit=x')).rejects.toThrow('invalid parameter "limit"');
});

test('rules are found by type, name, group and file, with or without their alerts', async () => {
  const { ask, folder } = await scraped();
  const names = async (query: string): Promise<readonly string[]> => {
    const { groups } = (await ask(`/api/v1/rules?${query}`)) as { groups: { rules: { name: string }[] }[] };
    return groups.map(({ rules }) => rules.map(({ name }) => name).join());
  };
  expect(await names('')).toEqual(['Odd,x:double', 'Even']);
  expect(await names('type=record')).toEqual(['x:double', '']);
  expect(await names('rule_name[]=Even')).toEqual(['Even']);
  expect(await names('rule_group[]=a&type=alert')).toEqual(['Odd']);
  expect(await names(`file[]=${join(folder, 'b.rules.yml')}`)).toEqual(['Even']);
  await expect(names('type=odd')).rejects.toThrow('invalid parameter "type": not supported value "odd"');
  expect(await ask('/api/v1/rules?rule_name[]=Odd')).toMatchObject({ groups: [{ rules: [{ alerts: [{}, {}] }] }] });
  expect(JSON.stringify(await ask('/api/v1/rules?exclude_alerts=true'))).not.toContain('"alerts"');
});

test('an instant query may look back as far as it asks', async () => {
  const server = await scraped();
  server.expose('y 1\n');
  await until(async () => expect(await server.values('x')).toEqual({}));
  expect(await server.ask('/api/v1/query?query=count(y)&lookback_delta=1ms&time=1')).toEqual({
    resultType: 'vector',
    result: [],
  });
});

test('the state of the server can be asked for', async () => {
  const { ask, url } = await scraped();
  expect(await ask('/api/v1/status/config')).toEqual({ yaml: files['prometheus.yml'] });
  expect(await ask('/api/v1/status/flags')).toMatchObject({ 'query.lookback-delta': '10s', 'web.external-url': url });
  expect(await ask('/api/v1/status/runtimeinfo')).toMatchObject({ reloadConfigSuccess: true });
  expect(await ask('/api/v1/status/tsdb')).toMatchObject({
    seriesCountByMetricName: expect.arrayContaining([{ name: 'x', value: 2 }]),
  });
  expect(await ask('/api/v1/status/walreplay')).toEqual({ min: 0, max: 0, current: 0, state: 'done' });
  expect(await ask('/api/v1/targets?state=dropped')).toMatchObject({ activeTargets: [] });
  expect(await ask('/api/v1/targets?scrapePool=shop')).toMatchObject({ activeTargets: [{ health: 'up' }] });
  expect(await ask('/api/v1/targets?scrapePool=nosuch')).toMatchObject({ activeTargets: [] });
  expect(await ask('/api/v1/alertmanagers')).toEqual({ activeAlertmanagers: [], droppedAlertmanagers: [] });
  expect((await fetch(`${url}/-/ready`, { method: 'HEAD' })).status).toBe(200);
});
