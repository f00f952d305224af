import { expect, test } from 'vitest';
import { readRuleFile } from '../../documents/rule-file.ts';
import { minutes, seconds } from '../../units.ts';
import { lookbackProblem, ruleLints, type LintContext } from './lint.ts';

const context: LintContext = {
  scrapeIntervalMs: seconds(15),
  evaluationIntervalMs: seconds(15),
  exposed: new Set(['requests_total', 'pool_used']),
  deadLink: (url) => (url.includes('nosuch') ? `${url} does not exist` : undefined),
};

const lints = (rule: string, changed: Partial<LintContext> = {}): readonly string[] => {
  const read = readRuleFile({ file: 'rules.yml', text: `groups:\n  - name: g\n    rules:\n${rule}\n` });
  if (!read.ok) throw new Error(read.problems[0]?.message);
  return ruleLints([read.value], { ...context, ...changed }).map(
    ({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`,
  );
};

const good = `      - alert: Slow
        expr: rate(requests_total[1m]) > 1 and pool_used > 1 and up == 1
        for: 15s
        labels: { severity: page }
        annotations: { runbook_url: runbooks/Slow.md, summary: '{{ $value }}' }
      - { record: 'requests:rate', expr: 'rate(requests_total[30s])' }
      - { alert: Quick, expr: 'requests:rate < 1' }`;

test('rules that can work have nothing against them', () => {
  expect(lints(good)).toEqual([]);
});

test.each([
  [
    'a rate over less than two scrapes',
    ['[1m]', '[29s]'],
    '5:20 Slow: rate over 29s needs two samples; at a scrape every 15s the window may hold only one | use a window of 1m or more',
  ],
  [
    'a window over less than one scrape',
    ['pool_used > 1', 'max_over_time(pool_used[14s]) > 1'],
    '5:62 Slow: max_over_time over 14s needs a sample; at a scrape every 15s the window may hold none | use a window of 1m or more',
  ],
  [
    'a metric that nobody exposes',
    ['pool_used', 'pool_use'],
    '5:48 Slow: no target exposes pool_use | did you mean "pool_used"?',
  ],
  [
    'a label that changes with the value',
    ['severity: page', "severity: page, at: '{{ $value }}'"],
    '4:9 Slow: label at holds the value, so every new value is a new alert, and none lasts for 15s | put the value into an annotation',
  ],
  [
    'a page without a runbook',
    ['runbook_url: runbooks/Slow.md, ', ''],
    '4:9 Slow wakes somebody up without a runbook_url | write one, and link it',
  ],
  [
    'a runbook that is not there',
    ['runbooks/Slow.md', 'runbooks/nosuch.md'],
    '4:9 Slow: its runbook_url is dead: runbooks/nosuch.md does not exist | correct the address',
  ],
  [
    'a wait that is shorter than an evaluation',
    ['for: 15s', 'for: 10s'],
    '4:9 Slow: for 10s is shorter than an evaluation interval of 15s | it waits until the next evaluation: write for: 15s, or no for',
  ],
] as const)('%s is found', (_, [from, to], lint) => {
  expect(lints(good.replace(from, to))).toEqual([lint]);
});

test('what nobody was asked for is not judged', () => {
  const unknown = { scrapeIntervalMs: undefined, evaluationIntervalMs: undefined, exposed: undefined };
  expect(
    lints(good.replace('[1m]', '[1s]').replace('pool_used', 'nosuch').replace('for: 15s', 'for: 1s'), unknown),
  ).toEqual([]);
});

test('a scrape as rare as the lookback loses its series in between', () => {
  expect(lookbackProblem(minutes(5))).toContain('Prometheus looks back 5m');
  expect(lookbackProblem(minutes(4))).toBeUndefined();
});
