/**
 * Which drills of an experiment may stand on one chart: those measured with the same yardstick. Everything else is counted
 * and named, never drawn.
 */
import type { DrillMode } from '../../plan/plan.ts';
import type { Ms } from '../../units.ts';

export type PlayedDrill = {
  readonly runId: string;
  readonly experiment: string;
  /** ISO 8601. */
  readonly when: string;
  readonly mode: DrillMode;
  readonly timeScale: number;
  readonly environment: string;
  /** Of the rules of scoring: `v1`. */
  readonly scoring: string;
  /** null in training, and where nothing could be scored. */
  readonly team: { readonly total: number; readonly low: number; readonly high: number } | null;
  readonly readiness: number | null;
  /** From detection to the first true "resolved"; null: not reached. */
  readonly confirmedMs: Ms | null;
};

export type ComparableDrills = {
  /** What they have in common: `evaluation, k 5, embedded, scoring v1`. */
  readonly yardstick: string;
  /** Oldest first; never empty. */
  readonly drills: readonly PlayedDrill[];
  /** Those measured otherwise, by what is different about them. */
  readonly others: readonly { readonly differs: string; readonly count: number }[];
};

/** @returns Measured as the newest one was; null where there is none. */
export const comparableDrills = (all: readonly PlayedDrill[], experiment: string): ComparableDrills | null => {
  const own = all
    .filter((drill) => drill.experiment === experiment)
    .toSorted((left, right) => (left.when < right.when ? -1 : 1));
  const newest = own.at(-1);
  if (newest === undefined) return null;
  const differences = own.map((drill) => differenceOf(drill, newest));
  const others = new Map<string, number>();
  for (const differs of differences) if (differs !== '') others.set(differs, (others.get(differs) ?? 0) + 1);
  return {
    yardstick: traits(newest).join(', '),
    drills: own.filter((_, index) => differences[index] === ''),
    others: [...others].map(([differs, count]) => ({ differs, count })),
  };
};

const traits = ({ mode, timeScale, environment, scoring }: PlayedDrill): readonly string[] => [
  mode,
  `k ${timeScale}`,
  environment,
  `scoring ${scoring}`,
];

const differenceOf = (drill: PlayedDrill, newest: PlayedDrill): string => {
  const wanted = traits(newest);
  return traits(drill)
    .filter((trait, index) => trait !== wanted[index])
    .join(', ');
};

/** Below this many, a middle says nothing that its dots do not say better. */
const enoughForMedian = 5;

/**
 * One sentence on a few numbers: the extremes of a few, the median of enough. No mean and no trend, since luck moves the
 * mean of four drills by a fifth in every fourth year (scoring, "Own check of small n").
 */
export const spreadWords = (values: readonly number[]): string => {
  const sorted = values.toSorted((left, right) => left - right).map((value) => Math.round(value));
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '';
  if (sorted.length === 1) return `one drill: ${least}`;
  const range = `${least} to ${most}`;
  if (sorted.length < enoughForMedian) return `${range}; with ${sorted.length} drills, a change of 20 % is within luck`;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return `median ${median}, ${range}`;
};
