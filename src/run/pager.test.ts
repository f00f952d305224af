import { describe, expect, onTestFinished, test } from 'vitest';
import type { JournalFact } from '../journal/events.ts';
import { openPager } from './pager.ts';

const open = async () => {
  const facts: JournalFact[] = [];
  const pager = await openPager((fact) => facts.push(fact));
  onTestFinished(() => pager[Symbol.asyncDispose]());
  const send = (body: unknown, path = '/'): Promise<Response> =>
    fetch(`http://${pager.address}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const post = async (body: unknown, path?: string): Promise<number> => (await send(body, path)).status;
  /** What happened since it was last asked. */
  const news = (): readonly JournalFact[] => facts.splice(0);
  return { pager, send, post, news };
};

type Status = 'firing' | 'resolved';
const alert = (status: Status, labels: Record<string, string> = {}, annotations: Record<string, string> = {}) => ({
  ...{ status, annotations, fingerprint: 'c0ffee', generatorURL: 'http://prometheus:9090/graph' },
  labels: { alertname: 'Down', severity: 'page', ...labels },
  startsAt: '2024-06-20T08:00:00.000Z',
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2024-06-20T08:05:00.000Z',
});
/** A body as Alertmanager's manual gives it (webhook, version 4). */
const webhook = (receiver: string, ...alerts: readonly ReturnType<typeof alert>[]) => ({
  ...{ version: '4', groupKey: '{}:{alertname="Down"}', truncatedAlerts: 0, receiver, alerts },
  status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
  ...{
    groupLabels: { alertname: 'Down' },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager',
  },
});
const about = { alert: 'Down', labels: { severity: 'page' }, receiver: 'pager' };
const delivered = { type: 'alert.delivered', ...about, group: '{}:{alertname="Down"}' };
const resolved = { type: 'alert.resolved', ...about };

describe('a notification', () => {
  test('is told as delivered, and later as resolved, once each however often it is repeated', async () => {
    const { post, news } = await open();
    expect(await post(webhook('pager', alert('firing')))).toBe(200);
    expect(news()).toEqual([delivered]);
    await post(webhook('pager', alert('firing')));
    expect(news()).toEqual([]);
    await post(webhook('pager', alert('resolved')));
    await post(webhook('pager', alert('resolved')));
    expect(news()).toEqual([resolved]);
  });

  test('that fires again after it was resolved is delivered again', async () => {
    const { post, news } = await open();
    for (const status of ['firing', 'resolved', 'firing'] as const) await post(webhook('pager', alert(status)));
    expect(news()).toEqual([delivered, resolved, delivered]);
  });

  test('of a group tells each of its alerts by its labels', async () => {
    const { post, news } = await open();
    await post(webhook('pager', alert('firing', { instance: 'a' }), alert('firing', { instance: 'b' })));
    await post(webhook('pager', alert('resolved', { instance: 'a' }), alert('firing', { instance: 'b' })));
    expect(news().map((fact) => [fact.type, 'labels' in fact ? fact.labels['instance'] : ''])).toEqual([
      ['alert.delivered', 'a'],
      ['alert.delivered', 'b'],
      ['alert.resolved', 'a'],
    ]);
  });

  test('to two receivers is delivered to both', async () => {
    const { post, news } = await open();
    await post(webhook('pager', alert('firing')));
    await post(webhook('tickets', alert('firing')));
    await post(webhook('tickets', alert('resolved')));
    expect(news()).toEqual([delivered, { ...delivered, receiver: 'tickets' }, { ...resolved, receiver: 'tickets' }]);
  });

  test('of an end whose beginning never came is nothing', async () => {
    const { post, news } = await open();
    expect(await post(webhook('pager', alert('resolved')))).toBe(200);
    expect(news()).toEqual([]);
  });

  test('carries the annotations under which a responder finds the runbook', async () => {
    const { pager, post } = await open();
    expect(pager.annotationsOf('Down')).toBeUndefined();
    await post(webhook('pager', alert('firing', {}, { runbook_url: 'runbooks/Down.md' })));
    expect(pager.annotationsOf('Down')).toEqual({ runbook_url: 'runbooks/Down.md' });
    await post(webhook('pager', alert('resolved')));
    expect(pager.annotationsOf('Down')).toEqual({ runbook_url: 'runbooks/Down.md' });
  });
});

test.each(['', '{', 'null', '{}', '{"receiver":"pager"}', '{"receiver":"pager","alerts":[{}]}'])(
  'what is no notification is refused, and the pager goes on: %s',
  async (body) => {
    const { post, news } = await open();
    expect(await post(body)).toBe(400);
    expect(news()).toMatchObject([{ type: 'notification.refused', receiver: null }]);
    expect(await post(webhook('pager', alert('firing')))).toBe(200);
    expect(news()).toEqual([delivered]);
  },
);

test('a receiver is told by its name, whatever Alertmanager has escaped in it', async () => {
  const { post, news } = await open();
  await post(webhook(String.raw`on\.call\+eu`, alert('firing')));
  expect(news()).toEqual([{ ...delivered, receiver: 'on.call+eu' }]);
});

test('what is too large is refused before it is read to its end', async () => {
  const { post, news } = await open();
  expect(await post(`"${'x'.repeat(1_100_000)}"`)).toBe(400);
  expect(news()).toEqual([{ type: 'notification.refused', receiver: null, reason: 'more than 1000000 bytes' }]);
});

test('a browser is told nothing, and heard as little', async () => {
  const { pager, news } = await open();
  const headers = { Origin: 'https://example.com' };
  expect((await fetch(`http://${pager.address}/`, { method: 'POST', headers, body: '{}' })).status).toBe(403);
  expect(news()).toEqual([]);
});

const asText = (...alerts: readonly ReturnType<typeof alert>[]): string =>
  alerts
    .map(({ labels, annotations }) =>
      ['Labels:', ...entries(labels), 'Annotations:', ...entries(annotations), 'Source: http://prometheus', ''].join(
        '\n',
      ),
    )
    .join('');
const entries = (texts: Record<string, string>): readonly string[] =>
  Object.entries(texts).map(([name, value]) => ` - ${name} = ${value}`);
/** An event as Alertmanager sends it. */
const event = (action: 'trigger' | 'resolve' | 'acknowledge', details: object = {}, more: object = {}) => ({
  ...{ routing_key: 'key-of-the-team', dedup_key: 'c0ffee', event_action: action, client: 'Alertmanager' },
  client_url: 'http://alertmanager:9093/#/alerts?receiver=pager',
  payload: { summary: '[FIRING:1] Down (page)', source: 'Alertmanager', severity: 'critical', custom_details: details },
  ...more,
});
const paged = { ...delivered, group: 'c0ffee' };

describe('a PagerDuty event', () => {
  const enqueue = '/v2/enqueue';

  test.each<[string, (alerts: readonly ReturnType<typeof alert>[]) => unknown]>([
    ['as text', (alerts) => asText(...alerts)],
    ['as JSON', (alerts) => alerts],
    ['as JSON in a text', (alerts) => JSON.stringify(alerts)],
  ])('with its alerts %s is answered as PagerDuty does, and told once', async (_, shown) => {
    const { send, news } = await open();
    const firing = { firing: shown([alert('firing')]), resolved: shown([]), num_firing: '1' };
    const answer = await send(event('trigger', firing), enqueue);
    expect([answer.status, await answer.json()]).toEqual([
      202,
      { status: 'success', message: 'Event processed', dedup_key: 'c0ffee' },
    ]);
    expect(news()).toEqual([paged]);
    await send(event('trigger', firing), enqueue);
    expect(news()).toEqual([]);
    await send(event('resolve'), enqueue);
    await send(event('resolve'), enqueue);
    expect(news()).toEqual([resolved]);
  });

  test('whose texts Alertmanager has read as YAML is about the same alert', async () => {
    const { pager, post, news } = await open();
    const labels = { alertname: 'Down', severity: 'page', code: 500, canary: true };
    await post(
      event('trigger', { firing: [{ labels, annotations: { summary: ['DRILL'], runbook_url: 'r.md' } }] }),
      enqueue,
    );
    expect(news()).toEqual([{ ...paged, labels: { severity: 'page', code: '500', canary: 'true' } }]);
    expect(pager.annotationsOf('Down')).toEqual({ summary: '["DRILL"]', runbook_url: 'r.md' });
  });

  test('that is triggered again tells what has joined its group, and what of it is over', async () => {
    const { post, news } = await open();
    const [a, b] = ['a', 'b'].map((instance) => alert('firing', { instance })) as [
      ReturnType<typeof alert>,
      ReturnType<typeof alert>,
    ];
    await post(event('trigger', { firing: asText(a) }), enqueue);
    await post(event('trigger', { firing: asText(a, b) }), enqueue);
    await post(event('trigger', { firing: asText(b), resolved: asText(a) }), enqueue);
    await post(event('resolve'), enqueue);
    expect(news().map((fact) => [fact.type, 'labels' in fact ? fact.labels['instance'] : ''])).toEqual([
      ['alert.delivered', 'a'],
      ['alert.delivered', 'b'],
      ['alert.resolved', 'a'],
      ['alert.resolved', 'b'],
    ]);
  });

  test.each([
    ['its address', '/receivers/on%20call/v2/enqueue', {}, 'on call'],
    ['its link back', enqueue, {}, 'pager'],
    ['its routing key, where there is neither', enqueue, { client_url: 'https://wiki/' }, 'key-of-the-team'],
  ])('names its receiver by %s', async (_, path, more, receiver) => {
    const { post, news } = await open();
    await post(event('trigger', { firing: asText(alert('firing')) }, more), path);
    expect(news()).toEqual([{ ...paged, receiver }]);
  });

  test('of another group or receiver resolves nothing', async () => {
    const { post, news } = await open();
    await post(event('trigger', { firing: asText(alert('firing')) }), enqueue);
    news();
    await post(event('resolve', {}, { dedup_key: 'other' }), enqueue);
    await post(event('resolve'), '/receivers/other/v2/enqueue');
    await post(event('acknowledge'), enqueue);
    expect(news()).toEqual([]);
  });

  test('carries the annotations under which a responder finds the runbook', async () => {
    const { pager, post } = await open();
    await post(event('trigger', { firing: asText(alert('firing', {}, { runbook_url: 'runbooks/Down.md' })) }), enqueue);
    expect(pager.annotationsOf('Down')).toEqual({ runbook_url: 'runbooks/Down.md' });
  });

  test.each([
    ['says nothing of its alerts', event('trigger', { team: 'web' }), 'pager'],
    ['has no routing key', event('trigger', { firing: asText(alert('firing')) }, { routing_key: '' }), null],
    ['has no summary', { ...event('trigger'), payload: {} }, null],
    ['has another action', { ...event('trigger'), event_action: 'page' }, null],
    ['is no event', '[]', null],
  ])('that %s is refused as PagerDuty does, and said so', async (_, body, receiver) => {
    const { send, news } = await open();
    const answer = await send(body, enqueue);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { status: 'invalid event', errors: [expect.any(String)] },
    ]);
    expect(news()).toMatchObject([{ type: 'notification.refused', receiver }]);
  });
});

test('a pager that is closed listens no more', async () => {
  const { pager, post } = await open();
  await pager[Symbol.asyncDispose]();
  await expect(post(webhook('pager', alert('firing')))).rejects.toThrow('fetch failed');
});
