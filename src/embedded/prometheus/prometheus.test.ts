import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GamedayError } from '../../errors.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { running } from './running.fixture.ts';
import { readSamples } from './samples-file.ts';

/** As much of the API's answers as the tests reach into. */
type Body = {
  readonly data: {
    readonly result: readonly { readonly value: readonly [number, string] }[];
    readonly groups: readonly {
      readonly rules: readonly { readonly alerts: readonly { readonly activeAt: string }[] }[];
    }[];
    readonly alerts: readonly unknown[];
    readonly activeTargets: readonly unknown[];
    readonly version: string;
  };
};
type Alert = {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL: string;
};

const files = {
  'prometheus.yml': `global: { scrape_interval: 50ms, evaluation_interval: 50ms, external_labels: { region: eu } }
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['shop-1:8080'] }]
alerting:
  alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }]
`,
  'rules.yml': `groups:
  - name: pools
    rules:
      - record: pool:used
        expr: pool_used / pool_max
      - alert: PoolExhausted
        expr: pool:used > 0.9
        for: 100ms
        labels: { severity: page }
        annotations: { summary: '{{ $labels.instance }} uses {{ $value | humanizePercentage }}' }
`,
};

let folder: string;
let target: Server;
let alertmanager: Server;
let prometheus: Prometheus;
let exposed: { status: number; body: string };
let received: Alert[];

const portOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const pools = (used: number): void =>
  void (exposed = { status: 200, body: `# TYPE pool_used gauge\npool_used ${used}\npool_max{instance="own"} 10\n` });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  pools(1);
  received = [];
  target = createServer((_, response) => {
    response.writeHead(exposed.status, { 'content-type': 'text/plain; version=0.0.4' }).end(exposed.body);
  });
  alertmanager = createServer((request, response) => {
    const receive = async (): Promise<void> => {
      received.push(...(JSON.parse(await text(request)) as Alert[]));
      response.writeHead(200).end();
    };
    void receive();
  });
  await Promise.all([
    once(target.listen(0, '127.0.0.1'), 'listening'),
    once(alertmanager.listen(0, '127.0.0.1'), 'listening'),
  ]);
});
afterEach(async () => {
  await prometheus?.close();
  target.close().closeAllConnections();
  alertmanager.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

const start = async (): Promise<void> => {
  const hosts = { 'shop-1:8080': portOf(target), 'alertmanager:9093': portOf(alertmanager) };
  const listen = { host: '127.0.0.1', port: 0 };
  prometheus = await startPrometheus({
    ...{ configFile: join(folder, 'prometheus.yml'), listen, hosts, lookbackMs: 10_000 },
    samplesFile: join(folder, 'samples.jsonl'),
  });
};
const ask = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: Body }> => {
  const response = await fetch(prometheus.url + path, init);
  return { status: response.status, body: (await response.json()) as Body };
};
const value = async (query: string): Promise<string | undefined> =>
  (await ask(`/api/v1/query?query=${encodeURIComponent(query)}`)).body.data.result[0]?.value[1];
const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

test('a real target, a real rule file: the alert pends, fires, reaches the Alertmanager and resolves there', async () => {
  writeFileSync(
    join(folder, 'rules.yml'),
    files['rules.yml'].replace('pool_max', 'ignoring(exported_instance) pool_max'),
  );
  await start();
  await until(async () => expect(await value('pool:used')).toBe('0.1'));
  expect(received).toEqual([]);

  pools(10);
  await until(() => expect(received).toHaveLength(1));
  const [fired] = received;
  expect(fired).toMatchObject({
    labels: { alertname: 'PoolExhausted', severity: 'page', job: 'shop', instance: 'shop-1:8080', region: 'eu' },
    annotations: { summary: 'shop-1:8080 uses 100%' },
    generatorURL: `${prometheus.url}/graph?g0.expr=pool%3Aused+%3E+0.9&g0.tab=1`,
  });
  expect(Date.parse(fired!.endsAt) - Date.parse(fired!.startsAt)).toBe(240_000);
  const { body } = await ask('/api/v1/rules?type=alert');
  expect(body.data.groups).toMatchObject([
    {
      ...{ name: 'pools', file: join(folder, 'rules.yml'), interval: 0.05, limit: 0 },
      rules: [
        {
          ...{ state: 'firing', name: 'PoolExhausted', query: 'pool:used > 0.9', duration: 0.1, keepFiringFor: 0 },
          ...{ labels: { severity: 'page' }, health: 'ok', type: 'alerting' },
          alerts: [
            { state: 'firing', value: '1e+00', labels: { alertname: 'PoolExhausted', instance: 'shop-1:8080' } },
          ],
        },
      ],
    },
  ]);
  const { activeAt } = body.data.groups[0]!.rules[0]!.alerts[0]!;
  expect(Date.parse(fired!.startsAt) - Date.parse(activeAt)).toBeGreaterThanOrEqual(100);
  await until(async () => expect((await ask('/api/v1/alerts')).body.data.alerts).toHaveLength(1));

  pools(1);
  await until(() => expect(received).toHaveLength(2));
  expect(received[1]).toMatchObject({ labels: fired!.labels, startsAt: fired!.startsAt });
  expect(Date.parse(received[1]!.endsAt)).toBeLessThanOrEqual(Date.now());
  expect((await ask('/api/v1/alerts')).body.data.alerts).toEqual([]);
});

test('a failed scrape makes all series of its target stale at once, and only up remains, as 0', async () => {
  await start();
  await until(async () => expect(await value('pool_used')).toBe('1'));
  exposed = { status: 500, body: '' };
  await until(async () => expect(await value('up')).toBe('0'));
  expect(await value('pool_used')).toBeUndefined();
  const { body } = await ask('/api/v1/targets');
  expect(body.data.activeTargets).toMatchObject([
    {
      ...{ scrapePool: 'shop', scrapeUrl: 'http://shop-1:8080/metrics', health: 'down' },
      lastError: 'http://shop-1:8080/metrics: server returned HTTP status 500',
      labels: { instance: 'shop-1:8080', job: 'shop' },
    },
  ]);
  exposed = { status: 200, body: 'pool_used 2\nbroken\n' };
  await pause(120);
  expect(await value('pool_used')).toBeUndefined();
  pools(3);
  await until(async () => expect(await value('pool_used')).toBe('3'));
});

test('everything scraped can be read back from the samples file', async () => {
  await start();
  await until(async () => expect(await value('count_over_time(pool_used[1m]) >= 3')).toBeDefined());
  await prometheus.close();
  const { store } = readSamples(readFileSync(join(folder, 'samples.jsonl'), 'utf8'));
  const names = [...store.select([])].map(({ labels }) => labels.get('__name__'));
  expect(new Set(names)).toEqual(
    new Set([
      ...['pool_max', 'pool_used', 'scrape_duration_seconds', 'scrape_samples_post_metric_relabeling'],
      ...['scrape_samples_scraped', 'scrape_series_added', 'up'],
    ]),
  );
  const [used] = [...store.select([])].filter(({ labels }) => labels.get('__name__') === 'pool_used');
  expect(used?.length).toBeGreaterThanOrEqual(3);
});

test('the API answers in the shapes of the original, to GET and to a posted form', async () => {
  await start();
  await until(async () => expect(await value('up')).toBe('1'));
  expect((await ask('/api/v1/query?query=1%2B1&time=1700000000.5')).body).toEqual({
    status: 'success',
    data: { resultType: 'scalar', result: [1_700_000_000.5, '2'] },
  });
  const form = new URLSearchParams({ query: 'up{job="shop"}' });
  expect((await ask('/api/v1/query', { method: 'POST', body: form })).body.data).toMatchObject({
    resultType: 'vector',
    result: [{ metric: { __name__: 'up', instance: 'shop-1:8080', job: 'shop' }, value: [expect.any(Number), '1'] }],
  });
  expect((await ask('/api/v1/query_range?query=vector(1)/0&start=10&end=11&step=500ms')).body.data).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: {},
        values: [
          [10, '+Inf'],
          [10.5, '+Inf'],
          [11, '+Inf'],
        ],
      },
    ],
  });
  expect((await ask('/api/v1/series?match[]=up')).body.data).toEqual([
    { __name__: 'up', instance: 'shop-1:8080', job: 'shop' },
  ]);
  expect((await ask('/api/v1/status/buildinfo')).body.data.version).toMatch(/^3\./);
  expect((await fetch(`${prometheus.url}/-/ready`)).status).toBe(200);
  expect((await fetch(`${prometheus.url}/api/v1/nosuch`)).status).toBe(404);
});

test.each([
  [
    '/api/v1/query?query=up%20%2B',
    400,
    'bad_data',
    'invalid parameter "query": 1:5: parse error: the expression ends too early',
  ],
  [
    '/api/v1/query?query=up&time=noon',
    400,
    'bad_data',
    'invalid parameter "time": cannot parse "noon" to a valid timestamp',
  ],
  [
    '/api/v1/query_range?query=up&start=2&end=1&step=1',
    400,
    'bad_data',
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  [
    '/api/v1/query_range?query=up&start=1&end=2&step=0',
    400,
    'bad_data',
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  ['/api/v1/query?query=topk(NaN,vector(1))', 422, 'execution', 'Parameter value is NaN'],
])('%s is answered with %d and a reason', async (path, status, errorType, error) => {
  await start();
  expect(await ask(path)).toEqual({ status, body: { status: 'error', errorType, error } });
});

test('a target that speaks OpenMetrics is read as such, its own times included', async () => {
  const server = await running({ 'prometheus.yml': files['prometheus.yml'], 'rules.yml': 'groups: []\n' });
  const time = Math.floor(Date.now() / 1_000) - 1;
  server.expose(`x_total 3 ${time}.5\n# EOF\n`, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  await until(async () => expect((await server.values('timestamp(x_total)'))['']).toBe(`${time}.5`));
  server.expose('x_total 3\n');
  await until(async () => expect((await server.values('up'))['']).toBe('0'));
});

test('a configuration that is wrong starts nothing and lists every problem', async () => {
  writeFileSync(
    join(folder, 'rules.yml'),
    'groups: [{ name: g, rules: [{ alert: A, expr: rate(x) }, { alert: B }] }]\n',
  );
  const failure = await start().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GamedayError);
  expect((failure as GamedayError).problems.map(({ message }) => message)).toEqual([
    'groups[0].rules[0].expr: rate needs a range vector, such as x[5m], not an instant vector (line 1, column 6)',
    'groups[0].rules[1].expr is missing',
  ]);
});
