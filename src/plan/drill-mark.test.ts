import { expect, test } from 'vitest';
import { defaultMark } from '../documents/drill-mark.ts';
import { readRuleFile } from '../documents/rule-file.ts';
import { markProblems, markPrometheus, markRules } from './drill-mark.ts';

test('every alert is sent with a label more, whatever the file says already', () => {
  expect(markPrometheus('global: { scrape_interval: 5s }\n', defaultMark)).toBe(
    'global: { scrape_interval: 5s, external_labels: { gameday: drill } }\n',
  );
  expect(markPrometheus('global:\n  external_labels:\n    cluster: eu # ours\nrule_files: []\n', defaultMark)).toBe(
    'global:\n  external_labels:\n    cluster: eu # ours\n    gameday: drill\nrule_files: []\n',
  );
  expect(markPrometheus('rule_files: []\n', defaultMark)).toBe(
    'rule_files: []\nglobal:\n  external_labels:\n    gameday: drill\n',
  );
});

const rules = `groups:
  - name: shop
    rules:
      - alert: Down
        expr: up == 0
        annotations:
          summary: '{{ $labels.instance }} is down' # said aloud
          description: "It does not answer: {{ $value }}"
          runbook_url: runbooks/Down.md
      - alert: Quiet
        expr: vector(1)
      - record: a:b
        expr: sum(a)
`;

test('what people read of an alert begins with the prefix, and templates, links and records stay', () => {
  expect(markRules(rules, defaultMark)).toBe(`groups:
  - name: shop
    rules:
      - alert: Down
        expr: up == 0
        annotations:
          summary: '(DRILL) {{ $labels.instance }} is down' # said aloud
          description: "(DRILL) It does not answer: {{ $value }}"
          runbook_url: runbooks/Down.md
      - alert: Quiet
        expr: vector(1)
        annotations:
          summary: (DRILL) Quiet
      - record: a:b
        expr: sum(a)
`);
});

test('a rule that sets the label of the mark itself is refused, because its own value would win', () => {
  const read = readRuleFile({
    file: 'alerts.yml',
    text: 'groups:\n  - name: a\n    rules:\n      - { alert: A, expr: up, labels: { gameday: never } }\n      - { alert: B, expr: up }\n',
  });
  const files = read.ok ? [read.value] : [];
  expect(markProblems(files, defaultMark).map(({ message, at }) => `${at?.line}: ${message}`)).toEqual([
    '4: this rule sets the label "gameday", which marks the notifications of a run as a drill',
  ]);
  expect(markProblems(files, { ...defaultMark, label: 'exercise' })).toEqual([]);
});

test('files that are no YAML are left for their server to complain about', () => {
  expect(markPrometheus('a: [', defaultMark)).toBe('a: [');
  expect(markRules('a: [', defaultMark)).toBe('a: [');
});
