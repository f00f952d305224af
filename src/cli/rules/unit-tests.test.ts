import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GamedayError } from '../../errors.ts';
import { runRuleTests } from './unit-tests.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'rule-tests-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const rules = `groups:
  - name: pools
    rules:
      - { record: 'pool:share', expr: pool_used / pool_max }
      - alert: PoolNearLimit
        expr: pool:share > 0.8
        for: 2m
        labels: { severity: page }
        annotations: { summary: '{{ $labels.pool }} in {{ $externalLabels.region }}: {{ $value }}' }
`;

const tests = `rule_files: ['*rules.yml']
evaluation_interval: 1m
tests:
  - name: a pool fills
    external_labels: { region: eu }
    input_series:
      - { series: 'pool_used{pool="a"}', values: '5 9x5 _x3' }
      - { series: 'pool_max{pool="a"}', values: '10x8' }
    alert_rule_test:
      - { eval_time: 2m, alertname: PoolNearLimit }
      - eval_time: 3m30s
        alertname: PoolNearLimit
        exp_alerts:
          - { exp_labels: { severity: page, pool: a }, exp_annotations: { summary: 'a in eu: 0.9' } }
    promql_expr_test:
      - { expr: 'pool:share', eval_time: 4m, exp_samples: [{ labels: 'pool:share{pool="a"}', value: 9e-1 }] }
      - { expr: 'count(ALERTS)', eval_time: 0m }
      - { expr: 1 + 1, eval_time: 1m, exp_samples: [{ value: 2 }] }
`;

/** One line per check: what it is called, and what came out instead. */
const checked = (changed = tests, rulesText = rules): readonly string[] => {
  writeFileSync(join(folder, 'rules.yml'), rulesText);
  writeFileSync(join(folder, 'pool_test.yml'), changed);
  try {
    return runRuleTests(join(folder, 'pool_test.yml')).map(
      ({ name, at, difference }) => `${at.line} ${name}: ${difference === undefined ? 'ok' : difference.got}`,
    );
  } catch (error) {
    if (!(error instanceof GamedayError)) throw error;
    return error.problems.map(({ message, at }) => `${at?.line ?? ''} ${message}`);
  }
};

test('a unit-test file says of every check what came out', () => {
  expect(checked()).toEqual([
    '10 a pool fills: PoolNearLimit at 2m: ok',
    '11 a pool fills: PoolNearLimit at 3m30s: ok',
    '16 a pool fills: pool:share at 4m: ok',
    '17 a pool fills: count(ALERTS) at 0s: ok',
    '18 a pool fills: 1 + 1 at 1m: ok',
  ]);
});

test.each([
  ['an alert that fires unexpectedly', 'eval_time: 2m', 'eval_time: 3m', /^10 .*PoolNearLimit at 3m: \{alertname=/],
  ['an alert that does not fire', 'eval_time: 3m30s', 'eval_time: 2m30s', /^11 .* at 2m30s: nothing$/],
  ['another label', 'severity: page, pool', 'severity: ticket, pool', /^11 .*severity="page"/],
  ['a label that is missing', 'severity: page, pool: a', 'severity: page', /^11 .*pool="a"/],
  ['another annotation', 'a in eu: 0.9', 'a in us: 0.9', /^11 [\s\S]*summary: a in eu: 0.9$/],
  ['another value', 'value: 9e-1', 'value: 0.9001', /^16 .*pool:share\{pool="a"\} 0.9$/],
  [
    'a value where there is none',
    "'count(ALERTS)', eval_time: 0m",
    "'count(ALERTS)', eval_time: 2m",
    /^17 .*: \{\} 1$/,
  ],
])('%s is a check that fails', (_, from, to, line) => {
  expect(checked(tests.replace(from, to)).filter((each) => !each.endsWith(': ok'))).toEqual([
    expect.stringMatching(line),
  ]);
});

test('a rule that cannot be evaluated fails a test that does not ask for it', () => {
  const twoPools = tests.replace('pool_max{pool="a"}', 'pool_max{pool="a", x="1"}');
  const ambiguous = rules.replace('pool_used / pool_max', 'pool_used * on () (pool_used or pool_max)');
  expect(checked(twoPools, ambiguous).at(-1)).toMatch(
    /^4 a pool fills: every rule can be evaluated: pool:share cannot be evaluated: found duplicate series/,
  );
});

test('values of the last binary digit may differ where a file says so', () => {
  const near = tests.replace('value: 9e-1', 'value: 0.9000000000000001');
  expect(checked(near)[2]).toContain('0.9');
  expect(checked(`fuzzy_compare: true\n${near}`)[2]).toMatch(/: ok$/);
});

test.each([
  ['a file that is not there', "'*rules.yml'", 'nosuch.yml', ' nosuch.yml matches no file'],
  ['a series that is none', 'pool_used{pool="a"}', 'pool_used{pool', 'is never closed'],
  ['points that are none', '5 9x5 _x3', '5 nine', 'nine is not a value of a series'],
  ['an expression that is none', '1 + 1', '1 +', 'expr: the expression ends too early'],
  ['a duration that is none', 'eval_time: 4m', 'eval_time: soon', 'expected a duration such as 30s or 5m'],
  ['a key that nobody knows', 'exp_samples:', 'exp_sample:', 'unknown key "exp_sample"'],
  ['a number that is none', 'value: 2', 'value: two', 'expected a number'],
])('%s is told with its place', (_, from, to, message) => {
  expect(checked(tests.replace(from, to)).join('\n')).toContain(message);
});
