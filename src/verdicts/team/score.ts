/**
 * TEAM, 0 to 100: how the team fought, against the postmortem. Pure arithmetic over items that carry their own.
 *
 *     timing 50 · diagnosis 15 · safety 15 · communication 12 · autonomy 8
 *
 * What was not observed is left out, and the rest of its group is scaled to the group's points; a group of which nothing was
 * observed is left out, and the rest is scaled to 100. Gates come last: a team that did not restore the service has at most
 * 49.9, one that did critical harm at most 59.9. The range is what the total would be if the postmortem, which rounds its
 * times, had every gap one granularity shorter or longer.
 */
import { bandOf } from '../readiness.ts';
import { groupMax, groupNames, type GroupName, type TeamItem } from './item.ts';

export type GroupScore = {
  readonly name: GroupName;
  /** null: nothing of it was observed. */
  readonly points: number | null;
  readonly max: number;
  /** How the points of its items were scaled; null where nothing was left out. */
  readonly scaled: string | null;
};

export type Gate = { readonly most: number; readonly why: string };

export type TeamScore = {
  /** Unrounded, like everything here. */
  readonly total: number;
  readonly low: number;
  readonly high: number;
  /** Two of them where the range crosses a border: `Practised/Fluent`. */
  readonly band: string;
  readonly groups: readonly GroupScore[];
  /** The strictest one that applies. */
  readonly gate: Gate | null;
  /** The sum before the gate. */
  readonly ungated: number;
  readonly notObserved: readonly string[];
};

const gates = { unrestored: 49.9, critical: 59.9 } as const;

export const gateOf = ({
  restored,
  critical,
}: {
  readonly restored: boolean;
  readonly critical: boolean;
}): Gate | null => {
  if (!restored) return { most: gates.unrestored, why: 'the service was not restored in time' };
  return critical ? { most: gates.critical, why: 'critical harm was done' } : null;
};

const groupScore = (name: GroupName, items: readonly TeamItem[]): GroupScore => {
  const max = groupMax[name];
  const own = items.filter(({ group, points }) => group === name && points !== null);
  const of = own.reduce((sum, item) => sum + item.max, 0);
  if (of === 0) return { name, points: null, max, scaled: null };
  const points = own.reduce((sum, item) => sum + (item.points ?? 0), 0);
  return of === max
    ? { name, points, max, scaled: null }
    : { name, points: (points * max) / of, max, scaled: `${points.toFixed(4)} of ${of}, × ${max}/${of}` };
};

const totalOf = (groups: readonly GroupScore[]): number => {
  const seen = groups.filter(({ points }) => points !== null);
  const max = seen.reduce((sum, group) => sum + group.max, 0);
  const points = seen.reduce((sum, group) => sum + (group.points ?? 0), 0);
  // Floating point may exceed the sum of its parts by a hair.
  return max === 0 ? 0 : Math.min(100, (points * 100) / max);
};

/**
 * @param shorter The items where every gap of the postmortem is one granularity shorter: less time, fewer points.
 * @param longer The same, longer.
 */
export const teamScore = (
  items: readonly TeamItem[],
  { shorter, longer }: { readonly shorter: readonly TeamItem[]; readonly longer: readonly TeamItem[] },
  gate: Gate | null,
): TeamScore => {
  const groups = groupNames.map((name) => groupScore(name, items));
  const gated = (total: number): number => Math.min(total, gate?.most ?? 100);
  const sumOf = (some: readonly TeamItem[]): number => totalOf(groupNames.map((name) => groupScore(name, some)));
  const ungated = totalOf(groups);
  const [low, high] = [gated(sumOf(shorter)), gated(sumOf(longer))];
  const bands = [...new Set([bandOf(low), bandOf(high)])];
  return {
    total: gated(ungated),
    low,
    high,
    band: bands.join('/'),
    groups,
    gate,
    ungated,
    notObserved: [
      ...groups.filter(({ points }) => points === null).map(({ name }) => name),
      ...items.filter(({ points }) => points === null).map(({ name }) => name),
    ],
  };
};
