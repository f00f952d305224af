/**
 * Rule groups over samples that were recorded: evaluated at the moments at which the server would have evaluated them, as
 * fast as the machine can. Nothing is scraped and nobody is told.
 */
import { labelsKey, type Labels } from '../../promql/labels.ts';
import type { EvaluateOptions } from '../../promql/evaluate.ts';
import { minutes, type Ms } from '../../units.ts';
import type { ActiveAlerts } from './alert-states.ts';
import type { RuleGroup } from './rule-files.ts';
import { RunningGroup } from './rule-group.ts';
import { groupSlots, nextSlot } from './schedule.ts';
import type { SeriesStore } from './store.ts';

/** One firing of one alert. Times are milliseconds since the Unix epoch, on the grid of its group. */
export type Firing = {
  readonly alert: string;
  readonly labels: Labels;
  /** The first evaluation with the condition. */
  readonly pendedMs: number;
  readonly firedMs: number;
  /** The first evaluation without it; absent where it fired to the end. */
  readonly resolvedMs?: number;
};

export type Replayed = {
  /** In the order in which they fired. */
  readonly firings: readonly Firing[];
  /** Rules that could not be evaluated at some moment, each with its last error. */
  readonly failures: ReadonlyMap<string, string>;
};

export type ReplayOptions = {
  /** The first scrape: groups are evaluated soon after each. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly evaluationIntervalMs: Ms;
  readonly lookbackMs: number;
  readonly externalLabels: Labels;
  readonly compat?: EvaluateOptions['compat'];
};

/** @param store Is written to: recording rules and ALERTS. */
export const replay = (groups: readonly RuleGroup[], store: SeriesStore, options: ReplayOptions): Replayed => {
  const { fromMs, toMs } = options;
  const parts = { ...options, store, externalUrl: '', resendDelayMs: minutes(1), send: () => {}, nowMs: () => 0 };
  const schedules = groups.map((group) => {
    const running = new RunningGroup(group, parts);
    const slots = groupSlots(fromMs, running.intervalMs);
    return { running, slots, nextMs: nextSlot(slots, fromMs - 1) };
  });
  const firings = new Map<string, Firing>();
  const failures = new Map<string, string>();
  for (;;) {
    const due = schedules.reduce((earliest, each) => (each.nextMs < earliest.nextMs ? each : earliest), schedules[0]!);
    if (due === undefined || due.nextMs > toMs) break;
    due.running.evaluate(due.nextMs);
    for (const { rule, alerts, health, lastError } of due.running.rules) {
      if (health === 'err') failures.set(rule.name, lastError);
      note(rule.name, alerts, firings);
    }
    due.nextMs = nextSlot(due.slots, due.nextMs);
  }
  return { firings: [...firings.values()].toSorted((left, right) => left.firedMs - right.firedMs), failures };
};

const note = (alert: string, alerts: ActiveAlerts, firings: Map<string, Firing>): void => {
  for (const { labels, activeAtMs, firedAtMs, resolvedAtMs } of alerts.values()) {
    if (firedAtMs === undefined) continue;
    const firing = { alert, labels, pendedMs: activeAtMs, firedMs: firedAtMs };
    const key = `${firedAtMs} ${labelsKey(labels)}`;
    firings.set(key, resolvedAtMs === undefined ? firing : { ...firing, resolvedMs: resolvedAtMs });
  }
};
