import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { checkRules, type CheckOptions, type Findings } from './check.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'rule-check-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const rules = (expr: string, annotations = 'runbook_url: runbooks/Slow.md'): string => `groups:
  - name: g
    rules:
      - { alert: Slow, expr: '${expr}', labels: { severity: page }, annotations: { ${annotations} } }
`;

const check = async (text: string, options: Partial<CheckOptions> = {}): Promise<Findings> => {
  const file = join(folder, 'rules.yml');
  writeFileSync(file, text);
  const exists = (name: string): boolean => name === 'runbooks/Slow.md';
  return await checkRules({
    ...{ files: [file], config: undefined, targets: [], exists, signal: AbortSignal.timeout(10_000) },
    ...options,
  });
};
const messages = ({ wrong, doubtful }: Findings): readonly string[] =>
  [...wrong, ...doubtful].map(({ message }) => message);

const serve = async (answers: Readonly<Record<string, string>>): Promise<string> => {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

test('a file that Prometheus would load and that can work has nothing against it', async () => {
  expect(await check(rules('up == 0'))).toEqual({ wrong: [], doubtful: [] });
});

test('a file that Prometheus would refuse is wrong, its other rules are still judged', async () => {
  const findings = await check(rules('rate(up) > 0', 'summary: "{{ nosuch }}"'));
  expect(findings.wrong.map(({ message, at }) => `${at?.line} ${message}`)).toEqual([
    '4 rate needs a range vector, such as x[5m], not an instant vector in rate(up) > 0',
    '4 groups[0].rules[0].annotations.summary: function "nosuch" not defined',
  ]);
  expect(findings.doubtful.map(({ message }) => message)).toEqual(['Slow wakes somebody up without a runbook_url']);
});

test('durations are judged by the quickest job of a prometheus.yml', async () => {
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, 'scrape_configs: [{ job_name: a }, { job_name: b, scrape_interval: 15s }]\n');
  expect(messages(await check(rules('rate(x[20s]) > 0'), { config }))).toEqual([
    'Slow: rate over 20s needs two samples; at a scrape every 15s the window may hold only one',
  ]);
  expect(messages(await check(rules('rate(x[30s]) > 0'), { config }))).toEqual([]);
  writeFileSync(config, 'scrape_configs: [{ job_name: a, scrape_interval: 10m }]\n');
  expect(messages(await check(rules('up == 0'), { config }))).toEqual([
    'prometheus.yml: scraped every 10m, a series is gone before its next sample: Prometheus looks back 5m',
  ]);
});

test('metrics are looked for at every target, addresses of metrics and servers alike', async () => {
  const url = await serve({
    '/metrics': '# TYPE used gauge\nused{pool="a"} 1\n',
    '/api/v1/label/__name__/values': '{"status":"success","data":["limit"]}',
  });
  const unknown = ['Slow: no target exposes limit'];
  expect(messages(await check(rules('used / limit > 1'), { targets: [`${url}/metrics`] }))).toEqual(unknown);
  expect(messages(await check(rules('used / limit > 1'), { targets: [`${url}/metrics`, url] }))).toEqual([]);
});

test('a target that does not answer with metrics is an error, not an empty one', async () => {
  const url = await serve({ '/page': '<html>' });
  for (const path of ['/nosuch', '/page'])
    await expect(check(rules('up == 0'), { targets: [url + path] })).rejects.toThrow(
      `the target ${url}${path} cannot be asked for its metrics: `,
    );
});

test('links are followed inside a project, and only there', async () => {
  const dead = rules('up == 0', 'runbook_url: runbooks/Gone.md');
  expect(messages(await check(dead))).toEqual(['Slow: its runbook_url is dead: runbooks/Gone.md does not exist']);
  expect(messages(await check(dead, { exists: undefined }))).toEqual([]);
  expect(messages(await check(rules('up == 0', 'runbook_url: https://wiki.example/Slow')))).toEqual([]);
});
