import { describe, expect, onTestFinished, test } from 'vitest';
import type { JournalFact } from '../journal/events.ts';
import { openPager } from './pager.ts';

const open = async () => {
  const facts: JournalFact[] = [];
  const pager = await openPager((fact) => facts.push(fact));
  onTestFinished(() => pager[Symbol.asyncDispose]());
  const post = async (body: unknown): Promise<number> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (await fetch(`http://${pager.address}/`, { method: 'POST', body: text })).status;
  };
  /** What happened since it was last asked. */
  const news = (): readonly JournalFact[] => facts.splice(0);
  return { pager, post, news };
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
const delivered = { type: 'alert.delivered', ...about };
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
    expect(await post(webhook('pager', alert('firing')))).toBe(200);
    expect(news()).toEqual([delivered]);
  },
);

test('a pager that is closed listens no more', async () => {
  const { pager, post } = await open();
  await pager[Symbol.asyncDispose]();
  await expect(post(webhook('pager', alert('firing')))).rejects.toThrow('fetch failed');
});
