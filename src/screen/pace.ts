/**
 * How far the team is against the original one. Only what can be judged without knowing the truth is compared: whether a
 * lead was right comes out in the debrief. Everything counts from detection.
 */
import type { Milestone } from '../documents/reference.ts';
import type { Briefing, GhostMoment } from '../drill/briefing.ts';
import { ms, type Ms } from '../units.ts';

/** In the order in which a team reaches them. */
export const comparedMilestones = [
  'detected',
  'notified',
  'acknowledged',
  'escalated',
  'mitigated',
  'resolved',
] as const satisfies readonly Milestone[];
export type ComparedMilestone = (typeof comparedMilestones)[number];

/** Run clock, first time each. */
export type Reached = Partial<Readonly<Record<ComparedMilestone, Ms>>>;

export type Pace = {
  readonly milestone: ComparedMilestone;
  /** Run time; negative: behind. */
  readonly aheadMs: Ms;
  /** The team has not got there yet, so it falls further behind. */
  readonly overdue: boolean;
};

/** @returns null before anything can be compared. */
export const paceOf = (ghost: Briefing['ghost'], reached: Reached, nowMs: Ms): Pace | null => {
  const { detected } = reached;
  if (detected === undefined) return null;
  let pace: Pace | null = null;
  for (const milestone of comparedMilestones) {
    const theirs = ghostTime(ghost, milestone);
    if (theirs === undefined) continue;
    const ours = reached[milestone];
    const aheadMs = ms(theirs - ((ours ?? nowMs) - detected));
    // Passing a later one makes an earlier one that was left out no longer due.
    if (ours !== undefined) pace = { milestone, aheadMs, overdue: false };
    else if (aheadMs < 0 && pace?.overdue !== true) pace = { milestone, aheadMs, overdue: true };
  }
  return pace;
};

/** What the original team had reached by now, and what came next. */
export const ghostAt = (
  ghost: Briefing['ghost'],
  sinceDetectionMs: Ms,
): { readonly passed: readonly GhostMoment[]; readonly next: GhostMoment | null } => ({
  passed: ghost.filter(({ atMs }) => atMs <= sinceDetectionMs),
  next: ghost.find(({ atMs }) => atMs > sinceDetectionMs) ?? null,
});

/** The first time, as everywhere, but the last relief: some are followed by a relapse. */
const ghostTime = (ghost: Briefing['ghost'], milestone: ComparedMilestone): Ms | undefined => {
  const times = ghost.filter((moment) => moment.milestone === milestone);
  return (milestone === 'mitigated' ? times.at(-1) : times[0])?.atMs;
};
