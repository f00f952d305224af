/**
 * An aggregation group: the alerts of one route that share their group labels, and the clock on which they are flushed
 * together: first after `group_wait`, then every `group_interval`. The group ends with the flush that told of the last
 * resolved alert, so an alert that fires again after that waits for `group_wait` anew; in 0.25 an empty group goes on
 * ticking until somebody sweeps it up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareAlerts, isResolved, type Alert } from './alerts.ts';
import type { Labels } from './labels.ts';
import { groupKey, type Route } from './routes.ts';
import type { Traits } from './version.ts';

export type Group = {
  readonly key: string;
  readonly route: Route;
  readonly labels: Labels;
  /** What the group holds at the moment, in the order of notifications. */
  readonly alerts: () => readonly Alert[];
  /** Adds an alert or replaces what is known of it. */
  readonly insert: (alert: Alert) => void;
  /** Ends it if it is empty. */
  readonly sweep: () => void;
};

/** A group's alerts at one tick of its clock: a flush sees one moment, however long its notifications take. */
export type Flush = {
  readonly group: Group;
  readonly alerts: readonly Alert[];
  readonly nowMs: number;
  /** When the tick was due: what is counted in ticks must not depend on how late one comes. */
  readonly dueMs: number;
};

type StartGroup = {
  readonly route: Route;
  readonly labels: Labels;
  readonly first: Alert;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Notifies; false when anything could not be delivered, so that it is tried again at the next tick. Never rejects. */
  readonly flush: (flush: Flush, signal: AbortSignal) => Promise<boolean>;
  readonly onEnd: () => void;
  readonly traits: Traits;
  readonly signal: AbortSignal;
};

export const startGroup = ({ route, labels, first, now, flush, onEnd, traits, signal }: StartGroup): Group => {
  const alerts = new Map([[first.fingerprint, first]]);
  /** Of a thousand alerts that stay, sorting would be most of the work of a tick. */
  let inOrder: readonly Alert[] | undefined;
  const end = new AbortController();
  const over = AbortSignal.any([signal, end.signal]);
  const hurry = new AbortController();
  // An alert that has waited long enough elsewhere (in Prometheus, or before a restart) is not made to wait again.
  const isOverdue = ({ startsAt }: Alert): boolean => startsAt + route.groupWaitMs < now();
  const group: Group = {
    key: groupKey(route, labels),
    route,
    labels,
    alerts: () => (inOrder ??= [...alerts.values()].toSorted(compareAlerts)),
    insert: (alert) => {
      alerts.set(alert.fingerprint, alert);
      inOrder = undefined;
      if (traits.lateArrivalHurries && isOverdue(alert)) hurry.abort();
    },
    sweep: () => {
      if (alerts.size === 0) end.abort();
    },
  };

  /** A tick that comes late does not make the next one late, unless it was the notifications that took so long. */
  const nextTick = async (lastDue: number): Promise<number> => {
    const due = lastDue + route.groupIntervalMs;
    const lateMs = performance.now() - due;
    if (lateMs < 0) await pause(-lateMs, over);
    return lateMs < 0 ? due : performance.now();
  };

  const run = async (): Promise<void> => {
    // At once, but with whatever comes in the same request.
    await pause(isOverdue(first) ? 0 : route.groupWaitMs, AbortSignal.any([over, hurry.signal]));
    for (let due = performance.now(); !over.aborted; due = await nextTick(due)) {
      const nowMs = now();
      const batch = group.alerts();
      if (await flush({ group, alerts: batch, nowMs, dueMs: nowMs - (performance.now() - due) }, signal)) {
        // One that has been reported again during the flush is a new object and stays.
        for (const alert of batch)
          if (isResolved(alert, nowMs) && alerts.get(alert.fingerprint) === alert) {
            alerts.delete(alert.fingerprint);
            inOrder = undefined;
          }
        if (alerts.size === 0 && !traits.keepsEmptyGroups) break;
      }
    }
    end.abort();
    onEnd();
  };
  void run();
  return group;
};

const longestTimerMs = 2 ** 31 - 1;

/** True after `durationMs`, false as soon as `signal` is aborted. */
const pause = (durationMs: number, signal: AbortSignal): Promise<boolean> =>
  sleep(Math.min(durationMs, longestTimerMs), true, { signal }).catch(() => false);
