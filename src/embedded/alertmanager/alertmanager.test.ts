import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startAlertmanager } from './alertmanager.ts';

type Body = {
  receiver: string;
  status: string;
  alerts: { status: string; labels: Record<string, string>; startsAt: string; endsAt: string; fingerprint: string }[];
  groupKey: string;
  truncatedAlerts: number;
};
type PostedAlert = { readonly labels: Record<string, string>; readonly startsAt?: string; readonly endsAt?: string };
type Received = {
  readonly path: string;
  readonly host: string;
  readonly contentType: string;
  readonly atMs: number;
  readonly body: Body;
};

/** A receiver of webhooks that keeps what it gets; `statuses` are its first answers, after those 200. */
const startPager = async (statuses: number[] = []) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { host = '', 'content-type': contentType = '' } = request.headers;
      received.push({
        path: request.url ?? '',
        host,
        contentType,
        atMs: performance.now(),
        body: JSON.parse(body) as Body,
      });
      return response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const start = async (configuration: string, hosts: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), 'gd-am-'));
  const configFile = join(folder, 'alertmanager.yml');
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(configFile, configuration);
  const alertmanager = await startAlertmanager({ configFile, listen: { host: '127.0.0.1', port: 0 }, hosts });
  onTestFinished(alertmanager.close);
  const call = async (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') => {
    const response = await fetch(`${alertmanager.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return {
      status: response.status,
      body: (answer === '' ? undefined : isJson ? JSON.parse(answer) : answer) as unknown,
    };
  };
  /** Posts alerts in one request. */
  const post = async (...alerts: readonly PostedAlert[]): Promise<void> => {
    expect(await call('/api/v2/alerts', alerts)).toEqual({ status: 200, body: undefined });
  };
  const resolve = (labels: Record<string, string>): Promise<void> => post({ labels, endsAt: new Date().toISOString() });
  return { url: alertmanager.url, close: alertmanager.close, call, post, resolve };
};

const oneReceiver = (webhook = ''): string => `
route: {receiver: on-call, group_by: [alertname], group_wait: 50ms, group_interval: 100ms, repeat_interval: 1h}
receivers: [{name: on-call, webhook_configs: [{url: 'http://pager:9095/hook?team=db'${webhook}}]}]`;

/** `firing a,b` per notification, by the label `instance`. */
const story = (received: readonly Received[]): string[] =>
  received.map(
    ({ body }) => `${body.status} ${body.alerts.map((a) => `${a.labels['instance']}:${a.status}`).join(',')}`,
  );

test('alerts of one group are told together, and the names of the configuration lead where the host table says', async () => {
  const pager = await startPager();
  const { url, post } = await start(oneReceiver(), { 'pager:9095': pager.host });
  const startsAt = new Date().toISOString().replace('Z', '123456Z'); // Prometheus counts nanoseconds
  await post(
    { labels: { instance: 'b', alertname: 'PoolExhausted' }, startsAt },
    { labels: { alertname: 'PoolExhausted', instance: 'a' } },
  );
  await expect.poll(() => pager.received).toHaveLength(1);
  const [{ body, ...envelope } = {} as Received] = pager.received;
  expect(envelope).toMatchObject({ path: '/hook?team=db', host: 'pager:9095', contentType: 'application/json' });
  expect(body).toEqual({
    receiver: 'on-call',
    status: 'firing',
    alerts: ['a', 'b'].map((instance) => ({
      status: 'firing',
      labels: { alertname: 'PoolExhausted', instance },
      annotations: {},
      startsAt: expect.stringMatching(/^\d{4}-.*T.*Z$/),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    })),
    notification_reason: 'first notification',
    groupLabels: { alertname: 'PoolExhausted' },
    commonLabels: { alertname: 'PoolExhausted' },
    commonAnnotations: {},
    externalURL: url,
    version: '4',
    groupKey: '{}:{alertname="PoolExhausted"}',
    truncatedAlerts: 0,
  });
});

test('a group tells of each change at its ticks and says nothing while nothing changes', async () => {
  const pager = await startPager();
  const { post, resolve } = await start(oneReceiver(), { 'pager:9095': pager.host });
  await post({ labels: { alertname: 'X', instance: 'a' } });
  await expect.poll(() => pager.received).toHaveLength(1);
  await sleep(250);
  await post({ labels: { alertname: 'X', instance: 'b' } });
  await expect.poll(() => pager.received).toHaveLength(2);
  await resolve({ alertname: 'X', instance: 'a' });
  await expect.poll(() => pager.received).toHaveLength(3);
  await resolve({ alertname: 'X', instance: 'b' });
  await expect.poll(() => pager.received).toHaveLength(4);
  await post({ labels: { alertname: 'X', instance: 'b' } });
  await expect.poll(() => pager.received).toHaveLength(5);
  expect(story(pager.received)).toEqual([
    'firing a:firing',
    'firing a:firing,b:firing',
    'firing a:resolved,b:firing',
    'resolved b:resolved',
    'firing b:firing',
  ]);
});

test('an alert that is resolved within group_wait is never told', async () => {
  const pager = await startPager();
  const { post, resolve } = await start(oneReceiver().replace('50ms', '300ms'), { 'pager:9095': pager.host });
  await post({ labels: { alertname: 'Flap', instance: 'a' } });
  await resolve({ alertname: 'Flap', instance: 'a' });
  await sleep(450);
  expect(pager.received).toEqual([]);
});

test('an alert that has waited for group_wait before it came is told at once', async () => {
  const pager = await startPager();
  const { post } = await start(oneReceiver().replace('50ms', '1m'), {
    'pager:9095': pager.host,
  });
  await post({ labels: { alertname: 'Old', instance: 'a' }, startsAt: new Date(Date.now() - 61_000).toISOString() });
  await expect.poll(() => pager.received).toHaveLength(1);
  await post({ labels: { alertname: 'New', instance: 'a' } });
  await sleep(150);
  expect(pager.received).toHaveLength(1);
});

test('what still fires is repeated after repeat_interval', async () => {
  const pager = await startPager();
  const { post } = await start(oneReceiver().replace('1h', '150ms'), { 'pager:9095': pager.host });
  await post({ labels: { alertname: 'X', instance: 'a' } });
  await expect.poll(() => pager.received.length).toBeGreaterThanOrEqual(2);
  const [first, second] = pager.received;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(145);
});

test('without send_resolved a receiver hears of firing alerts only, and max_alerts cuts the list', async () => {
  const pager = await startPager();
  const { post, resolve } = await start(oneReceiver(', send_resolved: false, max_alerts: 1'), {
    'pager:9095': pager.host,
  });
  await post({ labels: { alertname: 'X', instance: 'a' } }, { labels: { alertname: 'X', instance: 'b' } });
  await expect.poll(() => pager.received).toHaveLength(1);
  await resolve({ alertname: 'X', instance: 'a' });
  await resolve({ alertname: 'X', instance: 'b' });
  await sleep(250);
  expect(story(pager.received)).toEqual(['firing a:firing']);
  expect(pager.received[0]?.body.truncatedAlerts).toBe(1);
  await post({ labels: { alertname: 'X', instance: 'b' } });
  await expect.poll(() => story(pager.received)).toEqual(['firing a:firing', 'firing b:firing']);
});

test('a receiver that answers 5xx is tried again, one that answers 4xx only at the next tick', async () => {
  const failing = await startPager([503]);
  const refusing = await startPager([400]);
  const configuration = `
route: {receiver: a, group_wait: 0s, group_interval: 300ms, routes: [
  {receiver: a, matchers: [to="a"], group_interval: 1h}, {receiver: b, matchers: [to="b"]}]}
receivers: [{name: a, webhook_configs: [{url: 'http://a/'}]}, {name: b, webhook_configs: [{url: 'http://b/'}]}]`;
  const { post } = await start(configuration, { 'a:80': failing.host, b: refusing.host });
  await post({ labels: { to: 'a' } });
  await post({ labels: { to: 'b' } });
  for (const { received } of [failing, refusing]) await expect.poll(() => received, { timeout: 3_000 }).toHaveLength(2);
  expect((refusing.received[1]?.atMs ?? 0) - (refusing.received[0]?.atMs ?? 0)).toBeGreaterThan(270);
  await sleep(350);
  expect(refusing.received, 'once it has arrived it is known').toHaveLength(2);
});

test('while a source alert fires its targets are muted and shown as suppressed; after it they are told at their tick', async () => {
  const pager = await startPager();
  const inhibition =
    '\ninhibit_rules: [{source_matchers: [alertname="Down"], target_matchers: [severity="warn"], equal: [cluster]}]';
  const { call, post, resolve } = await start(oneReceiver() + inhibition, { 'pager:9095': pager.host });
  const slow = { alertname: 'Slow', severity: 'warn', cluster: 'c1', instance: 'a' };
  await post({ labels: { alertname: 'Down', cluster: 'c1', instance: 'db' } });
  await post({ labels: slow });
  await post({ labels: { ...slow, cluster: 'c2', instance: 'elsewhere' } });
  await expect.poll(() => pager.received).toHaveLength(2);
  expect(story(pager.received).toSorted()).toEqual(['firing db:firing', 'firing elsewhere:firing']);
  const { body } = await call('/api/v2/alerts?filter=instance%3D%22a%22');
  const down = pager.received.find(({ body: sent }) => sent.groupKey.includes('Down'))?.body.alerts[0];
  expect(body).toMatchObject([{ status: { state: 'suppressed', inhibitedBy: [down?.fingerprint], silencedBy: [] } }]);
  expect((await call('/api/v2/alerts?inhibited=false')).body).toHaveLength(2);
  await resolve({ alertname: 'Down', cluster: 'c1', instance: 'db' });
  await expect.poll(() => story(pager.received)).toContain('firing a:firing,elsewhere:firing');
});

test('a silence mutes what it matches until it is expired', async () => {
  const pager = await startPager();
  const { call, post } = await start(oneReceiver(), { 'pager:9095': pager.host });
  const silence = {
    matchers: [{ name: 'alertname', value: 'Noisy.*', isRegex: true, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 60_000).toISOString(),
    createdBy: 'on-call',
    comment: 'known',
  };
  const { silenceID: id } = (await call('/api/v2/silences', silence)).body as { silenceID: string };
  await post({ labels: { alertname: 'NoisyOne', instance: 'a' } });
  await post({ labels: { alertname: 'Loud', instance: 'b' } });
  await expect.poll(() => pager.received).toHaveLength(1);
  await sleep(150);
  expect(story(pager.received)).toEqual(['firing b:firing']);
  expect((await call('/api/v2/alerts?silenced=false')).body).toMatchObject([{ labels: { alertname: 'Loud' } }]);
  expect((await call('/api/v2/silences')).body).toMatchObject([{ id, status: { state: 'active' }, comment: 'known' }]);
  expect((await call(`/api/v2/silence/${id}`, undefined, 'DELETE')).status).toBe(200);
  await expect.poll(() => story(pager.received)).toEqual(['firing b:firing', 'firing a:firing']);
  expect((await call(`/api/v2/silence/${id}`)).body).toMatchObject({ status: { state: 'expired' } });
  expect((await call('/api/v2/silence/nobody', undefined, 'DELETE')).status).toBe(404);
  expect(
    (await call('/api/v2/silences', { ...silence, matchers: [{ name: 'a', value: '.*', isRegex: true }] })).status,
  ).toBe(400);
});

test('the API shows alerts with their receivers, the groups, the receivers and the configuration', async () => {
  const pager = await startPager();
  const { call, post } = await start(oneReceiver(), { 'pager:9095': pager.host });
  await post({ labels: { alertname: 'X', instance: 'a' } });
  const alert = {
    labels: { alertname: 'X', instance: 'a' },
    receivers: [{ name: 'on-call' }],
    status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
  };
  expect((await call('/api/v2/alerts')).body).toMatchObject([alert]);
  expect((await call('/api/v2/alerts?active=false')).body).toEqual([]);
  expect((await call('/api/v2/alerts?receiver=on-.*')).body).toHaveLength(1);
  expect((await call('/api/v2/alerts?receiver=on')).body).toEqual([]);
  expect((await call('/api/v2/alerts/groups')).body).toMatchObject([
    { labels: { alertname: 'X' }, receiver: { name: 'on-call' }, alerts: [alert] },
  ]);
  expect((await call('/api/v2/receivers')).body).toEqual([{ name: 'on-call', labels: { name: 'on-call' } }]);
  const { config } = (await call('/api/v2/status')).body as { config: { original: string } };
  expect(config.original).toContain('group_by: [ alertname ]');
  expect(config.original, 'who knows the address could post there').toContain("url: '<secret>'");
  expect((await call('/-/ready')).status).toBe(200);
  expect(await call('/api/v1/alerts')).toEqual({
    status: 404,
    body: 'this Alertmanager stand-in does not answer GET /api/v1/alerts',
  });
});

test('of a request with a bad alert the good ones count, and the answer says what is wrong', async () => {
  const pager = await startPager();
  const { call } = await start(oneReceiver(), { 'pager:9095': pager.host });
  const alerts = [{ labels: {} }, { labels: { alertname: 'X' } }];
  expect(await call('/api/v2/alerts', alerts)).toEqual({ status: 400, body: 'at least one label pair required' });
  expect((await call('/api/v2/alerts')).body).toHaveLength(1);
  expect((await call('/api/v2/alerts', [{ labels: { a: '1' }, startsAt: 'yesterday' }])).status).toBe(400);
  expect((await call('/api/v2/alerts', 'no list')).status).toBe(400);
  expect((await call('/api/v2/alerts?filter=nonsense')).status).toBe(400);
});

test('a page in a browser can neither raise an alert nor silence one', async () => {
  const { url, call } = await start(oneReceiver(), {});
  for (const path of ['/api/v2/alerts', '/api/v2/silences']) {
    const headers = { origin: 'http://page.example', 'content-type': 'text/plain' };
    const body = JSON.stringify([{ labels: { alertname: 'X' } }]);
    expect((await fetch(`${url}${path}`, { method: 'POST', headers, body })).status).toBe(403);
  }
  expect((await call('/api/v2/alerts')).body).toEqual([]);
});

test('closing ends the groups: nothing is told after it', async () => {
  const pager = await startPager();
  const { close, post } = await start(oneReceiver(), { 'pager:9095': pager.host });
  await post({ labels: { alertname: 'X', instance: 'a' } });
  await close();
  await close();
  await sleep(150);
  expect(pager.received).toEqual([]);
});

test('a configuration that cannot be followed does not start', async () => {
  await expect(start('route: {receiver: a}\nreceivers: []', {})).rejects.toThrow('receiver "a" is not defined');
});
