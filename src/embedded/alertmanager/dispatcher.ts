/** Sorts alerts into the groups of the routes that they match, and knows which groups there are. */
import type { Alert } from './alerts.ts';
import { startGroup, type Flush, type Group } from './group.ts';
import { groupKey, groupLabels, routesFor, type Route } from './routes.ts';
import type { Traits } from './version.ts';

export type Dispatcher = {
  readonly dispatch: (alert: Alert) => void;
  readonly groups: () => readonly Group[];
};

type DispatcherOptions = {
  readonly root: Route;
  readonly now: () => number;
  readonly flush: (flush: Flush, signal: AbortSignal) => Promise<boolean>;
  readonly traits: Traits;
  /** Ends every group. */
  readonly signal: AbortSignal;
};

/** How often 0.25 looks for groups that have become empty. */
const sweepMs = 30_000;

export const dispatcher = ({ root, now, flush, traits, signal }: DispatcherOptions): Dispatcher => {
  const groupsOf = new Map<Route, Map<string, Group>>();
  const all = (): readonly Group[] => [...groupsOf.values()].flatMap((groups) => [...groups.values()]);
  if (traits.keepsEmptyGroups) {
    const sweeping = setInterval(() => {
      for (const group of all()) group.sweep();
    }, sweepMs);
    signal.addEventListener('abort', () => clearInterval(sweeping), { once: true });
  }
  return {
    dispatch: (alert) => {
      for (const route of routesFor(root, alert.labels)) {
        const groups = groupsOf.get(route) ?? new Map<string, Group>();
        groupsOf.set(route, groups);
        const labels = groupLabels(route, alert.labels);
        const key = groupKey(route, labels);
        const existing = groups.get(key);
        if (existing !== undefined) existing.insert(alert);
        else
          groups.set(
            key,
            startGroup({ route, labels, first: alert, now, flush, onEnd: () => groups.delete(key), traits, signal }),
          );
      }
    },
    groups: all,
  };
};
