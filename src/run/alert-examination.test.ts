import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from '../clock.ts';
import type { JournalFact } from '../journal/events.ts';
import { journalOf, trialEntries } from '../verdicts/journal.fixture.ts';
import { sampleAlert, samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { examineAlerts, type Examine } from './alert-examination.ts';

/** Of Prometheus: one rule, one target, and one series that is what `values` says. */
const prometheus = (expr: string, values: readonly (readonly [number, string])[]): RequestListener => {
  const answers: Readonly<Record<string, unknown>> = {
    '/api/v1/query': { resultType: 'scalar', result: [0, '0'] },
    '/api/v1/rules': {
      groups: [{ interval: 5, rules: [{ name: 'Down', query: expr, duration: 10, labels: { severity: 'page' } }] }],
    },
    '/api/v1/targets': {
      activeTargets: [{ labels: { job: 'a', instance: 'a:80' }, lastError: '', scrapeInterval: '5s' }],
    },
    '/api/v1/label/__name__/values': ['queue', 'up'],
  };
  return (request, response) => {
    const url = new URL(request.url ?? '', 'http://prometheus');
    const query = url.searchParams.get('query') ?? '';
    const ranges = query.includes('queue') ? [{ metric: {}, values }] : [];
    const series = url.searchParams.get('match[]')?.includes('"queue"') === true;
    const data =
      url.pathname === '/api/v1/query_range'
        ? { resultType: 'matrix', result: ranges }
        : url.pathname === '/api/v1/series'
          ? series
            ? [{ __name__: 'queue', job: 'a', instance: 'a:80' }]
            : []
          : answers[url.pathname];
    if (query.startsWith('refuse')) response.end(JSON.stringify({ status: 'error', error: 'no' }));
    else response.end(JSON.stringify({ status: 'success', data }));
  };
};

const examining = async (listener: RequestListener, signal = new AbortController().signal) => {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const plan = { ...samplePlan, alerts: [sampleAlert('Down')] };
  const facts: JournalFact[] = [];
  const given: Examine = {
    ...{ plan, trial: 'fault', prometheusUrl: url, clock: startClock(), signal },
    alertingFiles: { rulesOf: () => [{ expr: 'queue > 20', labels: {} }], routesOf: () => [] },
    events: journalOf(trialEntries({ firesMs: Infinity, runbookMs: Infinity }, plan), plan),
    record: (fact) => facts.push(fact),
  };
  await examineAlerts(given);
  return facts;
};

test('an expected alert is examined with what the server says, in the words of the team’s own rule', async () => {
  expect(await examining(prometheus('queue > 20', [[9, '14']]))).toMatchObject([
    {
      ...{ type: 'alert.examined', alert: 'Down', wanted: { severity: 'page' } },
      examination: {
        ...{ expr: 'queue > 20', error: '', scrapeMs: 5_000, evaluationMs: 5_000, forMs: 10_000, missing: [] },
        conditions: [{ value: 'queue', op: '>', bound: 20, held: false, closest: { value: 14 } }],
      },
    },
  ]);
});

test('what a server refuses to evaluate leaves the other facts', async () => {
  const [fact] = await examining(prometheus('refuse > 20', []));
  expect(fact).toMatchObject({
    examination: { stretches: [], conditions: [{ closest: null }], missing: [{ metric: 'refuse' }] },
  });
});

test.each<[string, RequestListener]>([
  ['answers with an error', (_, response) => response.writeHead(500).end('no')],
  ['answers nonsense', (_, response) => response.end('{"status":"success","data":7}')],
  ['hangs up', (request) => request.destroy()],
  ['knows no rule of that name', prometheus('', [])],
])('a server that %s is no reason to end a run, and nothing is recorded', async (_, listener) => {
  expect(await examining(listener)).toEqual([]);
});

test('a server that hangs is waited for three seconds at most, and not at all once the run is stopped', async () => {
  const began = performance.now();
  expect(await examining(() => {})).toEqual([]);
  expect(performance.now() - began).toBeGreaterThan(2_500);
  const stopped = AbortSignal.timeout(50);
  await expect(examining(() => {}, stopped)).rejects.toThrow('timeout');
});
