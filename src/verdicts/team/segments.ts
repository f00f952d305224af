/**
 * The way from the page to "resolved", cut at its milestones, beside the same stretches of the postmortem.
 *
 *     notified → engaged → right lead → diagnosed → mitigated → confirmed,   and beside it   engaged → escalated
 *
 * A milestone that is missing, or that comes after the one that follows it, is merged out: its two stretches become one and
 * their points add. That holds for the postmortem and for the run. What lies behind the last milestone that a run reached
 * is not merged but not reached.
 */
import type { HintLevel } from '../../plan/plan.ts';
import type { MilestoneName, ReferenceMilestones, RunMilestones } from './milestones.ts';
import type { Story } from './story.ts';
import { eventsOf } from '../trials.ts';

export type Segment = {
  readonly from: MilestoneName;
  readonly to: MilestoneName;
  readonly max: number;
  /** Of the postmortem, as written. */
  readonly gapMs: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** null: not reached. */
  readonly observedMs: number | null;
  /** The hints that were taken in it. */
  readonly hints: readonly { readonly level: HintLevel; readonly seq: number; readonly atMs: number }[];
  readonly evidence: readonly number[];
};

/** Points of the stretch that ends with a milestone. */
const points: Partial<Record<MilestoneName, number>> = {
  engaged: 6,
  'right-lead': 10,
  diagnosed: 10,
  mitigated: 12,
  confirmed: 8,
};
export const escalationPoints = 4;

type Node = { readonly name: MilestoneName; readonly refMs: number; readonly max: number };

/** Keeps, from the end, what comes no later than what follows it; the points of what goes are added to what follows. */
const inOrder = <N extends { readonly max: number }>(
  nodes: readonly N[],
  timeOf: (node: N) => number | null,
): readonly N[] => {
  const kept: N[] = [];
  let nextMs = Infinity;
  for (const [index, node] of nodes.toReversed().entries()) {
    const atMs = timeOf(node);
    const next = kept.at(-1);
    const isStart = index === nodes.length - 1;
    if (atMs !== null && (atMs <= nextMs || isStart)) {
      kept.push(node);
      nextMs = atMs;
    } else if (next !== undefined) kept[kept.length - 1] = { ...next, max: next.max + node.max };
  }
  return kept.toReversed();
};

/** The milestones of the postmortem that make the chain; fewer than two of them, or no end, cannot be scored against. */
export const referenceChain = (reference: ReferenceMilestones): readonly Node[] => {
  const start: MilestoneName = reference.notified === null ? 'detected' : 'notified';
  const names: readonly MilestoneName[] = [start, 'engaged', 'right-lead', 'diagnosed', 'mitigated', 'confirmed'];
  const nodes = names.flatMap((name): Node[] => {
    const refMs = reference[name];
    return refMs === null ? [] : [{ name, refMs, max: 0 }];
  });
  // A milestone that is missing in the middle leaves its points to the next one that is there.
  let carried = 0;
  const weighted = new Map<MilestoneName, number>();
  for (const name of names) {
    if (name === nodes[0]?.name) carried = 0;
    else carried += points[name] ?? 0;
    if (reference[name] === null) continue;
    weighted.set(name, carried);
    carried = 0;
  }
  return inOrder(
    nodes.map((node) => ({ ...node, max: weighted.get(node.name) ?? 0 })),
    ({ refMs }) => refMs,
  );
};

/** Why a postmortem cannot be scored against; null where it can. */
export const unusable = (reference: ReferenceMilestones): string | null => {
  if (reference.mitigated === null && reference.confirmed === null)
    return 'the postmortem says neither when it was mitigated nor when it was resolved';
  return referenceChain(reference).length < 2
    ? 'the postmortem names no moment before its end: not when it was detected, nor when anybody began to work on it'
    : null;
};

/** Only its two ends are known. */
export const isCoarse = (reference: ReferenceMilestones): boolean => referenceChain(reference).length === 2;

/** The stretches of a run along the postmortem's chain; `max` is 0 of none. */
export const segmentsOf = ({ run, reference, facts }: Story): readonly Segment[] => {
  const chain = referenceChain(reference);
  // Where nothing was delivered, the way begins at detection.
  const timeOf = ({ name }: Node): number | null =>
    (name === 'notified' ? (run.notified ?? run.detected) : run[name])?.atMs ?? null;
  const last = chain.findLastIndex((node) => timeOf(node) !== null);
  const nodes = [...inOrder(chain.slice(0, last + 1), timeOf), ...chain.slice(last + 1)];
  const hints = eventsOf(facts.response, 'hint.taken');
  return nodes.slice(1).map((to, index): Segment => {
    const from = nodes[index] ?? to;
    const fromMs = timeOf(from);
    const toMs = timeOf(to);
    const within = (atMs: number): boolean => fromMs !== null && atMs >= fromMs && atMs < (toMs ?? Infinity);
    return {
      from: from.name,
      to: to.name,
      max: to.max,
      gapMs: to.refMs - from.refMs,
      fromMs,
      toMs,
      observedMs: fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs),
      hints: hints.filter(({ atMs }) => within(atMs)).map(({ level, seq, atMs }) => ({ level, seq, atMs })),
      evidence: evidenceOf(run, [from.name, to.name]),
    };
  });
};

/**
 * Calling for help, from engaging to the call; undefined where it does not apply: neither needed nor done, or the
 * postmortem has no time for it.
 */
export const escalationSegment = ({ run, reference, facts }: Story): Segment | undefined => {
  const { engaged, escalated } = run;
  if (reference.engaged === null || reference.escalated === null) return undefined;
  if (escalated === null && facts.drill.escalation?.required !== true) return undefined;
  const fromMs = engaged?.atMs ?? null;
  const toMs = escalated?.atMs ?? null;
  return {
    from: 'engaged',
    to: 'escalated',
    max: escalationPoints,
    gapMs: reference.escalated - reference.engaged,
    fromMs,
    toMs,
    observedMs: fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs),
    hints: [],
    evidence: evidenceOf(run, ['engaged', 'escalated']),
  };
};

const evidenceOf = (run: RunMilestones, names: readonly MilestoneName[]): readonly number[] => [
  ...new Set(names.flatMap((name) => run[name]?.evidence ?? [])),
];
