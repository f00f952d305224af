import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readExperiment } from '../documents/experiment-reader.ts';
import { readReference } from '../documents/reference.ts';
import { readRuleFile } from '../documents/rule-file.ts';
import type { Read } from '../documents/document.ts';
import { showProblems } from '../errors.ts';
import { faults } from '../faults/catalogue.ts';
import { makePlan, type PlanInput } from './make-plan.ts';
import type { Plan } from './plan.ts';

const outage = 'experiments/web-stack-outage.yaml';
const alertRules = 'monitoring/alerts.yml';
const refused = 'sum(rate(shop_db_errors_total{code="53300"}[30s]))';

/** The documents, of this test's own, as small as they can be. */
const documents: Readonly<Record<string, string>> = {
  [outage]: `# The outage.
version: 1
title: Web stack outage
summary: Most visitors cannot buy.
needs: [settings, restart-postgres]
service:
  instances: 2
  pool: { max: 20, acquireTimeout: 2s, idleTimeout: 1s }
load: { arrivals: poisson, rate: 60/s }
steadyState:
  - {
      name: buyers succeed,
      promql: 'sum(rate(shop_buyers_total{outcome="failed"}[30s])) / sum(rate(shop_buyers_total[30s]))',
      below: 0.01,
    }
  - { name: nobody waits for a connection, promql: 'sum(shop_pool_waiting)', below: 3 }
faults:
  - { at: 0s, lower-connection-limit: { max_connections: 17 } }
expect:
  alerts:
    - { name: ShopErrorRateHigh, labels: { severity: page }, within: 2m, receiver: pager, resolvesWithin: 5m }
    - { name: DatabaseConnectionsRefused, labels: { severity: page }, within: 2m, receiver: pager }
  runbook: { alert: DatabaseConnectionsRefused, verdict: fixed, within: 10m }
abort:
  - { name: shop process gone, promql: 'min(up{job="shop"})', below: 1, for: 20s }
truth:
  components: [database]
  causes: [database/connection-limit-too-low]
  severity: SEV-1
  healed:
    - { name: the server lets both pools in, sql: select true }
`,
  [alertRules]: `groups:
  - name: shop
    rules:
      - alert: ShopErrorRateHigh
        expr: |
          sum(rate(shop_http_requests_total{status=~"5.."}[30s]))
            / sum(rate(shop_http_requests_total[30s])) > 0.05
        for: 30s
        labels: { severity: page }
      - alert: DatabaseConnectionsRefused
        expr: ${refused} > 0.5
        for: 15s
        labels: { severity: page }
        annotations: { runbook_url: runbooks/DatabaseConnectionsRefused.md }
`,
};
const textOf = (file: string): string => documents[file] ?? '';

const value = <Value>(read: Read<Value>): Value => {
  if (!read.ok) throw new Error(showProblems(read.problems));
  return read.value;
};

type Change = readonly [from: string, to: string];
const changed = (text: string, changes: readonly Change[]): string =>
  changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the document does not say ${from}`);
    return before.replace(from, to);
  }, text);

/** The plan of the outage, after changes to its documents and to how it is to be run. */
const plan = (
  given: { experiment?: readonly Change[]; rules?: readonly Change[] } & Partial<Omit<PlanInput, 'experiment'>> = {},
): Read<Plan> => {
  const { experiment = [], rules = [], ...input } = given;
  return makePlan({
    experiment: value(readExperiment({ file: outage, text: changed(textOf(outage), experiment) }, { faults })),
    reference: null,
    drill: null,
    ruleFiles: [value(readRuleFile({ file: alertRules, text: changed(textOf(alertRules), rules) }))],
    faults,
    monitoring: { metrics: 'postgres_exporter', prometheus: 3 },
    environment: {
      kind: 'embedded',
      capabilities: [
        'proxy',
        'settings',
        'restart-postgres',
        'restart-service',
        'configure-service',
        'prometheus',
        'alertmanager',
      ],
    },
    proof: 'single',
    speed: 30,
    seed: 7,
    runbookFile: null,
    realTime: [],
    documents: [],
    ...input,
  });
};

/** Where `text` stands in a document, or the brace before it: the beginning of its entry. */
const placeOf = (file: string, text: string, what: 'text' | 'entry' = 'entry'): string => {
  const whole = textOf(file);
  const found = whole.indexOf(text);
  const before = whole.slice(0, what === 'text' ? found : whole.lastIndexOf('{', found)).split('\n');
  return `${file}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
};

const problems = (...given: Parameters<typeof plan>): string => {
  const made = plan(...given);
  return made.ok ? '' : showProblems(made.problems);
};

describe('a plan', () => {
  test('says what will be injected, measured and expected, with the queries at its speed', () => {
    const { faults: planned, steadyState, alerts, abort, truth, ...rest } = value(plan());
    expect(rest).toMatchObject({
      ...{ version: 1, mode: 'verify', proof: 'single', speed: 30, seed: 7, environment: 'embedded', reference: null },
      runbook: { alert: 'DatabaseConnectionsRefused', verdict: 'fixed', withinMs: 600_000, file: null },
      observation: { warmUpMs: 2_000, baselineMs: 3_000, windowMs: 500, healed: { good: 8, of: 10 }, settleMs: 5_000 },
    });
    expect(planned).toEqual([
      {
        id: '1-lower-connection-limit',
        fault: 'lower-connection-limit',
        params: { max_connections: 17 },
        atMs: 0,
        description: 'max_connections = 17, then a restart',
      },
    ]);
    expect(steadyState[0]).toEqual({
      name: 'buyers succeed',
      at: expect.objectContaining({ file: outage }) as unknown,
      written: 'sum(rate(shop_buyers_total{outcome="failed"}[30s])) / sum(rate(shop_buyers_total[30s]))',
      language: 'promql',
      query: 'sum(rate(shop_buyers_total{outcome="failed"}[1s])) / sum(rate(shop_buyers_total[1s]))',
      below: 0.01,
    });
    expect(alerts.map(({ name, withinMs }) => [name, withinMs])).toEqual([
      ['ShopErrorRateHigh', 120_000],
      ['DatabaseConnectionsRefused', 120_000],
    ]);
    expect(alerts[1]?.rule).toMatchObject({
      expr: 'sum(rate(shop_db_errors_total{code="53300"}[30s])) > 0.5',
      compressed: 'sum(rate(shop_db_errors_total{code="53300"}[1s])) > 0.5',
      forMs: 15_000,
      runbookUrl: 'runbooks/DatabaseConnectionsRefused.md',
    });
    expect(abort).toMatchObject([{ forMs: 20_000, probe: { query: 'min(up{job="shop"})', below: 1 } }]);
    expect(truth.healed).toMatchObject([{ name: 'the server lets both pools in', language: 'sql' }]);
  });

  test('has the value behind a threshold as a query of its own, also at its speed', () => {
    const [{ rule }] = value(plan()).alerts as [Plan['alerts'][number]];
    expect(rule.threshold).toEqual({
      query: 'sum(rate(shop_http_requests_total{status=~"5.."}[1s]))\n  / sum(rate(shop_http_requests_total[1s]))',
      op: '>',
      value: 0.05,
    });
  });

  test('has no threshold where the condition is not one value against one number', () => {
    const made = value(plan({ rules: [['> 0.5\n', '> 0.5 and on () up == 1\n']] }));
    expect(made.alerts[1]?.rule.threshold).toBeNull();
  });

  test('is written as it stands at speed 1, rules that cannot be compressed included', () => {
    const made = value(
      plan({
        speed: 1,
        rules: [[refused, 'sum(increase(shop_db_errors_total[30s]))']],
      }),
    );
    expect(made.alerts[1]?.rule).toMatchObject({
      expr: 'sum(increase(shop_db_errors_total[30s])) > 0.5',
      compressed: 'sum(increase(shop_db_errors_total[30s])) > 0.5',
    });
  });

  test('takes the rule that carries the expected labels where one alert has two severities', () => {
    const twice: Change = [
      '      - alert: DatabaseConnectionsRefused',
      [
        '      - alert: DatabaseConnectionsRefused',
        '        expr: sum(rate(shop_db_errors_total{code="53300"}[30s])) > 0.1',
        '        labels: { severity: ticket }',
        '      - alert: DatabaseConnectionsRefused',
      ].join('\n'),
    ];
    expect(value(plan({ rules: [twice] })).alerts[1]?.rule).toMatchObject({
      labels: { severity: 'page' },
      threshold: { value: 0.5 },
    });
    const toTicket: Change = [
      'DatabaseConnectionsRefused, labels: { severity: page }',
      'DatabaseConnectionsRefused, labels: { severity: ticket }',
    ];
    expect(value(plan({ rules: [twice], experiment: [toTicket] })).alerts[1]?.rule).toMatchObject({
      labels: { severity: 'ticket' },
      threshold: { value: 0.1 },
    });
  });

  test('follows the runbook that was chosen by hand', () => {
    expect(value(plan({ runbookFile: 'runbooks/X.md' })).runbook).toMatchObject({ file: 'runbooks/X.md' });
  });

  test('knows whether the postmortem is still the text that was reviewed', () => {
    const file = 'postmortems/2024-06-20-web-stack-outage.reference.yaml';
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const document = value(readReference({ file, text }));
    const drifted = (postmortemSha256: string): unknown =>
      value(plan({ reference: { document, postmortemSha256 } })).reference?.drifted;
    expect(drifted(document.postmortem.sha256)).toBe(false);
    expect(drifted('0'.repeat(64))).toBe(true);
  });

  test('of an experiment without alerts has no runbook', () => {
    const { alerts, runbook } = value(
      plan({
        experiment: [[/expect:[\s\S]*?abort:/.exec(textOf(outage))?.[0] ?? '', 'expect: {}\nabort:']],
      }),
    );
    expect({ alerts, runbook }).toEqual({ alerts: [], runbook: null });
  });
});

describe('nothing is planned', () => {
  test('for an alert that no rule defines; the nearest name is suggested', () => {
    expect(problems({ experiment: [['name: ShopErrorRateHigh', 'name: ShopErrorRatesHigh']] })).toBe(
      [
        'error: alert "ShopErrorRatesHigh" is expected, but no rule file defines it',
        `  at   ${placeOf(outage, 'name: ShopErrorRateHigh')}`,
        '  try  did you mean "ShopErrorRateHigh"?',
      ].join('\n'),
    );
  });

  test('for a measurement that is not PromQL, at its entry', () => {
    const [error, at, ...others] = problems({
      experiment: [["promql: 'sum(shop_pool_waiting)'", "promql: 'sum(shop_pool_waiting'"]],
    }).split('\n');
    expect(error).toMatch(/^error: .* in sum\(shop_pool_waiting$/);
    expect(at).toBe(`  at   ${placeOf(outage, 'sum(shop_pool_waiting)')}`);
    expect(others).toEqual([]);
  });

  test('for a rule that is not PromQL, at the character', () => {
    const [problem, ...others] = (() => {
      const made = plan({
        rules: [['sum(rate(shop_http_requests_total[30s])) > 0.05', 'sum(rate(shop_http_requests_total)) > 0.05']],
      });
      return made.ok ? [] : made.problems;
    })();
    expect(others).toEqual([]);
    const { line = 0, column = 0 } = problem?.at ?? {};
    const text = textOf(alertRules).replace('shop_http_requests_total[30s])) >', 'shop_http_requests_total)) >');
    expect(text.split('\n')[line - 1]?.slice(column - 1)).toBe('shop_http_requests_total)) > 0.05');
    expect(problem?.message).toContain('rate');
  });

  test('for an expected alert whose rule would mean something else at this speed', () => {
    expect(
      problems({
        rules: [[refused, 'sum(increase(shop_db_errors_total[30s]))']],
      }),
    ).toBe(
      [
        'error: DatabaseConnectionsRefused cannot be run 30 times as fast: increase counts over a window, and a shorter window holds less',
        `  at   ${placeOf(alertRules, refused, 'text')}`,
        '  try  use a rate instead of a total, or run in real time with --speed 1',
      ].join('\n'),
    );
  });

  test('for what the environment cannot do, whether the experiment or one of its faults needs it', () => {
    const environment = { kind: 'attached', capabilities: ['proxy', 'prometheus'] } as const;
    expect(
      problems({
        environment,
        experiment: [['needs: [settings, restart-postgres]', 'needs: [proxy, configure-service]']],
      }),
    ).toBe(
      [
        'error: web-stack-outage needs configure-service, settings, restart-postgres, alertmanager; the attached environment cannot do that',
        '  at   experiments/web-stack-outage.yaml:1:1',
        '  try  choose another environment, or an experiment that needs only proxy, prometheus',
      ].join('\n'),
    );
  });

  test('and everything that is wrong is said at once', () => {
    const made = plan({
      environment: { kind: 'attached', capabilities: ['settings'] },
      experiment: [
        ["promql: 'sum(shop_pool_waiting)'", "promql: 'sum(shop_pool_waiting'"],
        ['name: ShopErrorRateHigh', 'name: Nothing'],
        ['promql: \'min(up{job="shop"})\'', "promql: 'time() - 5'"],
      ],
      rules: [[refused, 'sum(increase(shop_db_errors_total[30s]))']],
    });
    const places = made.ok ? [] : made.problems.map(({ at }) => `${at?.file}:${at?.line}:${at?.column}`);
    expect(places).toEqual([
      `${outage}:1:1`,
      placeOf(outage, "promql: 'sum(shop_pool_waiting)'"),
      placeOf(outage, 'name: ShopErrorRateHigh'),
      placeOf(alertRules, refused, 'text'),
      placeOf(outage, 'name: shop process gone'),
    ]);
  });
});
