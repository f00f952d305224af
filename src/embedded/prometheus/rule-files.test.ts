import { expect, test } from 'vitest';
import { readRules } from './rule-files.ts';

test('all problems of a rule file are found at once, with their places', () => {
  const { problems } = readRules(
    'rules.yml',
    `groups:
  - name: shop
    rules:
      - alert: A
        expr: rate(foo) > bar{
        severity: page
      - record: r
        expr: up
        for: 5m
      - alert: B
        expr: up
        annotations: { summary: '{{ $value' }
      - expr: up
`,
  );
  expect(problems.map(({ message, at }) => `${at?.line} ${message}`)).toEqual([
    '5 groups[0].rules[0].expr: { is never closed (line 1, column 17)',
    '6 groups[0].rules[0].severity is not supported',
    '9 groups[0].rules[1].for is only possible on an alert',
    '12 groups[0].rules[2].annotations.summary: an action is never closed',
    '13 groups[0].rules[3] must have either alert or record',
  ]);
});

test('labels of a group belong to all of its rules, which may say otherwise', () => {
  const { groups, problems } = readRules(
    'rules.yml',
    `groups:
  - name: shop
    interval: 30s
    rules:
      - { record: r, expr: up, labels: { team: db } }
      - { alert: A, expr: up, for: 1m, keep_firing_for: 2m }
    labels: { team: shop, tier: '1' }
`,
  );
  expect(problems).toEqual([]);
  const [group] = groups;
  expect([group?.intervalMs, group?.limit]).toEqual([30_000, 0]);
  const labels = group?.rules.map((rule) =>
    [...rule.labels].map(([name, value]) => `${name}=${typeof value === 'string' ? value : value.text}`),
  );
  expect(labels).toEqual([
    ['team=db', 'tier=1'],
    ['team=shop', 'tier=1'],
  ]);
  expect(group?.rules[1]).toMatchObject({ type: 'alerting', name: 'A', forMs: 60_000, keepFiringForMs: 120_000 });
});
