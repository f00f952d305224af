/**
 * An aggregation group: the alerts of one route that share their group labels, and the clock on which they are flushed
 * together: first after `group_wait`, then every `group_interval`. The group ends with the flush that told of the last
 * resolved alert, as it does in current versions (0.25 kept an empty group ticking for up to 30 s), so an alert that
 * fires again after that waits for `group_wait` anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareAlerts, isResolved, type Alert } from './alerts.ts';
import type { Labels } from './labels.ts';
import { groupKey, type Route } from './routes.ts';

export type Group = {
  readonly key: string;
  readonly route: Route;
  readonly labels: Labels;
  /** What the group holds at the moment, in the order of notifications. */
  readonly alerts: () => readonly Alert[];
  /** Adds an alert or replaces what is known of it. */
  readonly insert: (alert: Alert) => void;
};

/** A group's alerts at one tick of its clock: a flush sees one moment, however long its notifications take. */
export type Flush = { readonly group: Group; readonly alerts: readonly Alert[]; readonly nowMs: number };

type StartGroup = {
  readonly route: Route;
  readonly labels: Labels;
  readonly first: Alert;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Notifies; false when anything could not be delivered, so that it is tried again at the next tick. Never rejects. */
  readonly flush: (flush: Flush, signal: AbortSignal) => Promise<boolean>;
  readonly onEnd: () => void;
  readonly signal: AbortSignal;
};

export const startGroup = ({ route, labels, first, now, flush, onEnd, signal }: StartGroup): Group => {
  const alerts = new Map([[first.fingerprint, first]]);
  const group: Group = {
    key: groupKey(route, labels),
    route,
    labels,
    alerts: () => [...alerts.values()].toSorted(compareAlerts),
    insert: (alert) => void alerts.set(alert.fingerprint, alert),
  };

  const run = async (): Promise<void> => {
    // An alert that has waited long enough elsewhere (in Prometheus, or before a restart) is not made to wait again.
    const isOverdue = first.startsAt + route.groupWaitMs < now();
    let goesOn = await pause(isOverdue ? 0 : route.groupWaitMs, signal);
    while (goesOn) {
      const nextTick = pause(route.groupIntervalMs, signal);
      const nowMs = now();
      const batch = group.alerts();
      if (await flush({ group, alerts: batch, nowMs }, signal)) {
        // One that has been reported again during the flush is a new object and stays.
        for (const alert of batch)
          if (isResolved(alert, nowMs) && alerts.get(alert.fingerprint) === alert) alerts.delete(alert.fingerprint);
        if (alerts.size === 0) break;
      }
      goesOn = await nextTick;
    }
    onEnd();
  };
  void run();
  return group;
};

const longestTimerMs = 2 ** 31 - 1;

/** True after `durationMs`, false as soon as `signal` is aborted. */
const pause = (durationMs: number, signal: AbortSignal): Promise<boolean> =>
  sleep(Math.min(durationMs, longestTimerMs), true, { signal }).catch(() => false);
