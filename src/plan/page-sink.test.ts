import { expect, test } from 'vitest';
import { pageTheSink } from './page-sink.ts';

const file = (url: string, everywhere = ''): string => `# who is told
${everywhere}receivers:
  - name: on call/eu
    pagerduty_configs:
      - routing_key: secret # of the team
${url}
    webhook_configs:
      - url: http://pager:9095/
`;
const led = file('        url: http://pager:9095/receivers/on%20call%2Feu/v2/enqueue');

test.each([
  ['no address', file('').replace('\n\n', '\n')],
  ["PagerDuty's own", file('        url: https://events.pagerduty.com/v2/enqueue')],
  ["PagerDuty's in Europe", file('        url: https://events.eu.pagerduty.com/v2/enqueue')],
])('with %s, pages go to the receiver of the run', (_, text) => {
  expect(pageTheSink(text)).toBe(led);
});

test('an address of the team stays, wherever it is written', () => {
  const own = file('        url: http://pager-bridge:8080/v2/enqueue');
  expect(pageTheSink(own)).toBe(own);
  const everywhere = file('', 'global: { pagerduty_url: http://pager-bridge:8080 }\n').replace('\n\n', '\n');
  expect(pageTheSink(everywhere)).toBe(everywhere);
});

test.each([
  ['url: https://hooks.example.com/services/T0/B0', 'url: http://pager:9095/'],
  ['url: http://10.1.2.3:8080/hook', 'url: http://pager:9095/'],
  ['url_file: /etc/alertmanager/hook', 'url: http://pager:9095/'],
  ['url: http://pager-bridge:8080/', 'url: http://pager-bridge:8080/'],
  ['url: http://127.0.0.1:9000/', 'url: http://127.0.0.1:9000/'],
  ['url: http://localhost:9000/', 'url: http://localhost:9000/'],
])('a webhook with %s becomes one with %s: outside nobody is told', (written, instead) => {
  const webhook = (address: string): string =>
    `receivers:\n  - name: chat\n    webhook_configs:\n      - send_resolved: true\n        ${address}\n`;
  expect(pageTheSink(webhook(written))).toBe(webhook(instead));
});

test('what only looks like PagerDuty is not', () => {
  const other = file('        url: https://notpagerduty.com/v2/enqueue');
  expect(pageTheSink(other)).toBe(other);
});

test('a file that is no YAML is left for its server to complain about', () => {
  expect(pageTheSink('a: [')).toBe('a: [');
});
