import { expect, test } from 'vitest';
import { evaluate } from '../../promql/evaluate.ts';
import { labelsOf, noLabels, showLabels } from '../../promql/labels.ts';
import { parsePromql } from '../../promql/parse.ts';
import { ms } from '../../units.ts';
import { readRules } from './rule-files.ts';
import { RunningGroup } from './rule-group.ts';
import { named, SeriesStore } from './store.ts';

/** A group over a store, with its deliveries noted. */
const running = (rules: string) => {
  const { groups, problems } = readRules('rules.yml', `groups:\n  - name: g\n    limit: 3\n    rules:\n${rules}`);
  expect(problems).toEqual([]);
  const store = new SeriesStore(ms(60_000));
  const sent: string[] = [];
  const group = new RunningGroup(groups[0]!, {
    ...{
      store,
      lookbackMs: 5_000,
      externalLabels: noLabels,
      externalUrl: 'http://prometheus',
      resendDelayMs: ms(60_000),
    },
    ...{ evaluationIntervalMs: ms(1_000), nowMs: () => 0 },
    send: (alerts, rule, atMs) => void sent.push(`${atMs} ${rule.name} ${alerts.map(({ state }) => state).join()}`),
  });
  const seen = (expression: string, atMs: number): readonly string[] => {
    const parsed = parsePromql(expression);
    const value = parsed.ok ? evaluate(parsed.expression, store, atMs, { lookbackMs: 5_000 }) : undefined;
    return value?.type === 'vector'
      ? value.samples.map((sample) => `${showLabels(sample.labels)} ${sample.value}`)
      : [];
  };
  const put = (atMs: number, values: Readonly<Record<string, number>>): void => {
    for (const [route, value] of Object.entries(values))
      store.append(store.seriesOf(named('x', labelsOf([['route', route]]))), atMs, value);
  };
  return { group, sent, seen, put, store };
};

test('a rule sees what the rules before it wrote in the same evaluation', () => {
  const { group, seen, put } = running(`      - { record: 'x:double', expr: 2 * x, labels: { team: shop } }
      - { record: 'x:four', expr: '2 * x:double' }
`);
  put(1_000, { a: 1 });
  group.evaluate(1_000);
  expect(seen('x:four', 1_000)).toEqual(['x:four{route="a", team="shop"} 4']);
});

test('a recorded series that is no longer written is stale at once', () => {
  const { group, seen, put } = running(`      - { record: high, expr: x > 5 }\n`);
  put(1_000, { a: 9 });
  group.evaluate(1_000);
  put(2_000, { a: 1 });
  group.evaluate(2_000);
  expect([seen('high', 1_999), seen('high', 2_000)]).toEqual([['high{route="a"} 9'], []]);
});

test('an alert can be seen as series, is sent when it fires and ends, and carries its labels', () => {
  const rule = `      - alert: High
        expr: x > 5
        for: 1s
        labels: { severity: page, route: '{{ $labels.route | toUpper }}' }
        annotations: { summary: '{{ $value }} on {{ $labels.route }}' }
`;
  const { group, seen, sent, put } = running(rule);
  put(1_000, { a: 9 });
  group.evaluate(1_000);
  expect(seen('ALERTS', 1_000)).toEqual([
    'ALERTS{alertname="High", alertstate="pending", route="A", severity="page"} 1',
  ]);
  put(2_000, { a: 7 });
  group.evaluate(2_000);
  expect(seen('ALERTS', 2_000)).toEqual([
    'ALERTS{alertname="High", alertstate="firing", route="A", severity="page"} 1',
  ]);
  expect(seen('ALERTS_FOR_STATE', 2_000)).toEqual(['ALERTS_FOR_STATE{alertname="High", route="A", severity="page"} 1']);
  expect([...group.rules[0]!.alerts.values()][0]?.annotations).toEqual({ summary: '7 on a' });
  put(3_000, { a: 1 });
  group.evaluate(3_000);
  expect(seen('{__name__=~"ALERTS.*"}', 3_000)).toEqual([]);
  expect(sent).toEqual(['2000 High firing', '3000 High inactive']);
});

test('an evaluation that fails leaves the alerts as they were and says why', () => {
  const { group, put } = running(`      - { alert: High, expr: x > 5, labels: { route: '' } }\n`);
  put(1_000, { a: 9 });
  group.evaluate(1_000);
  put(2_000, { a: 9, b: 9 });
  group.evaluate(2_000);
  expect(group.rules[0]).toMatchObject({
    health: 'err',
    lastError: 'vector contains metrics with the same labelset after applying alert labels',
    lastEvaluationMs: 2_000,
  });
  expect([...group.rules[0]!.alerts.values()].map(({ state }) => state)).toEqual(['firing']);
});

test('more results than the limit drop all alerts of the rule', () => {
  const { group, put } = running(`      - { alert: High, expr: x > 5 }\n`);
  put(1_000, { a: 9, b: 9, c: 9 });
  group.evaluate(1_000);
  expect(group.rules[0]?.alerts.size).toBe(3);
  put(2_000, { a: 9, b: 9, c: 9, d: 9 });
  group.evaluate(2_000);
  expect([group.rules[0]?.alerts.size, group.rules[0]?.lastError]).toEqual([0, 'exceeded limit of 3 with 4 series']);
});
