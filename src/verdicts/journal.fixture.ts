/**
 * A made-up run to judge in tests: a story with a few dates in it becomes the journal that such a run would leave. Tests
 * change one thing in the story, or in the entries, and see which word comes out.
 *
 * The default story: at T+8 s `max_connections` is lowered, 75 % of buyers fail, two alerts fire and reach the pager, the
 * runbook begins at T+11 s and heals at T+14 s. The team's time passes 30 times as fast.
 */
import type { RunbookVerdict } from '../documents/experiment.ts';
import type { JournalEvent, JournalFact, LoadWindow, Snapshot, StepOutcome, Trial } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { ms } from '../units.ts';
import { samplePlan } from './sample-plan.fixture.ts';

export type Entry = readonly [atMs: number, fact: JournalFact];

export type Story = {
  readonly trial: Trial;
  readonly beginsMs: number;
  /** Share of buyers that fail while the service is ill. */
  readonly failing: number;
  /** When the service becomes well; Infinity: never before our undo. */
  readonly wellMs: number;
  /** When the cause is gone; like `wellMs` unless given. */
  readonly causeGoneMs: number;
  readonly firesMs: number;
  readonly runbookMs: number;
  readonly claim: 'ok' | 'failed' | 'blocked';
  readonly steps: readonly {
    readonly name: string;
    readonly outcome: StepOutcome;
    readonly detail: string;
    readonly sqlState?: string;
  }[];
  /** Where the service falls ill again. */
  readonly relapseMs: number;
  readonly undoMs: number;
  readonly after: Snapshot;
};

const snapshot: Snapshot = {
  state: { 'setting max_connections': '100 (configuration file)', 'setting work_mem': '4MB (default)' },
  books: { stock: 900, sold: 100 },
};

const story: Story = {
  trial: 'fault',
  beginsMs: 1_000,
  failing: 0.75,
  wellMs: 14_000,
  causeGoneMs: 14_000,
  firesMs: 9_900,
  runbookMs: 11_000,
  claim: 'ok',
  steps: [
    { name: 'see the limit', outcome: 'passed', detail: '14' },
    { name: 'raise the limit', outcome: 'passed', detail: 'done' },
    { name: 'buyers are served', outcome: 'passed', detail: '0 failing' },
  ],
  relapseMs: Infinity,
  undoMs: 40_000,
  after: snapshot,
};

export const window = (part: Partial<LoadWindow> = {}): JournalFact => ({
  type: 'load.measured',
  windowMs: 500,
  buyers: 20,
  buyersFailed: 0,
  requests: 40,
  requestsFailed: 0,
  p50Ms: 8,
  p95Ms: 20,
  lagP99Ms: 2,
  inFlight: 3,
  dropped: 0,
  errors: {},
  ...part,
});

const labels = { severity: 'page' };

/** The plan's own injection lies 7 s after the trial's begin. */
const injectedAfterMs = 7_000;

/** The entries of one trial. */
export const trialEntries = (part: Partial<Story> = {}, plan: Plan = samplePlan): readonly Entry[] => {
  const told = { ...story, ...part, causeGoneMs: part.causeGoneMs ?? part.wellMs ?? story.causeGoneMs };
  const entries: Entry[] = [];
  const tell = (atMs: number, fact: JournalFact): void => void entries.push([atMs, fact]);
  const injectedMs = told.trial === 'fault-free' ? Infinity : told.beginsMs + injectedAfterMs;
  const ill = (atMs: number): boolean =>
    (atMs > injectedMs && atMs <= told.wellMs && atMs <= told.undoMs) || (atMs > told.relapseMs && atMs <= told.undoMs);

  tell(told.beginsMs, { type: 'trial.started', trial: told.trial });
  tell(told.beginsMs, {
    type: 'environment.opened',
    kind: 'embedded',
    postgresVersion: '17.10',
    capabilities: [],
    connections: { max: 100, reserved: 3, poolMax: 20, instances: 2 },
  });
  for (let atMs = told.beginsMs + 1_500; atMs <= told.undoMs; atMs += 500) {
    const bad = ill(atMs);
    for (const { name } of plan.steadyState)
      tell(atMs - 1, { type: 'probe.measured', kind: 'steady-state', name, value: bad ? 5 : 0, good: !bad });
    const held = atMs > injectedMs && atMs <= told.causeGoneMs;
    for (const { name } of plan.truth.healed)
      tell(atMs - 1, { type: 'probe.measured', kind: 'cause', name, value: held ? 0 : 1, good: !held });
    for (const { name } of plan.alerts)
      tell(atMs - 1, {
        type: 'probe.measured',
        kind: 'alert',
        name,
        value: bad ? told.failing : 0,
        good: bad && told.failing > 0.5,
      });
    tell(atMs, window({ buyersFailed: bad ? Math.round(told.failing * 20) : 0 }));
  }
  tell(told.beginsMs + 6_500, { type: 'snapshot.taken', when: 'before', snapshot });
  if (told.trial !== 'fault-free')
    for (const fault of plan.faults) {
      const undoId = `${told.trial} ${fault.id}`;
      tell(injectedMs - 100, {
        type: 'fault.intended',
        faultId: fault.id,
        fault: fault.fault,
        description: fault.description,
        undoId,
      });
      tell(injectedMs, { type: 'fault.injected', faultId: fault.id });
      tell(told.undoMs + 200, { type: 'fault.undone', faultId: fault.id, undoId, by: 'run' });
      tell(told.undoMs + 300, { type: 'fault.verified', faultId: fault.id, undoId });
    }
  if (told.trial === 'fault' && told.firesMs < told.undoMs)
    for (const { name: alert } of plan.alerts) {
      tell(told.firesMs - 1_000, { type: 'alert.pended', alert, labels, value: told.failing });
      tell(told.firesMs, { type: 'alert.fired', alert, labels, value: told.failing });
      tell(told.firesMs + 50, { type: 'alert.sent', alert, labels });
      tell(told.firesMs + 100, { type: 'alert.delivered', alert, labels, receiver: 'pager' });
      tell(told.firesMs + 200, {
        type: 'runbook.found',
        alert,
        url: 'https://runbooks.example/r.md',
        file: 'runbooks/r.md',
      });
      if (told.wellMs < told.undoMs) {
        tell(told.wellMs + 800, { type: 'alert.cleared', alert, labels, wasFiring: true });
        tell(told.wellMs + 900, { type: 'alert.resolved', alert, labels, receiver: 'pager' });
      }
    }
  if (told.trial !== 'control' && told.runbookMs < told.undoMs) {
    tell(told.runbookMs, { type: 'runbook.started', file: 'runbooks/r.md', steps: told.steps.map(({ name }) => name) });
    let stepMs = told.runbookMs;
    for (const { name, ...result } of told.steps) {
      tell((stepMs += 100), {
        type: 'step.started',
        step: name,
        section: 'mitigation',
        language: 'sql',
        danger: 'write',
        line: 20,
      });
      tell((stepMs += 500), { type: 'step.finished', step: name, attempts: 1, ...result });
    }
    tell(stepMs + 100, { type: 'runbook.finished', claim: told.claim });
  }
  if (told.trial === 'fault' && told.wellMs < told.undoMs) {
    const seenMs = Math.max(told.wellMs + 4_000, told.runbookMs + 4_000) + 10;
    tell(seenMs, { type: 'phase.entered', phase: 'resolve' });
    tell(seenMs + 500, { type: 'phase.entered', phase: 'settle' });
  }
  tell(told.undoMs + 10, { type: 'snapshot.taken', when: 'after', snapshot: told.after });
  tell(told.undoMs + 100, { type: 'phase.entered', phase: 'undo' });
  tell(told.undoMs + 400, { type: 'environment.closed' });
  tell(told.undoMs + 500, { type: 'trial.ended', trial: told.trial });
  return entries;
};

/** A whole run around its trials: numbered, in the order of time. */
export const journalOf = (
  entries: readonly Entry[],
  plan: Plan = samplePlan,
  part: Partial<Extract<JournalFact, { type: 'run.started' }>> = {},
): readonly JournalEvent[] => {
  const lastMs = Math.max(0, ...entries.map(([atMs]) => atMs));
  const start: Entry = [
    0,
    {
      type: 'run.started',
      runId: '2026-11-22-a3f',
      startedAt: '2026-11-22T10:00:00.000Z',
      version: '0.1.0',
      plan,
      history: [],
      ...part,
    },
  ];
  const own = entries.some(([, { type }]) => type === 'run.ended');
  const end: readonly Entry[] = own ? [] : [[lastMs, { type: 'run.ended', outcome: 'completed', residue: [] }]];
  return [start, ...entries, ...end]
    .toSorted(([a], [b]) => a - b)
    .map(([atMs, fact], seq) => ({ ...fact, seq, atMs: ms(atMs) }));
};

/** Events again as entries, to be changed and numbered anew. */
export const entriesOf = (events: readonly JournalEvent[]): readonly Entry[] =>
  events.map((event) => [event.atMs, event]);

/** The default run with some of its story, its plan or its entries changed. */
export const sampleRun = (
  change: {
    readonly story?: Partial<Story>;
    readonly plan?: Partial<Plan>;
    readonly entries?: (entries: readonly Entry[]) => readonly Entry[];
  } = {},
): readonly JournalEvent[] => {
  const plan = { ...samplePlan, ...change.plan };
  const entries = trialEntries(change.story, plan);
  return journalOf(change.entries?.(entries) ?? entries, plan);
};

/** The three trials of a full proof, one after the other. */
export const fullProof = (
  change: {
    readonly control?: Partial<Story>;
    readonly faultFree?: Partial<Story>;
    readonly verdict?: RunbookVerdict;
  } = {},
): readonly JournalEvent[] => {
  const runbook = samplePlan.runbook && { ...samplePlan.runbook, verdict: change.verdict ?? 'fixed' };
  const plan: Plan = { ...samplePlan, proof: 'full', runbook };
  return journalOf(
    [
      ...trialEntries({}, plan),
      ...trialEntries(
        { trial: 'control', beginsMs: 50_000, wellMs: Infinity, undoMs: 86_000, ...change.control },
        plan,
      ),
      ...trialEntries(
        { trial: 'fault-free', beginsMs: 90_000, wellMs: 0, runbookMs: 97_000, undoMs: 110_000, ...change.faultFree },
        plan,
      ),
    ],
    plan,
  );
};

export const without =
  (...types: readonly JournalFact['type'][]) =>
  (entries: readonly Entry[]): readonly Entry[] =>
    entries.filter(([, { type }]) => !types.includes(type));

export const withMore =
  (...more: readonly Entry[]) =>
  (entries: readonly Entry[]): readonly Entry[] => [...entries, ...more];

/** Changes every event of one type. */
export const changing =
  <Type extends JournalFact['type']>(
    type: Type,
    change: (fact: Extract<JournalFact, { type: Type }>, atMs: number) => JournalFact,
  ) =>
  (entries: readonly Entry[]): readonly Entry[] =>
    entries.map(([atMs, fact]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type was just compared
      fact.type === type ? [atMs, change(fact as Extract<JournalFact, { type: Type }>, atMs)] : [atMs, fact],
    );
