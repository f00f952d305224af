/** What keeps alerts from being told: inhibition and silences by their labels, time intervals by their route. */
import type { Alert } from './alerts.ts';
import { inhibitedBy } from './inhibition.ts';
import type { Labels } from './labels.ts';
import type { InhibitRule } from './route-config.ts';
import type { Route } from './routes.ts';
import type { SilenceStore } from './silences.ts';
import { holding, type TimeIntervals } from './time-interval.ts';

/** By whom; empty where nothing does. */
export type Muting = { readonly inhibitedBy: readonly string[]; readonly silencedBy: readonly string[] };

/** Asks for one moment, so that every alert of a flush is judged by the same sources. */
export const mutingAt = (
  nowMs: number,
  rules: readonly InhibitRule[],
  firing: (nowMs: number) => readonly Alert[],
  silences: SilenceStore,
): ((labels: Labels) => Muting) => {
  const inhibiting = inhibitedBy(rules, () => firing(nowMs));
  return (labels) => ({ inhibitedBy: inhibiting(labels), silencedBy: silences.silencing(labels, nowMs) });
};

/** The time intervals for which a route is silent at that moment: those that hold, or those of which none does. */
export const routeMutedBy = (
  { muteTimes, activeTimes }: Route,
  intervals: TimeIntervals,
  nowMs: number,
): readonly string[] => {
  const muting = holding(muteTimes, intervals, nowMs);
  const isActive = activeTimes.length === 0 || holding(activeTimes, intervals, nowMs).length > 0;
  return isActive ? muting : [...muting, ...activeTimes];
};
