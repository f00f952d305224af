import { expect, test } from 'vitest';
import { GamedayError, showProblems } from '../../errors.ts';
import { readConfig } from './config.ts';

const problems = (text: string): string => {
  try {
    readConfig('alertmanager.yml', text);
    return 'none';
  } catch (error) {
    if (!(error instanceof GamedayError)) throw error;
    return showProblems(error.problems.map(({ message, at }) => ({ message, ...(at === undefined ? {} : { at }) })));
  }
};

test('a webhook that writes only its address sends everything, resolved alerts too', () => {
  const { receivers, resolveTimeoutMs } = readConfig(
    'alertmanager.yml',
    'route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: "http://pager:9095/hook"}]}]',
  );
  expect(receivers[0]?.webhooks).toEqual([
    { url: 'http://pager:9095/hook', sendResolved: true, maxAlerts: 0, timeoutMs: 0 },
  ]);
  expect(resolveTimeoutMs).toBe(300_000);
});

test('everything that is not supported is refused by its name and place, all at once', () => {
  const text = `global:
  slack_api_url: https://slack.example
templates: ['*.tmpl']
route:
  receiver: a
  mute_time_intervals: [nights]
receivers:
- name: a
  slack_configs: [{channel: '#db'}]
  webhook_configs: [{url: 'http://x/', http_config: {}}]
`;
  expect(problems(text)).toBe(`error: global.slack_api_url is not supported
  at   alertmanager.yml:2:3
error: templates is not supported
  at   alertmanager.yml:3:1
error: route.mute_time_intervals is not supported
  at   alertmanager.yml:6:3
error: receivers[0].slack_configs is not supported
  at   alertmanager.yml:9:3
error: receivers[0].webhook_configs[0].http_config is not supported
  at   alertmanager.yml:10:40`);
});

test('what is written once can be used again by its anchor', () => {
  const text = `
route: {receiver: a, routes: [{matchers: &database [team="db"], receiver: b}, {matchers: *database}]}
receivers: [{name: a}, {name: b}]`;
  const [first, second] = readConfig('alertmanager.yml', text).route.routes;
  expect(second?.matchers[0]?.value).toBe(first?.matchers[0]?.value);
});

test.each([
  ['an unknown receiver', 'route: {receiver: b}\nreceivers: [{name: a}]', 'receiver "b" is not defined'],
  [
    'a receiver defined twice',
    'route: {receiver: a}\nreceivers: [{name: a}, {name: a}]',
    'receiver "a" is defined twice',
  ],
  ['a root without receiver', 'route: {}\nreceivers: [{name: a}]', 'route must name a receiver'],
  [
    'a root with matchers',
    'route: {receiver: a, matchers: [x="1"]}\nreceivers: [{name: a}]',
    'route must not have matchers',
  ],
  ['no route', 'receivers: [{name: a}]', 'route is missing'],
  ['an empty file', '', 'must be a mapping'],
  [
    'a duration without unit',
    'route: {receiver: a, group_wait: 30}\nreceivers: [{name: a}]',
    'route.group_wait must be a duration',
  ],
  [
    'an interval of nothing',
    'route: {receiver: a, group_interval: 0s}\nreceivers: [{name: a}]',
    'must be longer than 0',
  ],
  [
    'a broken matcher',
    'route: {receiver: a, routes: [{matchers: ["x=~("]}]}\nreceivers: [{name: a}]',
    'missing closing',
  ],
  ["'...' among labels", "route: {receiver: a, group_by: ['...', x]}\nreceivers: [{name: a}]", "must be '...' alone"],
  [
    'a webhook without address',
    'route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{}]}]',
    'url is missing',
  ],
  ['broken YAML', 'route: {receiver: a', 'flow map'],
])('%s is a problem', (_, text, message) => {
  expect(problems(text).toLowerCase()).toContain(message.toLowerCase());
});
