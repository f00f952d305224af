/** What an experiment's `drill:` comes to, and everything a responder may choose from, so arranged that it tells nothing. */
import type { Experiment } from '../documents/experiment.ts';
import type { Reference } from '../documents/reference.ts';
import { minutes, ms, seconds, type Ms } from '../units.ts';
import type { DrillMode, HintLevel, PlannedDrill } from './plan.ts';

/** Points of the eight for autonomy, known before a hint is opened (the pricing idea is that of CTFd's hints). */
const prices = { nudge: 2, pointer: 3, solution: 8 } as const satisfies Record<HintLevel, number>;

/** Whom people usually call; the one who would help is among them. */
const usualRoles = ['dba', 'manager', 'network', 'platform', 'security'];

/** What may be broken in any web stack: a list of the truth and its distractors alone would be too short to choose from. */
const usualComponents = ['database', 'load-balancer', 'network', 'service', 'web-server'];

/** Of the machines' own time; a run at twice the speed has seen as much in half of it. */
const hold = seconds(60);
/** Below this a hold would be a single measurement. */
const holdAtLeast = seconds(2);

/** Where an experiment says nothing, it can still be drilled. */
const defaults = { timeScale: 5, limitMs: minutes(30), distractors: [], notes: [], hints: [], harmful: [] } as const;

export const plannedDrill = (
  experiment: Experiment,
  reference: Reference | null,
  {
    mode,
    speed,
    timeScale,
    limitMs,
  }: {
    readonly mode: DrillMode;
    readonly speed: number;
    readonly timeScale: number | null;
    readonly limitMs: Ms | null;
  },
): PlannedDrill => {
  const { truth } = experiment;
  const drill = experiment.drill ?? defaults;
  const escalation = experiment.drill?.escalation ?? null;
  const causes = sorted([...truth.causes, ...drill.distractors]);
  return {
    mode,
    timeScale: timeScale ?? drill.timeScale,
    limitMs: limitMs ?? drill.limitMs,
    holdMs: ms(Math.max(holdAtLeast, hold / speed)),
    escalation,
    components: sorted([
      ...usualComponents,
      ...truth.components,
      ...causes.map((cause) => cause.split('/')[0] ?? cause),
      ...(reference?.timeline.flatMap(({ component }) => component ?? []) ?? []),
    ]),
    causes,
    roles: sorted([...usualRoles, ...(escalation === null ? [] : [escalation.to])]),
    notes: drill.notes,
    hints: drill.hints.map((hint) => ({ ...hint, cost: mode === 'training' ? 0 : prices[hint.level] })),
    harmful: drill.harmful,
  };
};

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();
