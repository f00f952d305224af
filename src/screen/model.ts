/**
 * What a responder's screen knows: a fold over the events that the session lets through, and of nothing else, so that a
 * screen, a plain-line client and a replay show the same, and one that was lost is rebuilt by reading again.
 */
import type { Briefing } from '../drill/briefing.ts';
import type { HypothesisStatus, JournalEvent, StepOutcome } from '../journal/events.ts';
import type { HintLevel } from '../plan/plan.ts';
import { ms, type Ms } from '../units.ts';
import { alertsAfter, type AlertSeen } from './alerts-seen.ts';
import type { ComparedMilestone, Reached } from './pace.ts';
import { noSeries, withMeasurement, type Series } from './series.ts';
import { timelineEntry, type TimelineEntry } from './timeline.ts';

/** `on call`: all quiet. `paged`: an alert has reached a pager. `restoring`: everything is being undone. `over`: it is. */
export type Phase = 'opening' | 'on call' | 'paged' | 'restoring' | 'over';

export type Hypothesis = {
  readonly cause: string;
  readonly status: HypothesisStatus;
  readonly because: string | null;
  readonly atMs: Ms;
};

export type Board = {
  readonly focus: string | null;
  /** The newest word on each cause, in the order in which they came up. */
  readonly hypotheses: readonly Hypothesis[];
  readonly severity: string | null;
  readonly lead: string | null;
  readonly escalatedTo: readonly string[];
};

export type StepSeen = {
  readonly step: string;
  readonly outcome: StepOutcome | 'running';
  readonly detail: string;
  readonly atMs: Ms;
};

export type Model = {
  readonly briefing: Briefing;
  /** Of the newest event; -1 before the first. */
  readonly seq: number;
  readonly atMs: Ms;
  readonly phase: Phase;
  /** Run clock at which the first alert that paged had fired; people count from here. */
  readonly detectedMs: Ms | null;
  readonly series: {
    readonly connections: Series;
    /** Share of the requests of a window, 0 to 1. */
    readonly failed: Series;
    readonly p95Ms: Series;
    readonly waiting: Series;
  };
  readonly connectionsLimit: number | null;
  readonly alerts: readonly AlertSeen[];
  readonly timeline: readonly TimelineEntry[];
  readonly board: Board;
  readonly reached: Reached;
  /** Storyline notes that have reached the team. */
  readonly notes: readonly { readonly atMs: Ms; readonly to: string; readonly text: string }[];
  /** In the order of the briefing; `text` null: not taken. */
  readonly hints: readonly { readonly level: HintLevel; readonly cost: number; readonly text: string | null }[];
  /** The runbook behind the newest alert that has one, and how the steps that were run ended. */
  readonly runbook: string | null;
  readonly steps: readonly StepSeen[];
  /** Why it came to an end before its time; null: it did not. */
  readonly stopped: string | null;
  /** null while it goes on. `residue`: what may still be active. */
  readonly ended: { readonly outcome: string; readonly residue: readonly string[] } | null;
};

export const startModel = (briefing: Briefing): Model => ({
  briefing,
  seq: -1,
  atMs: ms(0),
  phase: 'opening',
  detectedMs: null,
  series: { connections: noSeries, failed: noSeries, p95Ms: noSeries, waiting: noSeries },
  connectionsLimit: null,
  alerts: [],
  timeline: [],
  board: { focus: null, hypotheses: [], severity: null, lead: null, escalatedTo: [] },
  reached: {},
  notes: [],
  hints: briefing.hints.map(({ level, cost }) => ({ level, cost, text: null })),
  runbook: null,
  steps: [],
  stopped: null,
  ended: null,
});

/** An event that was seen before changes nothing: a resumed stream may repeat itself. */
export const reduce = (model: Model, event: JournalEvent): Model => {
  if (event.seq <= model.seq) return model;
  const entry = timelineEntry(event);
  const next: Model = {
    ...model,
    seq: event.seq,
    atMs: event.atMs,
    alerts: alertsAfter(model.alerts, event),
    timeline: entry === undefined ? model.timeline : [...model.timeline, entry],
  };
  return { ...next, ...changes(next, event) };
};

/** @returns The reading of the clock that people use, or null before anything was detected. */
export const sinceDetection = ({ detectedMs }: Model, atMs: Ms): Ms | null =>
  detectedMs === null ? null : ms(atMs - detectedMs);

/** What an event changes besides alerts and timeline, which every event passes through. */
const changes = (model: Model, event: JournalEvent): Partial<Model> => {
  const { series, board, atMs } = model;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- what a responder is not shown changes nothing here
  switch (event.type) {
    case 'environment.opened':
      return { phase: 'on call', connectionsLimit: event.connections.max };
    case 'phase.entered':
      return event.phase === 'undo' || event.phase === 'down' ? restoring(model, model.stopped) : {};
    case 'load.measured': {
      const failed = event.requests === 0 ? null : event.requestsFailed / event.requests;
      return {
        series: {
          ...series,
          failed: withMeasurement(series.failed, atMs, failed),
          p95Ms: withMeasurement(series.p95Ms, atMs, event.p95Ms),
        },
      };
    }
    case 'connections.measured':
      return {
        connectionsLimit: event.limit ?? model.connectionsLimit,
        series: {
          ...series,
          connections: withMeasurement(series.connections, atMs, event.used),
          waiting: withMeasurement(series.waiting, atMs, event.waiting),
        },
      };
    case 'alert.delivered':
      return model.briefing.pagers.includes(event.receiver) ? paged(model, event) : {};
    case 'runbook.found':
      return { runbook: event.file };
    case 'step.started':
      return { steps: withStep(model.steps, { step: event.step, outcome: 'running', detail: '', atMs }) };
    case 'step.finished':
      return { steps: withStep(model.steps, { step: event.step, outcome: event.outcome, detail: event.detail, atMs }) };
    case 'note.delivered':
      return { notes: [...model.notes, { atMs, to: event.to, text: event.text }] };
    case 'hint.taken':
      return {
        hints: model.hints.map((hint) => (hint.level === event.level ? { ...hint, text: event.text } : hint)),
      };
    case 'team.acknowledged':
      return withReached(model, 'acknowledged');
    case 'team.focused':
      return { board: { ...board, focus: event.component } };
    case 'team.hypothesised':
      return { board: { ...board, hypotheses: withHypothesis(board.hypotheses, event) } };
    case 'team.severityDeclared':
      return { board: { ...board, severity: event.severity } };
    case 'team.leadNamed':
      return { board: { ...board, lead: event.lead } };
    case 'team.escalated':
      return {
        ...withReached(model, 'escalated'),
        board: { ...board, escalatedTo: [...new Set([...board.escalatedTo, event.to])] },
      };
    case 'team.claimed':
      return withReached(model, event.claim);
    case 'run.stopped':
      return restoring(model, event.by === 'nobody' ? event.reason : `stopped: ${event.reason}`);
    case 'run.aborted':
      return restoring(model, `aborted: ${event.condition}`);
    case 'run.failed':
      return restoring(model, event.reason);
    case 'run.ended':
      return { phase: 'over', ended: { outcome: event.outcome, residue: event.residue } };
    default:
      return {};
  }
};

/** Whether an alert pages is known when it has; it was detected when that alert fired. */
const paged = (model: Model, { alert, atMs }: Extract<JournalEvent, { type: 'alert.delivered' }>): Partial<Model> => {
  const firedMs = model.detectedMs ?? firedAt(model.alerts, alert) ?? atMs;
  return {
    detectedMs: firedMs,
    reached: { detected: firedMs, notified: atMs, ...model.reached },
    ...(model.phase === 'on call' || model.phase === 'opening' ? { phase: 'paged' } : {}),
  };
};

const firedAt = (alerts: readonly AlertSeen[], alert: string): Ms | undefined =>
  alerts
    .flatMap((seen) => (seen.alert === alert && seen.firedMs !== null ? [seen.firedMs] : []))
    .toSorted((a, b) => a - b)[0];

const restoring = (model: Model, stopped: string | null): Partial<Model> => ({
  phase: model.phase === 'over' ? 'over' : 'restoring',
  stopped: model.stopped ?? stopped,
});

/** The first time counts. */
const withReached = (model: Model, milestone: ComparedMilestone): Partial<Model> =>
  model.reached[milestone] === undefined ? { reached: { ...model.reached, [milestone]: model.atMs } } : {};

/** A step that runs again is the newest. */
const withStep = (steps: readonly StepSeen[], step: StepSeen): readonly StepSeen[] => [
  ...steps.filter((seen) => seen.step !== step.step),
  step,
];

const withHypothesis = (
  hypotheses: readonly Hypothesis[],
  { cause, status, because, atMs }: Hypothesis,
): readonly Hypothesis[] => {
  const newest = { cause, status, because, atMs };
  return hypotheses.some((each) => each.cause === cause)
    ? hypotheses.map((each) => (each.cause === cause ? newest : each))
    : [...hypotheses, newest];
};
