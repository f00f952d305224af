/** The raw milestones of a drill beside the postmortem's: what stands above every total. */
import type { ReferenceEvent } from '../../documents/reference.ts';
import type { Claim } from './claims.ts';
import { showTeam } from '../durations.ts';
import { milestoneNames, type MilestoneName, type Reached } from './milestones.ts';
import type { Story } from './story.ts';

export type MilestoneRow = {
  readonly name: MilestoneName;
  readonly run: Reached | null;
  /** When people first said so; null where nobody does, or did. */
  readonly claimedMs: number | null;
  /** As the postmortem has it, counted from its first event. */
  readonly referenceMs: number | null;
  /** Counted from its detection, and compressed by the time scale: what a run is to be held against. */
  readonly scaledMs: number | null;
};

/** When the postmortem's own team learned of it; a trigger may come long before. */
export const referenceOriginMs = (timeline: readonly ReferenceEvent[]): number =>
  (timeline.find(({ milestone }) => milestone === 'detected') ?? timeline[0])?.atMs ?? 0;

export const milestoneTable = ({
  run,
  reference,
  timeline,
  claims,
  facts: { drill },
}: Story): readonly MilestoneRow[] => {
  const said: Partial<Record<MilestoneName, Claim['kind']>> = {
    diagnosed: 'cause',
    mitigated: 'mitigated',
    confirmed: 'resolved',
  };
  const originMs = referenceOriginMs(timeline);
  return milestoneNames.map((name) => {
    const referenceMs = reference[name];
    return {
      name,
      run: run[name],
      claimedMs: claims.find(({ kind }) => kind === said[name])?.atMs ?? null,
      referenceMs,
      scaledMs: referenceMs === null ? null : (referenceMs - originMs) / drill.timeScale,
    };
  });
};

/** Run and postmortem in one sentence; null where nothing was restored. */
export const equivalenceOf = ({ run, reference, timeline, clock, facts: { drill } }: Story): string | null => {
  if (run.restored === null || run.detected === null) return null;
  const tookMs = run.restored.atMs - run.detected.atMs;
  const whole = reference.confirmed ?? reference.mitigated;
  if (whole === null) return `restored at ${clock(run.restored.atMs)}`;
  const minute = 60_000;
  const rounded = (durationMs: number): string => showTeam(Math.round(durationMs / minute) * minute);
  return (
    `restored at ${clock(run.restored.atMs)}; at 1:${drill.timeScale} about ${rounded(tookMs * drill.timeScale)} of the ` +
    `reference's ${rounded(whole - referenceOriginMs(timeline))} (machine parts are not compressed)`
  );
};
