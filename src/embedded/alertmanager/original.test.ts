import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { alertmanagerIn, programIn } from '../../environments/embedded/originals.fixture.ts';
import { startReceivers } from '../../../test/receivers.fixture.ts';
import { seconds } from '../../units.ts';
import { withAbsoluteFiles } from './absolute-files.ts';
import { configForOriginal } from './original-config.ts';
import { startOriginalAlertmanager } from './original.ts';
import type { WouldSend } from './would-send.ts';

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-am-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

test('addresses lead where the table of hosts says, files are found, and what is only reported goes to the reporter', () => {
  const written = `
global: {pagerduty_url: 'https://events.pagerduty.com/v2/enqueue', slack_api_url: 'https://hooks.slack.com/x'}
templates: ['*.tmpl', /etc/other.tmpl]
route: {receiver: on call}
receivers:
  - name: on call
    webhook_configs: [{url: 'http://pager:9095/{{ .Status }}?a=b'}, {url: 'http://elsewhere/x'}, {url_file: key}]
    pagerduty_configs: [{routing_key: k}, {service_key: s, send_resolved: false}]
    slack_configs: [{channel: '#db'}]
    email_configs: [{to: db@example.com, send_resolved: true}]
  - name: quiet`;
  const hosts = { 'pager:9095': '127.0.0.1:1', 'events.pagerduty.com': '127.0.0.1:2' };
  const config = parse(configForOriginal('monitoring/alertmanager.yml', written, hosts, 'http://127.0.0.1:3')) as {
    global: { pagerduty_url: string };
    templates: string[];
    receivers: unknown[];
  };
  expect(config.global.pagerduty_url).toBe('https://127.0.0.1:2/v2/enqueue');
  expect(config.templates).toEqual([resolve('monitoring/*.tmpl'), '/etc/other.tmpl']);
  expect(config.receivers).toEqual([
    {
      name: 'on call',
      webhook_configs: [
        { url: 'http://127.0.0.1:1/{{ .Status }}?a=b' },
        { url: 'http://elsewhere/x' },
        { url_file: resolve('monitoring/key') },
        { url: 'http://127.0.0.1:3/on%20call/pagerduty-v1', send_resolved: false },
        { url: 'http://127.0.0.1:3/on%20call/email', send_resolved: true },
        { url: 'http://127.0.0.1:3/on%20call/slack', send_resolved: false },
      ],
      pagerduty_configs: [{ routing_key: 'k' }],
    },
    { name: 'quiet' },
  ]);
});

const options = (folder: string, binary: string) => {
  const configFile = join(folder, 'team.yml');
  writeFileSync(
    configFile,
    `route: {receiver: a, group_wait: 0s}
receivers: [{name: a, webhook_configs: [{url: 'http://pager:9095/hook'}], slack_configs: [{channel: '#db'}]}]`,
  );
  const home = { folder: join(folder, 'home'), logFile: join(folder, 'log'), readyWithinMs: seconds(20) };
  return { configFile, binary, listen: { host: '127.0.0.1', port: 0 }, ...home };
};

test('a given program serves in the place of the stand-in, and reports what it would send', async () => {
  const folder = folderForTest();
  await using receivers = await startReceivers();
  const reported: WouldSend[] = [];
  const server = await startOriginalAlertmanager({
    ...options(folder, alertmanagerIn(folder)),
    hosts: { 'pager:9095': receivers.address },
    onWouldSend: (one) => void reported.push(one),
  });
  onTestFinished(server.close);
  const alerts = [{ labels: { alertname: 'X' } }];
  await fetch(`${server.url}/api/v2/alerts`, { method: 'POST', body: JSON.stringify(alerts) });
  await expect.poll(() => [receivers.received.length, reported.length], { timeout: 5_000 }).toEqual([1, 1]);
  expect(receivers.received[0]).toMatchObject({ path: '/hook', body: { externalURL: server.url } });
  expect(reported[0]).toMatchObject({ receiver: 'a', integration: 'slack', status: 'firing', alerts });
  await server.close();
  await server.close();
  await expect(fetch(server.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a program that does not come up says why', async () => {
  const folder = folderForTest();
  const program = programIn(folder, 'alertmanager', 'echo no route provided >&2; exit 1');
  await expect(startOriginalAlertmanager({ ...options(folder, program), hosts: {} })).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    problems: [
      {
        message: `Alertmanager (${program}) did not start: ended with status 1`,
        hint: 'its log ends: no route provided',
      },
    ],
  });
});

test('a file that is moved still finds what it names; one that names nothing is not touched', () => {
  const written = "templates: ['*.tmpl']\nreceivers: [{name: a, webhook_configs: [{url_file: key}]}] # why\n";
  expect(parse(withAbsoluteFiles(written, '/team/monitoring'))).toEqual({
    templates: ['/team/monitoring/*.tmpl'],
    receivers: [{ name: 'a', webhook_configs: [{ url_file: '/team/monitoring/key' }] }],
  });
  for (const text of ['route:   {receiver: a}   # as it is', 'route: {', ''])
    expect(withAbsoluteFiles(text, '/team')).toBe(text);
});
