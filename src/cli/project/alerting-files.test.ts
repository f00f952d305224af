import { expect, test } from 'vitest';
import { alertingFiles } from './alerting-files.ts';

const files = alertingFiles({
  prometheus: 'global: { external_labels: { gameday: drill } }\n',
  rules: `groups:
  - name: a
    labels: { team: web }
    rules:
      - { alert: Down, expr: 'rate(x[5m]) > 1', labels: { severity: page } }
      - { record: b, expr: x }
`,
  alertmanager: `route:
  receiver: chat
  group_by: [alertname, gameday]
  group_wait: 1s
  group_interval: 500ms
  routes:
    - { matchers: [severity="page"], receiver: pager, group_wait: 200ms, continue: true }
    - { matchers: [severity="page"], receiver: files }
receivers:
  - name: pager
    webhook_configs: [{ url: 'http://pager:9095/' }]
    pagerduty_configs: [{ routing_key: 0123456789abcdef0123456789abcdef, url: 'http://pager:9095/v2/enqueue' }]
  - name: files
    webhook_configs: [{ url: 'https://hooks.example.com/T0/secret-token' }]
  - name: chat
    slack_configs: [{ api_url: 'https://hooks.slack.com/services/T0/secret-token', channel: '#on-call' }]
`,
});

test('an alert goes where its labels lead it, with those that are added when it is sent', () => {
  expect(files.routesOf({ alertname: 'Down', severity: 'page' })).toEqual([
    {
      ...{ receiver: 'pager', by: ['webhook to pager:9095', 'pagerduty to pager:9095'] },
      group: '{}/{severity="page"}:{alertname="Down", gameday="drill"}',
      ...{ groupWaitMs: 200, groupIntervalMs: 500 },
    },
    {
      ...{ receiver: 'files', by: ['webhook to hooks.example.com'] },
      group: '{}/{severity="page"}:{alertname="Down", gameday="drill"}',
      ...{ groupWaitMs: 1_000, groupIntervalMs: 500 },
    },
  ]);
  expect(files.routesOf({ alertname: 'Slow' })).toMatchObject([{ receiver: 'chat', by: ['slack'] }]);
});

test('nothing of an address but its host is told', () => {
  const all = [{ severity: 'page' }, {}].flatMap((labels) => files.routesOf(labels));
  expect(JSON.stringify(all)).not.toMatch(/secret|0123456789abcdef/);
});

test('a rule is known as it is written', () => {
  expect(files.rulesOf('Down')).toMatchObject([{ expr: 'rate(x[5m]) > 1', labels: { team: 'web', severity: 'page' } }]);
  expect([...files.rulesOf('b'), ...files.rulesOf('Unknown')]).toEqual([]);
});
