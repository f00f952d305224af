/**
 * The worked example of the scoring model as a journal that such a drill would leave: load windows, probes, alerts, and what
 * people did. A story with a few moments in it becomes the journal; tests change one moment and see what the score says.
 */
import type { ReferenceEvent } from '../../documents/reference.ts';
import type { JournalEvent, JournalFact } from '../../journal/events.ts';
import type { Plan, PlannedDrill } from '../../plan/plan.ts';
import { minutes, ms, seconds } from '../../units.ts';
import { journalOf, window, type Entry } from '../journal.fixture.ts';
import { sampleAlert, samplePlan } from '../sample-plan.fixture.ts';

const at = { file: 'postmortems/2024-06-20-web-stack-outage.reference.yaml', line: 1, column: 1 } as const;
const row = (minute: number, milestone: ReferenceEvent['milestone'], about: object = {}): ReferenceEvent => ({
  at,
  atMs: minutes(minute),
  milestone,
  ...about,
});

export const goldenTimeline: readonly ReferenceEvent[] = [
  row(0, 'detected'),
  row(5, 'notified'),
  row(10, 'wrong_lead', { component: 'web-server' }),
  row(30, 'right_lead', { component: 'database' }),
  row(45, 'other'),
  row(60, 'diagnosed'),
  row(75, 'wrong_lead', { component: 'network' }),
  row(90, 'escalated', { to: 'dba' }),
  row(105, 'mitigated'),
  row(120, 'restarted'),
  row(150, 'resolved'),
];

export const goldenDrill: PlannedDrill = {
  mode: 'evaluation',
  timeScale: 5,
  limitMs: minutes(30),
  holdMs: seconds(60),
  escalation: { required: false, to: 'dba' },
  components: ['database', 'network', 'web-server'],
  causes: ['database/pool-limit-too-low', 'network/ddos', 'web-server/cpu-saturated'],
  roles: ['dba', 'manager'],
  notes: [],
  hints: [
    { level: 'nudge', text: 'What does the database say?', cost: 2 },
    { level: 'pointer', text: 'Compare the limits.', cost: 3 },
    { level: 'solution', text: 'Raise the limit.', cost: 8 },
  ],
  harmful: [{ act: 'restart-postgres', severity: 'minor', why: 'drops every session' }],
};

export const goldenPlan = (part: Partial<Plan> = {}, drill: Partial<PlannedDrill> = {}): Plan => ({
  ...samplePlan,
  mode: 'drill',
  speed: 1,
  drill: { ...goldenDrill, ...drill },
  alerts: ['DbPoolSaturated', 'CheckoutFails', 'DatabaseSlow'].map(sampleAlert),
  quiet: { allow: [] },
  truth: { ...samplePlan.truth, causes: ['database/pool-limit-too-low'] },
  reference: samplePlan.reference && {
    ...samplePlan.reference,
    timeline: goldenTimeline,
    actionItems: [
      { at, id: 'settings', text: 'Fix the settings', check: { type: 'auditPools' } },
      { at, id: 'monitoring', text: 'Alert on it', check: { type: 'alertFires', alert: 'DbPoolSaturated' } },
      { at, id: 'schedule', text: 'Test it', check: { type: 'scheduledVerifyWithin', withinMs: ms(30 * 86_400_000) } },
      { at, id: 'drills', text: 'Drill it', check: { type: 'drilledWithin', withinMs: ms(86_400_000) } },
      {
        at,
        id: 'training',
        text: 'Train the team',
        check: { type: 'attested', by: 'lead', date: '2026-10-01', expires: '2027-10-01' },
      },
    ],
  },
  ...part,
});

/** Seconds since the injection; what is done with it; undefined or left out: never. */
export type TeamStory = {
  /** What people did, by seconds since the injection. */
  readonly team: readonly (readonly [number, JournalFact])[];
  readonly firesS: number;
  readonly deliveredS: number;
  /** When the cause probes turn good, and when the service is green; Infinity: never. */
  readonly causeGoneS: number;
  readonly greenS: number;
  readonly resolvesS: number;
  readonly endS: number;
  /** Share of failed buyers while the service is ill. */
  readonly failing: (atS: number) => number;
};

export const by = 'primary' as const;
export const focus = (component: string): JournalFact => ({ type: 'team.focused', by, component });
export const confirmed = (cause: string): JournalFact => ({
  type: 'team.hypothesised',
  by,
  cause,
  status: 'confirmed',
  because: null,
});
export const claim = (what: 'mitigated' | 'resolved'): JournalFact => ({ type: 'team.claimed', by, claim: what });
export const update: JournalFact = { type: 'team.updated', by, text: 'we are on it' };
export const hint = (level: 'nudge' | 'pointer' | 'solution', cost: number): JournalFact => ({
  type: 'hint.taken',
  by,
  level,
  text: level,
  cost,
});
export const act = (what: string): JournalFact => ({ type: 'team.acted', by, act: what, detail: '' });

/** The steps of a runbook, run and rated while the cause is already gone: seven of eight pass, four of five helped. */
const steps: readonly (readonly [number, JournalFact])[] = Array.from({ length: 8 }, (_, index) => {
  const step = `step ${index + 1}`;
  const outcome = index === 7 ? 'failed' : 'passed';
  const facts: readonly (readonly [number, JournalFact])[] = [
    [1_100 + index, { type: 'step.started', step, section: 'mitigation', language: 'sql', danger: 'read', line: 9 }],
    [1_100.5 + index, { type: 'step.finished', step, outcome, detail: '', attempts: 1 }],
    ...(index < 5 ? ([[1_110 + index, { type: 'team.rated', by, step, helpful: index > 0 }]] as const) : []),
  ];
  return facts;
}).flat();

export const goldenStory: TeamStory = {
  team: [
    [190, { type: 'team.acknowledged', by, alert: 'DbPoolSaturated' }],
    [200, { type: 'team.leadNamed', by, lead: 'me' }],
    [210, { type: 'team.severityDeclared', by, severity: 'SEV-2' }],
    [220, focus('web-server')],
    [490, focus('database')],
    [540, hint('nudge', 2)],
    [560, update],
    [670, confirmed('database/pool-limit-too-low')],
    [720, act('restart-postgres')],
    [790, { type: 'team.escalated', by, to: 'dba', reason: null }],
    [1_050, claim('resolved')],
    ...steps,
    [1_300, claim('resolved')],
  ],
  firesS: 90,
  deliveredS: 100,
  causeGoneS: 1_030,
  greenS: 1_210,
  resolvesS: 1_290,
  endS: 1_310,
  failing: () => 0.75,
};

const labels = { severity: 'page' };
const injectedMs = 10_000;

const measurements = (story: TeamStory, plan: Plan): readonly Entry[] => {
  const { windowMs } = plan.observation;
  const entries: Entry[] = [];
  for (let atMs = 500 + windowMs; atMs <= injectedMs + story.endS * 1_000; atMs += windowMs) {
    const startS = (atMs - windowMs - injectedMs) / 1_000;
    const ill = startS >= 0 && startS < story.greenS;
    const cause = atMs > injectedMs && atMs - injectedMs < story.causeGoneS * 1_000;
    for (const { name } of plan.steadyState)
      entries.push([atMs, { type: 'probe.measured', kind: 'steady-state', name, value: ill ? 5 : 0, good: !ill }]);
    if (atMs > injectedMs)
      for (const { name } of plan.truth.healed)
        entries.push([atMs, { type: 'probe.measured', kind: 'cause', name, value: cause ? 0 : 1, good: !cause }]);
    for (const { name } of plan.alerts)
      entries.push([atMs, { type: 'probe.measured', kind: 'alert', name, value: ill ? 1 : 0, good: ill }]);
    entries.push([
      atMs,
      window({ windowMs, buyers: 40, buyersFailed: ill ? Math.round(40 * story.failing(startS)) : 0 }),
    ]);
  }
  return entries;
};

/** Two of three expected alerts, one that nobody expects; the runbook of the first is linked. */
const alerts = (story: TeamStory): readonly (readonly [number, JournalFact])[] => {
  const { firesS, deliveredS, resolvesS, endS } = story;
  if (firesS >= endS) return [];
  const url = 'https://runbooks.example/r.md';
  const own = (alert: string, laterS: number): readonly (readonly [number, JournalFact])[] => [
    [firesS + laterS, { type: 'alert.fired', alert, labels, value: 1 }],
    [deliveredS + laterS, { type: 'alert.delivered', alert, labels, receiver: 'pager' }],
    ...(resolvesS < endS
      ? ([
          [resolvesS - 5, { type: 'alert.cleared', alert, labels, wasFiring: true }],
          [resolvesS, { type: 'alert.resolved', alert, labels, receiver: 'pager' }],
        ] as const)
      : []),
  ];
  return [
    ...own('DbPoolSaturated', 0),
    ...own('CheckoutFails', 5),
    [firesS + 20, { type: 'alert.fired', alert: 'DiskFull', labels, value: 1 }],
    [deliveredS + 1, { type: 'runbook.found', alert: 'DbPoolSaturated', url, file: 'runbooks/r.md' }],
    [deliveredS + 6, { type: 'runbook.missing', alert: 'CheckoutFails', url: null, reason: 'no link' }],
  ];
};

/** The entries of a whole drill, from the environment to its end. */
export const drillEntries = (change: Partial<TeamStory> = {}, plan: Plan = goldenPlan()): readonly Entry[] => {
  const story = { ...goldenStory, ...change };
  const fault = plan.faults[0]!;
  const endMs = injectedMs + story.endS * 1_000;
  const undo = { faultId: fault.id, undoId: 'u1' };
  return [
    [10, { type: 'trial.started', trial: 'fault' }],
    [10, { type: 'phase.entered', phase: 'up' }],
    [
      400,
      {
        type: 'environment.opened',
        kind: 'embedded',
        postgresVersion: '17.10',
        capabilities: [],
        connections: { max: 100, reserved: 3, poolMax: 20, instances: 2 },
      },
    ],
    [420, { type: 'session.joined', role: 'primary' }],
    ...measurements(story, plan),
    [injectedMs - 5, { type: 'fault.intended', fault: fault.fault, description: fault.description, ...undo }],
    [injectedMs, { type: 'fault.injected', faultId: fault.id }],
    ...[...alerts(story), ...story.team].map(([atS, fact]): Entry => [injectedMs + atS * 1_000, fact]),
    [endMs + 1, { type: 'phase.entered', phase: 'undo' }],
    [endMs + 200, { type: 'fault.undone', ...undo, by: 'run' }],
    [endMs + 300, { type: 'fault.verified', ...undo }],
    [endMs + 400, { type: 'environment.closed' }],
    [endMs + 500, { type: 'trial.ended', trial: 'fault' }],
  ];
};

const earlierVerify = {
  runId: '20261120-100000-0001',
  startedAt: '2026-11-20T10:00:00.000Z',
  mode: 'verify',
  outcome: 'passed',
} as const;

export const drillRun = (change: Partial<TeamStory> = {}, plan: Plan = goldenPlan()): readonly JournalEvent[] =>
  journalOf(drillEntries(change, plan), plan, { history: [earlierVerify] });

export const goldenRun = (): readonly JournalEvent[] => drillRun();

/** The story without what was done at one moment. */
export const teamWithout = (...atS: readonly number[]): TeamStory['team'] =>
  goldenStory.team.filter(([moment]) => !atS.includes(moment));

/** As it is written. */
export const linesOf = (journal: readonly JournalEvent[]): string =>
  journal.map((event) => JSON.stringify(event)).join('\n');
