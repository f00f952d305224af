/**
 * One line of the TEAM score. Its arithmetic is written down where it is done, so that whoever reads the score can redo it
 * with a calculator, and finds the events it rests on by their numbers.
 */

/** The points of the groups; they sum to 100. */
export const groupMax = { timing: 50, diagnosis: 15, safety: 15, communication: 12, autonomy: 8 } as const;
export type GroupName = keyof typeof groupMax;
export const groupNames = Object.keys(groupMax) as readonly GroupName[];

/** Performed, with some difficulty, with major difficulty, unable, not observed; the idea is that of HSEEP's four steps. */
export type Rating = 'P' | 'S' | 'M' | 'U' | '-';

export type TeamItem = {
  /** `right-lead`: its name on a command line. */
  readonly id: string;
  readonly group: GroupName;
  readonly name: string;
  readonly max: number;
  /** null: does not apply, or was not observed; then `visible` says why. */
  readonly points: number | null;
  readonly rating: Rating;
  /** The line as a person would write it: `10 × q(1.2500) = 10 × 0.3390`. */
  readonly sum: string;
  /** What was to be seen, in one sentence. */
  readonly visible: string;
  /** Every step of the arithmetic, in order. */
  readonly working: readonly string[];
  /** `seq` of the events that prove it. */
  readonly evidence: readonly number[];
};

/** @param share Quality from 0 to 1; null: not observed. */
export const ratingOf = (share: number | null, { reached = true, helped = false } = {}): Rating => {
  if (share === null) return '-';
  if (!reached) return 'U';
  if (share >= 0.75 && !helped) return 'P';
  return share >= 0.5 ? 'S' : 'M';
};

type Told = Pick<TeamItem, 'id' | 'group' | 'name' | 'max' | 'visible'> & {
  readonly working?: readonly string[];
  readonly evidence?: readonly number[];
};

export const notObserved = (told: Told): TeamItem => ({
  ...told,
  points: null,
  rating: '-',
  sum: 'n/a',
  working: told.working ?? [],
  evidence: told.evidence ?? [],
});

/** @param sum How the share came about; the points are `max` times the share. */
export const observed = (
  told: Told & { readonly share: number; readonly sum: string; readonly reached?: boolean },
): TeamItem => {
  const { share, sum, reached = true, ...rest } = told;
  const points = told.max * share;
  return {
    ...rest,
    points,
    rating: ratingOf(share, { reached }),
    sum,
    working: [...(told.working ?? []), `points = ${sum} = ${points.toFixed(4)}`],
    evidence: told.evidence ?? [],
  };
};

export const minutesOf = (durationMs: number): number => durationMs / 60_000;
/** `5.0000 min` */
export const showMinutes = (durationMs: number): string => `${minutesOf(durationMs).toFixed(4)} min`;
/** Where an event stands on the run's clock, and its number: `12:40.5 #812`. */
export const showEvent = ({ atMs, seq }: { readonly atMs: number; readonly seq: number }): string =>
  `${showRunClock(atMs)} #${seq}`;
export const showRunClock = (atMs: number): string => {
  const tenths = Math.round(atMs / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
};
export const showNumbers = (seqs: readonly number[]): string => seqs.map((seq) => `#${seq}`).join(' ');
