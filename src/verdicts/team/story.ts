/** A drill as its judges see it: the facts, what of them is a milestone, and the postmortem beside it. */
import type { ReferenceEvent } from '../../documents/reference.ts';
import { claimsOf, type Claim } from './claims.ts';
import { showClock } from '../durations.ts';
import { referenceMilestones, runMilestones, type ReferenceMilestones, type RunMilestones } from './milestones.ts';
import type { DrillFacts } from './facts.ts';

export type Story = {
  readonly facts: DrillFacts;
  readonly claims: readonly Claim[];
  readonly run: RunMilestones;
  readonly timeline: readonly ReferenceEvent[];
  readonly reference: ReferenceMilestones;
  /** A moment on the run's clock as people tell it, counted from detection: `T+4:10`. */
  readonly clock: (atMs: number) => string;
};

export const storyOf = (facts: DrillFacts): Story => {
  const claims = claimsOf(facts);
  const run = runMilestones(facts, claims);
  const timeline = facts.started.plan.reference?.timeline ?? [];
  const originMs = run.detected?.atMs ?? facts.injected?.atMs ?? 0;
  return {
    facts,
    claims,
    run,
    timeline,
    reference: referenceMilestones(timeline),
    clock: (atMs) => `T+${showClock(atMs - originMs)}`,
  };
};
