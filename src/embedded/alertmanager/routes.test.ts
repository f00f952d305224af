import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { groupKey, groupLabels, routesFor, routeTree, type Route } from './routes.ts';
import { versions, type Version } from './version.ts';

const tree = (route: string, version: Version = '0.33'): Route =>
  routeTree(
    readConfig('alertmanager.yml', `route: ${route}\nreceivers: [{name: a}, {name: b}, {name: c}]`).route,
    versions[version],
  );

const receivers = (route: Route, labels: Record<string, string>): string[] =>
  routesFor(route, labels).map(({ receiver }) => receiver);

test('the first matching child takes the alert, unless it says continue; no child: the node itself', () => {
  const route = tree(`{receiver: a, routes: [
    {receiver: b, matchers: [severity="page"], continue: true},
    {receiver: c, matchers: [severity=~"page|warn"]},
    {receiver: b, matchers: [severity="warn"]}]}`);
  expect(receivers(route, { severity: 'page' })).toEqual(['b', 'c']);
  expect(receivers(route, { severity: 'warn' })).toEqual(['c']);
  expect(receivers(route, {})).toEqual(['a']);
});

test('match, match_re and matchers of one route all have to match', () => {
  const route = tree(`{receiver: a, routes: [
    {receiver: b, match: {service: web}, match_re: {env: 'st.*'}, matchers: ['team!=db']}]}`);
  expect(receivers(route, { service: 'web', env: 'staging' })).toEqual(['b']);
  expect(receivers(route, { service: 'web', env: 'staging', team: 'db' })).toEqual(['a']);
  expect(receivers(route, { service: 'web', env: 'test' })).toEqual(['a']);
});

test('what a child does not write it inherits; an empty group_by was not written in 0.25 and is one group since', () => {
  const written = `{receiver: a, group_by: [alertname, cluster], group_wait: 300ms, routes: [
    {matchers: [x="1"], group_by: [], group_interval: 2s, routes: [{matchers: [y="1"], receiver: c, group_by: ['...']}]}]}`;
  const route = tree(written);
  const inherited = { receiver: 'a', groupWaitMs: 300, groupIntervalMs: 2_000 };
  expect(routesFor(route, { x: '1' })).toMatchObject([{ ...inherited, groupBy: [] }]);
  expect(routesFor(tree(written, '0.25'), { x: '1' })).toMatchObject([
    { ...inherited, groupBy: ['alertname', 'cluster'] },
  ]);
  const [innermost] = routesFor(route, { x: '1', y: '1' });
  expect(innermost).toMatchObject({ receiver: 'c', groupBy: 'all', groupWaitMs: 300, repeatIntervalMs: 14_400_000 });
});

test('a group is named by the matchers on the way to its route and by the labels it has', () => {
  const route = tree(`{receiver: a, group_by: [alertname, cluster], routes: [
    {matchers: ['team=~"db|storage"', 'severity!~"info|none"'], match_re: {env: 'st.*'}}]}`);
  const labels = { alertname: 'X', team: 'db', env: 'st' };
  const [found = route] = routesFor(route, labels);
  expect(groupLabels(found, labels)).toEqual({ alertname: 'X' });
  expect(groupKey(found, groupLabels(found, labels))).toBe(
    '{}/{env=~"^(?:st.*)$",severity!~"info|none",team=~"db|storage"}:{alertname="X"}',
  );
});
