/** What is told to whom, with real receivers on the loopback address. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startReceivers } from '../../../test/receivers.fixture.ts';
import { startAlertmanager, type AlertmanagerOptions } from './alertmanager.ts';
import type { WouldSend } from './would-send.ts';

const start = async (configuration: string, options: Partial<AlertmanagerOptions> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-am-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const configFile = join(folder, 'alertmanager.yml');
  await writeFile(configFile, configuration);
  const receivers = await startReceivers();
  onTestFinished(() => receivers[Symbol.asyncDispose]());
  const reported: WouldSend[] = [];
  const server = await startAlertmanager({
    ...{ configFile, listen: { host: '127.0.0.1', port: 0 }, hosts: { 'pager:9095': receivers.address } },
    ...{ externalUrl: 'http://am.example', onWouldSend: (one) => void reported.push(one), ...options },
  });
  onTestFinished(server.close);
  const call = async (path: string, method = 'GET', body?: unknown): Promise<unknown> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const text = await (await fetch(server.url + path, { method, ...content })).text();
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  };
  const post = (labels: Record<string, string>, more: object = {}): Promise<unknown> =>
    call('/api/v2/alerts', 'POST', [{ labels, ...more }]);
  const resolve = (labels: Record<string, string>): Promise<unknown> =>
    post(labels, { endsAt: new Date().toISOString() });
  return { folder, configFile, receivers, reported, call, post, resolve };
};

const clocks = 'group_by: [alertname], group_wait: 20ms, group_interval: 100ms, repeat_interval: 1h';
const webhook = (path: string, more = ''): string => `webhook_configs: [{url: 'http://pager:9095/${path}'${more}}]`;

test('PagerDuty is told of a group once per change, under one key, in the words of the templates', async () => {
  const { receivers, post, resolve } = await start(`
route: {receiver: pd, ${clocks}}
receivers:
- name: pd
  pagerduty_configs:
  - routing_key: key-{{ .Status }}
    url: http://pager:9095/v2/enqueue
    severity: '{{ if eq .CommonLabels.severity "page" }}critical{{ else }}warning{{ end }}'
    class: '{{ .GroupLabels.SortedPairs.Names | join "+" }}'
    details: {number: '{{ len .Alerts }}', list: '[1, a]', text: '"quoted"', none: '{{ .CommonLabels.nosuch }}'}
    links: [{href: 'http://r/{{ .GroupLabels.alertname }}', text: runbook}, {text: without an address}]`);
  const alert = { alertname: 'X', severity: 'page' };
  await post(alert, { annotations: { summary: 'a <b>' }, startsAt: '2026-01-01T00:00:00Z' });
  await expect.poll(() => receivers.received).toHaveLength(1);
  await resolve(alert);
  await expect.poll(() => receivers.received).toHaveLength(2);
  const [trigger, end] = receivers.received;
  expect(trigger).toMatchObject({ path: '/v2/enqueue', userAgent: 'Alertmanager/0.33.1' });
  const firing = {
    status: 'firing',
    labels: alert,
    annotations: { summary: 'a <b>' },
    ...{ startsAt: '2026-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: '' },
    fingerprint: expect.any(String),
  };
  expect(trigger?.body).toEqual({
    routing_key: 'key-firing',
    dedup_key: expect.stringMatching(/^[0-9a-f]{64}$/),
    event_action: 'trigger',
    payload: {
      ...{ summary: '[FIRING:1] X (page)', source: 'Alertmanager', severity: 'critical', class: 'alertname' },
      custom_details: {
        ...{ firing: [firing], resolved: [], num_firing: 1, num_resolved: 0 },
        ...{ number: 1, list: [1, 'a'], text: '"quoted"', none: null },
      },
    },
    ...{ client: 'Alertmanager', client_url: 'http://am.example/#/alerts?receiver=pd' },
    links: [{ href: 'http://r/X', text: 'runbook' }],
  });
  expect(end?.body).toMatchObject({
    ...{ routing_key: 'key-resolved', event_action: 'resolve', dedup_key: trigger?.body['dedup_key'] },
    payload: { summary: '[RESOLVED] X (page)', custom_details: { num_firing: 0, num_resolved: 1 } },
  });
});

test('an event that is too large for PagerDuty goes without its details, and a long summary is cut', async () => {
  const { receivers, post } = await start(`
route: {receiver: pd, ${clocks}}
receivers: [{name: pd, pagerduty_configs: [{routing_key: k, url: 'http://pager:9095/v2/enqueue', description: '{{ .CommonAnnotations.long }}'}]}]`);
  await post({ alertname: 'X' }, { annotations: { long: 'x'.repeat(600_000) } });
  await expect.poll(() => receivers.received).toHaveLength(1);
  const { summary, custom_details: details } = receivers.received[0]!.body['payload'] as Record<string, unknown>;
  expect(summary).toBe(`${'x'.repeat(1_023)}…`);
  expect(details).toEqual({ error: expect.stringContaining('exceeds the maximum size') });
});

test('what goes to other integrations is reported, not sent, and follows their own word on resolved alerts', async () => {
  const { reported, post, resolve } = await start(`
route: {receiver: chat, ${clocks}}
receivers: [{name: chat, slack_configs: [{channel: '#db'}], opsgenie_configs: [{api_key: x}]}]`);
  await post({ alertname: 'X' });
  await expect.poll(() => reported).toHaveLength(2);
  await resolve({ alertname: 'X' });
  await expect.poll(() => reported).toHaveLength(3);
  expect(reported.map(({ receiver, integration, status }) => `${receiver} ${integration} ${status}`)).toEqual([
    'chat slack firing',
    'chat opsgenie firing',
    'chat opsgenie resolved',
  ]);
  expect(reported[0]).toMatchObject({
    groupKey: '{}:{alertname="X"}',
    alerts: [{ status: 'firing', labels: { alertname: 'X' } }],
  });
});

test('a notification whose template fails is not sent, and said so at each tick', async () => {
  const { receivers, post, call } = await start(`
route: {receiver: a, ${clocks}}
receivers: [{name: a, ${webhook('a', `, payload: {x: '{{ template "nosuch" . }}'}`)}}]`);
  await post({ alertname: 'X' });
  await expect
    .poll(() => call('/metrics'))
    .toContain('alertmanager_notifications_failed_total{integration="webhook"} 2');
  expect(receivers.received).toEqual([]);
});

test('a reload takes new routes and templates over, keeps what is known, and a wrong file changes nothing', async () => {
  const { configFile, folder, receivers, call, post } = await start(`
route: {receiver: a, ${clocks}}
receivers: [{name: a, ${webhook('a')}}]`);
  await post({ alertname: 'X' });
  await expect.poll(() => receivers.received).toHaveLength(1);
  await writeFile(configFile, 'route: {receiver: nobody}');
  expect(await call('/-/reload', 'POST')).toContain('receiver "nobody" is not defined');
  expect(await call('/metrics')).toContain('alertmanager_config_last_reload_successful 0');
  await writeFile(join(folder, 'own.tmpl'), '{{ define "said" }}{{ .Status }} {{ .CommonLabels }}{{ end }}');
  await writeFile(
    configFile,
    `templates: ['*.tmpl']
route: {receiver: a, ${clocks}, routes: [{receiver: b, matchers: [alertname=Y]}]}
receivers: [{name: a, ${webhook('a')}}, {name: b, ${webhook('{{ .GroupLabels.alertname }}', `, payload: {said: '{{ template "said" . }}', count: ['{{ len .Alerts }}']}`)}}]`,
  );
  expect(await call('/-/reload', 'POST')).toBe('');
  await post({ alertname: 'Y', b: '1' });
  await expect.poll(() => receivers.received).toHaveLength(2);
  expect(receivers.received[1]).toMatchObject({ path: '/Y', body: { said: 'firing alertname=Y, b=1', count: [1] } });
  await sleep(150);
  expect(receivers.received, 'X is known to its receiver').toHaveLength(2);
  expect(await call('/metrics')).toContain('alertmanager_notifications_total{integration="webhook"} 2');
});

test('a template file that is none is a reason not to start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-am-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'own.tmpl');
  await writeFile(file, '{{ define "x" }}{{ nosuch }}{{ end }}');
  await expect(start(`templates: ['${file}']\nroute: {receiver: a}\nreceivers: [{name: a}]`)).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    problems: [{ message: 'function "nosuch" not defined', at: { file } }],
  });
});

test('a route is silent in its mute times and outside its active times, which its alerts and groups say', async () => {
  const { receivers, call, post } = await start(`
route: {receiver: a, ${clocks}, routes: [
  {receiver: a, matchers: [alertname=Night], mute_time_intervals: [always]},
  {receiver: a, matchers: [alertname=Day], active_time_intervals: [never]},
  {receiver: a, matchers: [alertname=Both], mute_time_intervals: [never], active_time_intervals: [always]}]}
time_intervals: [{name: always, time_intervals: [{}]}, {name: never, time_intervals: [{years: [1999]}]}]
receivers: [{name: a, ${webhook('a')}}]`);
  for (const alertname of ['Night', 'Day', 'Both']) await post({ alertname });
  await expect.poll(() => receivers.received).toHaveLength(1);
  await sleep(120);
  expect(receivers.received.map(({ body }) => body['groupLabels'])).toEqual([{ alertname: 'Both' }]);
  const muted = (alerts: unknown): string[] =>
    (alerts as { labels: { alertname: string }; status: { state: string; mutedBy: string[] } }[]).map(
      ({ labels, status }) => `${labels.alertname} ${status.state} ${status.mutedBy.join()}`,
    );
  const expected = ['Both active ', 'Day suppressed never', 'Night suppressed always'];
  expect(muted(await call('/api/v2/alerts')).toSorted()).toEqual(expected);
  const groups = (await call('/api/v2/alerts/groups')) as { alerts: unknown }[];
  expect(muted(groups.flatMap(({ alerts }) => alerts)).toSorted()).toEqual(expected);
  expect(await call('/api/v2/alerts/groups?muted=false')).toHaveLength(1);
});

const waits = (wait: string, interval: string): string =>
  `route: {receiver: a, group_by: [alertname], group_wait: ${wait}, group_interval: ${interval}}
receivers: [{name: a, ${webhook('a')}}]`;

test('0.25 keeps an empty group ticking, so that what fires again waits for the tick and not for group_wait', async () => {
  const [old, current] = [
    await start(waits('30ms', '700ms'), { version: '0.25' }),
    await start(waits('30ms', '700ms')),
  ];
  for (const { post, resolve, receivers } of [old, current]) {
    await post({ alertname: 'X' });
    await expect.poll(() => receivers.received).toHaveLength(1);
    await resolve({ alertname: 'X' });
    await expect.poll(() => receivers.received, { timeout: 3_000 }).toHaveLength(2);
    await post({ alertname: 'X' });
    await expect.poll(() => receivers.received, { timeout: 3_000 }).toHaveLength(3);
  }
  const gapOf = ({ receivers: { received } }: typeof old): number => received[2]!.atMs - received[1]!.atMs;
  expect(gapOf(old)).toBeGreaterThan(600);
  expect(gapOf(current)).toBeLessThan(500);
  expect(old.receivers.received[0]?.body).not.toHaveProperty('notification_reason');
  expect(current.receivers.received.map(({ body }) => body['notification_reason'])).toEqual([
    'first notification',
    'all alerts resolved',
    'first notification',
  ]);
});

test('an alert that is overdue hurries a waiting group in 0.25, and only begins one at once since', async () => {
  const overdue = { startsAt: '2026-01-01T00:00:00Z' };
  const [old, current] = [await start(waits('1m', '1m'), { version: '0.25' }), await start(waits('1m', '1m'))];
  for (const { post } of [old, current]) {
    await post({ alertname: 'X', instance: 'a' });
    await post({ alertname: 'X', instance: 'b' }, overdue);
  }
  await expect.poll(() => old.receivers.received).toHaveLength(1);
  await sleep(50);
  expect(current.receivers.received).toEqual([]);
});

test('a silence that is changed keeps its name unless it would change what it has done', async () => {
  const { call } = await start(waits('1m', '1m'));
  const now = Date.now();
  const silence = (more: object): object => ({
    matchers: [{ name: 'a', value: 'b', isRegex: false }],
    ...{ startsAt: new Date(now).toISOString(), endsAt: new Date(now + 60_000).toISOString() },
    ...{ createdBy: 'me', comment: 'c', ...more },
  });
  const put = async (more: object): Promise<string> =>
    ((await call('/api/v2/silences', 'POST', silence(more))) as { silenceID: string }).silenceID;
  const states = async (): Promise<unknown> =>
    ((await call('/api/v2/silences')) as { id: string; status: { state: string } }[]).map(
      ({ id: one, status }) => `${one === id ? 'first' : 'second'} ${status.state}`,
    );
  const id = await put({});
  const { startsAt } = (await call(`/api/v2/silence/${id}`)) as { startsAt: string };
  expect(await put({ id, startsAt, comment: 'longer', endsAt: new Date(now + 120_000).toISOString() })).toBe(id);
  expect(await states()).toEqual(['first active']);
  expect(await put({ id, startsAt, matchers: [{ name: 'a', value: 'c', isRegex: false }] })).not.toBe(id);
  expect(await states()).toEqual(['second active', 'first expired']);
  expect(await call('/api/v2/silences', 'POST', silence({ id: 'nobody' }))).toBe('"silence not found"\n');
});
