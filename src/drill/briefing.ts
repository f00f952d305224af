/** What responders are told before anything happens, and all they are told of the plan: no fault, no truth, no hint's text. */
import type { Milestone } from '../documents/reference.ts';
import type { DrillMode, HintLevel, Plan } from '../plan/plan.ts';
import { ms, type Ms } from '../units.ts';

/**
 * One moment of the original incident, as it is shown beside the team's. `atMs` is compressed by the time scale and counted
 * from the postmortem's first event, which is when it was detected; `asWrittenMs` is not compressed.
 */
export type GhostMoment = {
  readonly atMs: Ms;
  readonly asWrittenMs: Ms;
  readonly milestone: Milestone;
  /** Only in training: in an evaluation the words would give the answer away. */
  readonly about: string | null;
};

export type Briefing = {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly experiment: { readonly name: string; readonly title: string };
  readonly mode: DrillMode;
  readonly timeScale: number;
  readonly speed: number;
  readonly limitMs: Ms;
  readonly holdMs: Ms;
  readonly components: readonly string[];
  readonly causes: readonly string[];
  readonly roles: readonly string[];
  readonly runbooks: readonly string[];
  /** The receivers that page this team. What only goes into a ticket queue wakes nobody, and starts no clock. */
  readonly pagers: readonly string[];
  readonly hints: readonly { readonly level: HintLevel; readonly cost: number }[];
  readonly ghost: readonly GhostMoment[];
};

/** @param runbooks Every runbook of the project, by file. */
export const briefingOf = (
  { runId, startedAt, plan }: { readonly runId: string; readonly startedAt: string; readonly plan: Plan },
  runbooks: readonly string[],
): Briefing => {
  if (plan.drill === null) throw new Error(`${runId} is no drill`);
  const { mode, timeScale, limitMs, holdMs, components, causes, roles, hints } = plan.drill;
  return {
    runId,
    startedAt,
    experiment: { name: plan.experiment.name, title: plan.experiment.title },
    mode,
    timeScale,
    speed: plan.speed,
    limitMs,
    holdMs,
    components,
    causes,
    roles,
    runbooks,
    pagers: [...new Set(plan.alerts.map(({ receiver }) => receiver))].toSorted(),
    hints: hints.map(({ level, cost }) => ({ level, cost })),
    ghost: (plan.reference?.timeline ?? []).map(({ atMs, milestone, component, to }) => ({
      atMs: ms(atMs / timeScale),
      asWrittenMs: atMs,
      milestone,
      about: mode === 'training' ? (component ?? to ?? null) : null,
    })),
  };
};
