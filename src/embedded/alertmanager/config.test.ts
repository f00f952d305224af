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
  expect(receivers[0]?.integrations).toEqual([
    {
      kind: 'webhook',
      index: 0,
      url: { text: 'http://pager:9095/hook' },
      sendResolved: true,
      maxAlerts: 0,
      timeoutMs: 0,
    },
  ]);
  expect(resolveTimeoutMs).toBe(300_000);
});

test('everything that is wrong is reported with its place, all at once', () => {
  const text = `globul: {}
global: {slack_api_uri: https://slack.example}
route:
  receiver: a
  mute_time_intervals: [nights]
  routes: [{receiver: b, matchers: [nonsense], active_time_intervals: [days]}]
receivers:
- name: a
  slack_configs: [{chanel: '#db'}]
  webhook_configs: [{url: 'ftp://x/', url_file: x}, {}]
- name: pd
  pagerduty_configs: [{severity: '{{ .Status', routing_key: x}]
time_intervals:
- name: nights
  time_intervals: [{times: [{start_time: '22:00', end_time: '06:00'}], weekdays: [funday], location: Atlantis}]
`;
  expect(problems(text)).toBe(`error: globul is not supported
  at   alertmanager.yml:1:1
error: global.slack_api_uri is not supported
  at   alertmanager.yml:2:10
error: route.mute_time_intervals has no place at the root: some route must always be able to speak
  at   alertmanager.yml:5:24
error: receiver "b" is not defined
  at   alertmanager.yml:6:23
error: route.routes[0].matchers: "nonsense" is not a matcher like team="db"
  at   alertmanager.yml:6:37
error: time interval "days" is not defined
  at   alertmanager.yml:6:72
error: receivers[0].slack_configs[0].chanel is not supported
  at   alertmanager.yml:9:20
error: receivers[0].webhook_configs[0] must have url or url_file, not both
  at   alertmanager.yml:10:21
error: receivers[0].webhook_configs[0].url must be an http or https address
  at   alertmanager.yml:10:27
error: receivers[0].webhook_configs[1].url is missing
  at   alertmanager.yml:10:53
error: receivers[1].pagerduty_configs[0].severity: an action is never closed
  at   alertmanager.yml:12:34
error: time_intervals[0].time_intervals[0].times[0]: start_time must be before end_time
  at   alertmanager.yml:15:29
error: time_intervals[0].time_intervals[0].weekdays[0] must be a day of the week like monday, or a span like monday:friday, not "funday"
  at   alertmanager.yml:15:83
error: time_intervals[0].time_intervals[0].location: nobody knows the time zone "Atlantis"
  at   alertmanager.yml:15:102`);
});

test('every integration of Alertmanager is understood, with its own word on resolved alerts', () => {
  const { receivers } = readConfig(
    'alertmanager.yml',
    `route: {receiver: a}
receivers:
- name: a
  slack_configs: [{channel: '#db', http_config: {proxy_url: 'http://proxy'}}, {send_resolved: true}]
  email_configs: [{to: db@example.com}]
  opsgenie_configs: [{api_key: x}]
  pagerduty_configs: [{service_key: x}]`,
  );
  expect(receivers[0]?.integrations).toEqual([
    { kind: 'slack', index: 0, sendResolved: false },
    { kind: 'slack', index: 1, sendResolved: true },
    { kind: 'email', index: 0, sendResolved: false },
    { kind: 'opsgenie', index: 0, sendResolved: true },
    { kind: 'pagerduty-v1', index: 0, sendResolved: true },
  ]);
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
