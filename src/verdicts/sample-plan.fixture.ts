/** The plan of the made-up runs in tests: an outage with one fault, two alerts and a runbook that heals. */
import type { Plan, PlannedAlert, PlannedProbe } from '../plan/plan.ts';
import { minutes, ms, seconds } from '../units.ts';

const at = { file: 'experiments/web-stack-outage.yaml', line: 1, column: 1 } as const;

const below = (name: string, limit: number): PlannedProbe => ({
  name,
  written: name,
  at,
  language: 'promql',
  query: name,
  below: limit,
});

export const sampleAlert = (name: string): PlannedAlert => ({
  name,
  at,
  labels: { severity: 'page' },
  withinMs: minutes(2),
  receiver: 'pager',
  resolvesWithinMs: minutes(5),
  rule: {
    at,
    expr: `${name}_value > 0.5`,
    compressed: `${name}_value > 0.5`,
    forMs: minutes(1),
    labels: { severity: 'page' },
    runbookUrl: 'https://runbooks.example/DatabaseConnectionsRefused.md',
    threshold: { query: `${name}_value`, op: '>', value: 0.5 },
  },
});

export const samplePlan: Plan = {
  version: 1,
  experiment: { name: 'web-stack-outage', title: 'Web stack outage of 2024-06-20', file: at.file },
  mode: 'verify',
  drill: null,
  proof: 'single',
  speed: 30,
  seed: 7,
  environment: 'embedded',
  needs: ['settings', 'restart-postgres'],
  service: {
    instances: 2,
    pool: { max: 20, acquireTimeoutMs: seconds(2), idleTimeoutMs: seconds(1) },
    work: { browseMs: ms(20), checkoutMs: ms(40) },
  },
  load: { arrivals: 'poisson', ratePerSecond: 60, spikes: [] },
  steadyState: [below('buyers succeed', 0.01), below('nobody waits', 1)],
  faults: [
    {
      id: '1-lower-connection-limit',
      fault: 'lower-connection-limit',
      params: { max_connections: 14 },
      atMs: ms(0),
      description: 'max_connections lowered to 14',
    },
  ],
  impact: { share: 0.75, of: 'buyers', tolerance: 0.15 },
  alerts: [sampleAlert('ShopErrorRateHigh'), sampleAlert('DatabaseConnectionsRefused')],
  realTime: [],
  quiet: { allow: ['DatabaseRestarted'] },
  runbook: { alert: 'DatabaseConnectionsRefused', verdict: 'fixed', withinMs: minutes(10), file: null },
  abort: [],
  truth: {
    components: ['database'],
    causes: ['database/connection-limit-too-low'],
    severity: 'SEV-1',
    nature: 'curable',
    healed: [{ name: 'max_connections in effect', written: 'select', at, language: 'sql', query: 'select' }],
    mayChange: [],
  },
  reference: {
    file: 'postmortems/2024-06-20-web-stack-outage.reference.yaml',
    postmortem: 'postmortems/2024-06-20-web-stack-outage.md',
    drifted: false,
    granularityMs: ms(300_000),
    severity: 'SEV-1',
    timeline: [],
    actionItems: [
      { at, id: 'settings', text: 'Review and adjust connection limits', check: { type: 'auditPools' } },
      {
        at,
        id: 'monitoring',
        text: 'Add alerts for database connection issues',
        check: { type: 'alertFires', alert: 'DatabaseConnectionsRefused' },
      },
      {
        at,
        id: 'load-test',
        text: 'Schedule regular tests',
        check: { type: 'scheduledVerifyWithin', withinMs: ms(30 * 86_400_000) },
      },
      {
        at,
        id: 'docs',
        text: 'Document settings and procedures',
        check: { type: 'runbookVerified', alert: 'DatabaseConnectionsRefused' },
      },
      { at, id: 'training', text: 'Train the team', check: { type: 'drilledWithin', withinMs: ms(100 * 86_400_000) } },
    ],
  },
  observation: {
    warmUpMs: seconds(2),
    baselineMs: seconds(3),
    impactMs: seconds(3),
    windowMs: ms(500),
    healed: { good: 8, of: 10 },
    settleMs: seconds(5),
  },
  documents: [],
};
