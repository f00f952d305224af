/**
 * A made-up drill: the flagship outage at 1:5, fought by somebody who looks at the web server first, takes a hint, raises the
 * limit and says so. The same journal on every machine, so that screens of it can be compared cell by cell.
 */
import type { ReferenceEvent } from '../src/documents/reference.ts';
import type { JournalEvent, JournalFact } from '../src/journal/events.ts';
import type { DrillMode, Plan, PlannedDrill } from '../src/plan/plan.ts';
import { minutes, ms, seconds } from '../src/units.ts';
import { journalOf, window, type Entry } from '../src/verdicts/journal.fixture.ts';
import { samplePlan } from '../src/verdicts/sample-plan.fixture.ts';

const drill: PlannedDrill = {
  mode: 'training',
  timeScale: 5,
  limitMs: minutes(30),
  holdMs: seconds(60),
  escalation: { required: true, to: 'dba' },
  components: ['database', 'load-balancer', 'network', 'service', 'web', 'web-server'],
  causes: [
    'database/connection-limit-too-low',
    'database/lock-contention',
    'database/slow-query',
    'network/ddos',
    'service/pool-too-small',
    'web/cpu-saturated',
  ],
  roles: ['dba', 'manager', 'network', 'platform', 'security'],
  notes: [{ atMs: minutes(2), to: 'lead', text: 'Marketing says a campaign mail went out at 10:00.' }],
  hints: [
    { level: 'nudge', text: 'What does the database itself say to a new connection?', cost: 0 },
    { level: 'pointer', text: 'Compare max_connections with what both shop instances may open.', cost: 0 },
    { level: 'solution', text: 'Raise max_connections and restart; see the runbook.', cost: 0 },
  ],
  harmful: [{ act: 'restart-service', severity: 'minor', why: 'drops the carts that still work' }],
};

const at = { file: 'postmortems/2024-06-20-web-stack-outage.reference.yaml', line: 14, column: 5 } as const;
const moment = (minute: number, milestone: ReferenceEvent['milestone'], about: object = {}): ReferenceEvent => ({
  at,
  atMs: minutes(minute),
  milestone,
  ...about,
});

const timeline: readonly ReferenceEvent[] = [
  moment(0, 'detected'),
  moment(5, 'notified'),
  moment(10, 'wrong_lead', { component: 'web-server' }),
  moment(30, 'right_lead', { component: 'database' }),
  moment(45, 'other'),
  moment(60, 'diagnosed'),
  moment(75, 'wrong_lead', { component: 'network' }),
  moment(90, 'escalated', { to: 'dba' }),
  moment(105, 'mitigated'),
  moment(120, 'restarted'),
  moment(150, 'resolved'),
];

const prices = { nudge: 2, pointer: 3, solution: 8 } as const;

export const drillPlan = (mode: DrillMode = 'training', part: Partial<PlannedDrill> = {}): Plan => ({
  ...samplePlan,
  mode: 'drill',
  speed: 1,
  drill: {
    ...drill,
    mode,
    hints: drill.hints.map((hint) => ({ ...hint, cost: mode === 'training' ? 0 : prices[hint.level] })),
    ...part,
  },
  reference: samplePlan.reference && { ...samplePlan.reference, timeline },
  documents: [
    { file: 'experiments/web-stack-outage.yaml', sha256: '0'.repeat(64) },
    { file: 'runbooks/DatabaseConnectionsRefused.md', sha256: '0'.repeat(64) },
    { file: 'runbooks/ShopErrorRateHigh.md', sha256: '0'.repeat(64) },
  ],
});

const environmentUpMs = 4_000;
const injectedMs = 30_000;
export const drillDetectedMs = 90_000;
const healedMs = drillDetectedMs + 945_000;
const endedMs = drillDetectedMs + 1_240_000;

const labels = { severity: 'page' };
const by = 'primary' as const;

/** What was done and said, in seconds from detection. */
const story: readonly (readonly [number, JournalFact])[] = [
  [-12, { type: 'alert.pended', alert: 'DatabaseConnectionsRefused', labels, value: 3.2 }],
  [-9, { type: 'alert.pended', alert: 'ShopErrorRateHigh', labels, value: 0.71 }],
  [0, { type: 'alert.fired', alert: 'DatabaseConnectionsRefused', labels, value: 3.4 }],
  [3, { type: 'alert.fired', alert: 'ShopErrorRateHigh', labels, value: 0.76 }],
  [4, { type: 'alert.sent', alert: 'DatabaseConnectionsRefused', labels }],
  [10, { type: 'alert.delivered', alert: 'DatabaseConnectionsRefused', labels, receiver: 'pager' }],
  [10, { type: 'alert.delivered', alert: 'ShopErrorRateHigh', labels, receiver: 'pager' }],
  [100, { type: 'team.acknowledged', by, alert: null }],
  [110, { type: 'team.leadNamed', by, lead: 'me' }],
  [120, { type: 'team.severityDeclared', by, severity: 'SEV-2' }],
  [120, { type: 'note.delivered', to: 'lead', text: 'Marketing says a campaign mail went out at 10:00.' }],
  [130, { type: 'team.focused', by, component: 'web-server' }],
  [150, query('logs', 'web-server', 'access', '200 lines')],
  [210, { type: 'team.hypothesised', by, cause: 'web/cpu-saturated', status: 'suspected', because: null }],
  [345, { type: 'team.hypothesised', by, cause: 'web/cpu-saturated', status: 'ruled-out', because: 'load is 0.4' }],
  [400, { type: 'team.focused', by, component: 'database' }],
  [420, query('sql', 'database', 'select count(*) from pg_stat_activity', 'refused: 53300 too many clients', false)],
  [
    450,
    { type: 'hint.taken', by, level: 'nudge', text: 'What does the database itself say to a new connection?', cost: 0 },
  ],
  [470, { type: 'team.updated', by, text: 'Checkout fails for most. We look at the database.' }],
  [500, query('logs', 'database', 'postgres', '200 lines')],
  [540, { type: 'team.noted', by, text: 'remaining connection slots are reserved' }],
  [
    580,
    {
      type: 'team.hypothesised',
      by,
      cause: 'database/connection-limit-too-low',
      status: 'confirmed',
      because: 'max_connections is 20',
    },
  ],
  [
    620,
    {
      type: 'runbook.found',
      alert: 'DatabaseConnectionsRefused',
      url: 'https://runbooks.example/DatabaseConnectionsRefused.md',
      file: 'runbooks/DatabaseConnectionsRefused.md',
    },
  ],
  [700, { type: 'team.escalated', by, to: 'dba', reason: 'the limit has to be raised' }],
  [720, { type: 'note.delivered', to: 'all', text: 'Customer care counts 40 tickets: carts fail at the last step.' }],
  [760, step('see the limit', 'started')],
  [761, step('see the limit', 'finished', '20')],
  [860, { type: 'team.acted', by, act: 'step raise the limit', detail: 'alter system set max_connections = 100' }],
  [860, step('raise the limit', 'started')],
  [861, step('raise the limit', 'finished', 'done')],
  [940, { type: 'team.acted', by, act: 'restart-postgres', detail: '' }],
  [944, { type: 'environment.changed', act: 'restart', target: 'postgres', by }],
  [960, { type: 'team.claimed', by, claim: 'mitigated' }],
  [990, { type: 'alert.cleared', alert: 'DatabaseConnectionsRefused', labels, wasFiring: true }],
  [995, { type: 'alert.resolved', alert: 'DatabaseConnectionsRefused', labels, receiver: 'pager' }],
  [1_000, { type: 'alert.cleared', alert: 'ShopErrorRateHigh', labels, wasFiring: true }],
  [1_005, { type: 'alert.resolved', alert: 'ShopErrorRateHigh', labels, receiver: 'pager' }],
  [1_020, { type: 'service.healed', sinceMs: ms(healedMs + 4_000), evidence: [] }],
  [1_080, { type: 'team.updated', by, text: 'Customers can buy again. We watch it for a minute.' }],
  [1_210, { type: 'team.claimed', by, claim: 'resolved' }],
];

function query(tool: 'sql' | 'logs', component: string, text: string, summary: string, ok = true): JournalFact {
  return { type: 'team.queried', by, tool, component, text, ok, summary, output: [] };
}

function step(name: string, what: 'started' | 'finished', detail = ''): JournalFact {
  return what === 'started'
    ? { type: 'step.started', step: name, section: 'mitigation', language: 'sql', danger: 'write', line: 20 }
    : { type: 'step.finished', step: name, outcome: 'passed', detail, attempts: 1 };
}

/** Noise that is the same each time: from -1 to 1. */
const noise = (index: number): number => Math.sin(index * 12.9898) * Math.cos(index * 4.1414);

/** What the machines measured, twice a second, from one moment to another. */
const measured = (fromMs: number, toMs: number, ill: (atMs: number) => boolean): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += 500) {
    const bad = ill(atMs);
    const buyers = Math.round(30 + 6 * noise(atMs));
    const buyersFailed = bad ? Math.round(buyers * (0.75 + 0.12 * noise(atMs + 1))) : 0;
    entries.push([
      atMs,
      window({
        buyers,
        buyersFailed,
        requests: 2 * buyers,
        requestsFailed: buyersFailed,
        p50Ms: bad ? 900 : 90,
        p95Ms: Math.round((bad ? 1_900 : 240) * (1 + 0.2 * noise(atMs + 2))),
      }),
    ]);
    if (atMs % 1_000 !== 0) continue;
    for (const [kind, probes] of [
      ['steady-state', samplePlan.steadyState],
      ['cause', samplePlan.truth.healed],
    ] as const)
      for (const { name } of probes)
        entries.push([atMs, { type: 'probe.measured', kind, name, value: bad ? 0 : 1, good: !bad }]);
    entries.push([
      atMs,
      {
        type: 'connections.measured',
        used: Math.round(bad ? 19.5 + 0.6 * noise(atMs) : 22 + 4 * noise(atMs)),
        limit: bad ? 20 : 100,
        waiting: bad ? Math.round(24 + 10 * noise(atMs + 3)) : 0,
      },
    ]);
  }
  return entries;
};

const environment: readonly Entry[] = [
  [10, { type: 'phase.entered', phase: 'up' }],
  [
    environmentUpMs,
    {
      type: 'environment.opened',
      kind: 'embedded',
      postgresVersion: '17.10',
      capabilities: [],
      connections: { max: 100, reserved: 3, poolMax: 20, instances: 2 },
    },
  ],
  [environmentUpMs + 10, { type: 'phase.entered', phase: 'warm-up' }],
  [environmentUpMs + 20, { type: 'session.joined', role: 'primary' }],
  [environmentUpMs + 2_000, { type: 'phase.entered', phase: 'baseline' }],
];

/** The whole drill, 22 minutes of it. */
export const drillJournal = (
  mode: DrillMode = 'training',
  part: Partial<PlannedDrill> = {},
): readonly JournalEvent[] => {
  const plan = drillPlan(mode, part);
  const fault = plan.faults[0]!;
  const ill = (atMs: number): boolean => atMs > injectedMs && atMs < healedMs;
  return journalOf(
    [
      ...environment,
      ...measured(environmentUpMs + 500, endedMs, ill),
      [injectedMs - 10, { type: 'phase.entered', phase: 'inject' }],
      [
        injectedMs - 5,
        { type: 'fault.intended', faultId: fault.id, fault: fault.fault, description: fault.description, undoId: 'u1' },
      ],
      [injectedMs, { type: 'fault.injected', faultId: fault.id }],
      ...story.map(([atS, fact]): Entry => [
        drillDetectedMs + atS * 1_000,
        fact.type === 'hint.taken' && mode === 'evaluation' ? { ...fact, cost: prices[fact.level] } : fact,
      ]),
      [endedMs, { type: 'phase.entered', phase: 'undo' }],
      [endedMs + 200, { type: 'fault.undone', faultId: fault.id, undoId: 'u1', by: 'run' }],
      [endedMs + 300, { type: 'fault.verified', faultId: fault.id, undoId: 'u1' }],
      [endedMs + 400, { type: 'phase.entered', phase: 'down' }],
      [endedMs + 900, { type: 'environment.closed' }],
      [endedMs + 1_000, { type: 'run.ended', outcome: 'completed', residue: [] }],
    ],
    plan,
    { runId: '20261122-100000-a3f0' },
  );
};

/** A drill in which somebody says something every few seconds, for as long as wanted: what a screen has to bear. */
export const busyDrill = (lengthMs: number): readonly JournalEvent[] => {
  const entries: Entry[] = [...environment, ...measured(environmentUpMs + 500, lengthMs, () => true)];
  for (const [atS, fact] of story.slice(0, 8)) entries.push([drillDetectedMs + atS * 1_000, fact]);
  for (let atMs = drillDetectedMs + 140_000, n = 0; atMs < lengthMs; atMs += 4_000, n++)
    entries.push([atMs, story[8 + (n % (story.length - 16))]![1]]);
  entries.push([lengthMs, { type: 'run.ended', outcome: 'completed', residue: [] }]);
  return journalOf(entries, drillPlan(), { runId: '20261122-100000-b052' });
};
