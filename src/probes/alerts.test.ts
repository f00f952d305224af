import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { JournalFact } from '../journal/events.ts';
import { nameAndLabels } from './alert-identity.ts';
import { ms } from '../units.ts';
import { pollAlerts, type AlertPoll } from './alerts.ts';
import { pollNotified } from './notified-alerts.ts';

type Alert = { labels: Record<string, string>; state: 'pending' | 'firing'; value: string };

/** Both servers in one: what Prometheus evaluates and what Alertmanager knows; undefined where one does not answer. */
const world: { evaluated: readonly Alert[] | undefined; notified: readonly Alert['labels'][] | undefined } = {
  evaluated: [],
  notified: [],
};
let poll: AlertPoll;
beforeEach(async () => {
  Object.assign(world, { evaluated: [], notified: [] });
  const server = createServer((request, response) => {
    const { evaluated, notified } = world;
    const body =
      request.url === '/api/v1/alerts'
        ? evaluated && { status: 'success', data: { alerts: evaluated } }
        : request.url === '/api/v2/alerts/groups'
          ? []
          : notified?.map((labels) => ({ labels, fingerprint: 'f', status: { state: 'active' } }));
    if (body === undefined) response.writeHead(500).end('no');
    else response.end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  poll = pollAlerts(url, url);
});

const look = (): Promise<readonly JournalFact[]> => poll.look(AbortSignal.timeout(5_000));
const labels = { alertname: 'Down', severity: 'page' };
const alert = (state: Alert['state'], value = '0.25'): Alert => ({ labels, state, value });
const about = { alert: 'Down', labels: { severity: 'page' } };

describe('watching alerts', () => {
  test('tells each change once, from pending to cleared', async () => {
    expect(await look()).toEqual([]);
    world.evaluated = [alert('pending')];
    expect(await look()).toEqual([{ type: 'alert.pended', ...about, value: 0.25 }]);
    expect(await look()).toEqual([]);
    world.evaluated = [alert('firing', '0.5')];
    expect(await look()).toEqual([{ type: 'alert.fired', ...about, value: 0.5 }]);
    expect(await look()).toEqual([]);
    world.notified = [labels];
    expect(await look()).toEqual([{ type: 'alert.sent', ...about }]);
    world.evaluated = [];
    expect(await look()).toEqual([{ type: 'alert.cleared', ...about, wasFiring: true }]);
    world.notified = [];
    expect(await look()).toEqual([]);
  });

  test('that fires between two looks is told as pended and fired', async () => {
    world.evaluated = [alert('firing')];
    expect((await look()).map(({ type }) => type)).toEqual(['alert.pended', 'alert.fired']);
  });

  test('that only pended is cleared without having fired', async () => {
    world.evaluated = [alert('pending')];
    await look();
    world.evaluated = [];
    expect(await look()).toEqual([{ type: 'alert.cleared', ...about, wasFiring: false }]);
  });

  test('that comes back is told again', async () => {
    world.evaluated = [alert('firing')];
    world.notified = [labels];
    await look();
    Object.assign(world, { evaluated: [], notified: [] });
    await look();
    Object.assign(world, { evaluated: [alert('firing')], notified: [labels] });
    expect((await look()).map(({ type }) => type)).toEqual(['alert.pended', 'alert.fired', 'alert.sent']);
  });

  test('of one name with different labels are different alerts', async () => {
    world.evaluated = ['a', 'b'].map((instance) => ({ ...alert('firing'), labels: { ...labels, instance } }));
    const facts = await look();
    expect(facts.map((fact) => ('labels' in fact ? fact.labels['instance'] : ''))).toEqual(['a', 'a', 'b', 'b']);
    world.evaluated = world.evaluated.slice(1);
    expect(await look()).toEqual([
      { type: 'alert.cleared', alert: 'Down', labels: { severity: 'page', instance: 'a' }, wasFiring: true },
    ]);
  });

  test('takes a server that does not answer for silent, not for well', async () => {
    Object.assign(world, { evaluated: [alert('firing')], notified: [labels] });
    await look();
    Object.assign(world, { evaluated: undefined, notified: undefined });
    expect(await look()).toEqual([]);
    Object.assign(world, { evaluated: [alert('firing')], notified: [labels] });
    expect(await look()).toEqual([]);
    const dead = pollAlerts('http://127.0.0.1:1', 'http://127.0.0.1:1');
    expect(await dead.look(AbortSignal.timeout(5_000))).toEqual([]);
    expect(await dead.look(AbortSignal.abort())).toEqual([]);
  });

  test.each(['NaN', '+Inf', '-Inf'])('tells no value where it is %s, which a journal cannot hold', async (value) => {
    world.evaluated = [alert('pending', value)];
    expect(await look()).toEqual([{ type: 'alert.pended', ...about, value: null }]);
  });
});

test('the key of an alert does not depend on the order of its labels', () => {
  const { alert: name, labels: rest, key } = nameAndLabels({ alertname: 'A', b: '2', a: '1' });
  expect({ name, rest }).toEqual({ name: 'A', rest: { b: '2', a: '1' } });
  expect(nameAndLabels({ a: '1', b: '2', alertname: 'A' }).key).toBe(key);
  expect(nameAndLabels({ a: '1', b: '3', alertname: 'A' }).key).not.toBe(key);
});

describe('what the notification service says', () => {
  const receivers = [{ name: 'pager' }];
  const times = { startsAt: '2024-06-20T08:00:01Z', updatedAt: '2024-06-20T08:00:02.5Z' };
  const dated = (time: string) => {
    const atMs = Date.parse(time) - Date.parse('2024-06-20T08:00:00Z');
    return Number.isNaN(atMs) ? undefined : ms(atMs);
  };
  type Status = { silencedBy?: readonly string[]; inhibitedBy?: readonly string[] };
  const known = (fingerprint: string, status: Status, more: Record<string, string> = {}) => ({
    ...{ labels: { ...labels, ...more }, fingerprint, receivers, status, ...times },
  });

  /** @param intervals By route of the alert `f`. */
  const watching = async (intervals: readonly (readonly string[])[], ...answers: readonly unknown[]) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const silence = { createdBy: 'alice', comment: 'moving house' };
      const looks = asked.filter((url) => url === '/api/v2/alerts').length;
      const groups = intervals.map((mutedBy) => ({
        alerts: [{ fingerprint: 'f', status: { mutedBy: looks === answers.length ? [] : mutedBy } }],
      }));
      const answer =
        request.url === '/api/v2/alerts/groups'
          ? groups
          : request.url === '/api/v2/alerts'
            ? answers[looks - 1]
            : silence;
      response.end(JSON.stringify(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => (server.closeAllConnections(), void server.close()));
    const see = pollNotified(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, dated);
    const facts: JournalFact[] = [];
    for (const _ of answers) facts.push(...(await see(AbortSignal.timeout(5_000))));
    return { facts, asked };
  };

  test('is told with its receivers and its own times', async () => {
    const { facts } = await watching([], [known('f', {})]);
    expect(facts).toEqual([{ type: 'alert.sent', ...about, receivers: ['pager'], firedAtMs: 1_000, sentAtMs: 2_500 }]);
  });

  test('tells once why an alert is kept back, and once that it is not any more', async () => {
    const muted = known('f', { silencedBy: ['s-1'], inhibitedBy: ['g', 'gone'] });
    const other = known('g', {}, { instance: 'a' });
    const { facts, asked } = await watching([['nights']], [muted, other], [muted, other], [known('f', {}), other]);
    expect(facts.filter(({ type }) => type !== 'alert.sent')).toEqual([
      {
        ...{ type: 'alert.muted', ...about },
        muting: {
          silences: [{ id: 's-1', author: 'alice', comment: 'moving house' }],
          alerts: [{ alert: 'Down', labels: { severity: 'page', instance: 'a' } }],
          intervals: ['nights'],
        },
      },
      { type: 'alert.unmuted', ...about },
    ]);
    expect(asked.filter((url) => url === '/api/v2/silence/s-1')).toHaveLength(1);
  });

  test('says muted only where none of the routes tells', async () => {
    const muted = await watching([['nights'], ['weekends']], [known('f', {})], []);
    expect(muted.facts).toContainEqual({
      ...{ type: 'alert.muted', ...about },
      muting: { silences: [], alerts: [], intervals: ['nights', 'weekends'] },
    });
    const told = await watching([['nights'], []], [known('f', {})], []);
    expect(told.facts.map(({ type }) => type)).toEqual(['alert.sent']);
  });

  test('of an older version, which does not say it all, is enough', async () => {
    const { facts } = await watching([], [{ labels, fingerprint: 'f', status: { inhibitedBy: ['x'] } }]);
    expect(facts).toEqual([{ type: 'alert.sent', ...about }]);
  });
});
