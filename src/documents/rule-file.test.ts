import { describe, expect, test } from 'vitest';
import { readRuleFile, type RuleFile } from './rule-file.ts';

const file = 'monitoring/alerts.yml';
const written = `groups:
  - name: shop
    interval: 15s
    labels: { team: shop, severity: info }
    rules:
      - alert: ErrorRateHigh
        expr: |
          sum(rate(failed[1m]))
            > 0.05
        for: 1m30s
        keep_firing_for: 0
        labels: { severity: page, tier: 1 }
        annotations:
          runbook_url: https://example.org/runbooks/ErrorRateHigh.md#diagnosis
      - record: job:requests:rate1m
        expr: "sum(rate(requests[1m]))"
      - { alert: Always, expr: 1 }
  - name: empty
    rules:
`;

const readText = (text: string): RuleFile => {
  const read = readRuleFile({ file, text });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
};
const messagesOf = (text: string): readonly string[] => {
  const read = readRuleFile({ file, text });
  return read.ok ? [] : read.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`);
};

describe('a rule file of Prometheus', () => {
  const [shop, empty] = readText(written).groups;

  test('is read with the position at which each expression begins', () => {
    expect(shop?.rules.map(({ expr, exprAt }) => [expr, exprAt.line, exprAt.column])).toEqual([
      ['sum(rate(failed[1m]))\n  > 0.05\n', 8, 11],
      ['sum(rate(requests[1m]))', 16, 16],
      ['1', 17, 32],
    ]);
  });

  test('has the labels of its group on every rule, where the rule does not say otherwise', () => {
    expect(shop?.rules.map(({ labels }) => labels)).toEqual([
      { team: 'shop', severity: 'page', tier: '1' },
      { team: 'shop', severity: 'info' },
      { team: 'shop', severity: 'info' },
    ]);
  });

  test('has its durations in milliseconds; a number alone may only be 0', () => {
    expect(shop).toMatchObject({ name: 'shop', intervalMs: 15_000 });
    expect(shop?.rules[0]).toMatchObject({ alert: 'ErrorRateHigh', forMs: 90_000, keepFiringForMs: 0 });
    expect(messagesOf(written.replace('1m30s', '90'))[0]).toContain('expected a duration');
  });

  test('may limit and delay a group', () => {
    expect(messagesOf(written.replace('interval: 15s', 'limit: 3, query_offset: 1m'.replace(', ', '\n    ')))).toEqual(
      [],
    );
  });

  test('may hold empty groups, as Prometheus allows', () => {
    expect(empty).toEqual({ name: 'empty', rules: [] });
    expect(readText('groups:\n').groups).toEqual([]);
  });

  test('may share parts through anchors', () => {
    const text =
      'groups:\n- name: a\n  rules:\n  - &one { alert: A, expr: up, labels: { x: y } }\n  - { <<: *one, alert: B }\n';
    expect(readText(text).groups[0]?.rules.map((rule) => ('alert' in rule ? [rule.alert, rule.expr] : []))).toEqual([
      ['A', 'up'],
      ['B', 'up'],
    ]);
  });
});

describe('refused in a rule file', () => {
  test.each([
    [
      'a field nobody knows',
      'annotations:',
      'annotation:',
      '13:9 unknown key "annotation" in groups[0].rules[0] | did you mean "annotations"?',
    ],
    [
      'a rule that is alert and record',
      'record: job',
      'alert: X\n        record: job',
      '15:9 a rule has either alert or record, exactly one of them',
    ],
    [
      'a recording rule that waits',
      'requests[1m]))"',
      'requests[1m]))"\n        for: 1m',
      '17:14 for belongs to alerts; this rule records a metric',
    ],
    [
      'a metric that cannot be called so',
      'job:requests:rate1m',
      'job-requests',
      '15:17 "job-requests" cannot be the name of a metric',
    ],
    ['a label that cannot be called so', 'tier: 1', '1st: 1', '"1st" cannot be the name of a label'],
    [
      'a rule without an expression',
      'alert: Always, expr: 1',
      'alert: Always',
      'groups[0].rules[2].expr is missing; expected text',
    ],
    ['two groups of one name', 'name: empty', 'name: shop', 'name "shop" is used twice'],
    ['a limit that is no number', 'interval: 15s', 'limit: some', 'limit is "some"; expected a whole number'],
  ])('%s', (_, from, to, problem) => {
    const messages = messagesOf(written.replace(from, to));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(problem);
  });
});
