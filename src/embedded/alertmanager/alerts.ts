/** The alerts that were posted, one per label set, newest knowledge wins. All times are wall-clock milliseconds. */
import type { Ms } from '../../units.ts';
import { compareLabels, compareText, fingerprint, labelValue, pickLabels, type Labels } from './labels.ts';

export type Alert = {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  readonly endsAt: number;
  /** `endsAt` was not given: it is only how long this alert is believed without being heard of again. */
  readonly isTimeout: boolean;
  readonly updatedAt: number;
  readonly generatorURL: string;
};

/** As it stands in a request; times undefined where absent. */
export type PostedAlert = {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  readonly generatorURL: string;
};

export const isResolved = ({ endsAt }: Alert, nowMs: number): boolean => endsAt <= nowMs;

/**
 * A posted alert with what it left out.
 *
 * @throws {Error} when it has no labels or ends before it starts.
 */
export const receivedAlert = (posted: PostedAlert, nowMs: number, resolveTimeoutMs: Ms): Alert => {
  const labels = pickLabels(posted.labels, (name) => labelValue(posted.labels, name) !== '');
  const startsAt = posted.startsAt ?? posted.endsAt ?? nowMs;
  const endsAt = posted.endsAt ?? nowMs + resolveTimeoutMs;
  if (Object.keys(labels).length === 0) throw new Error('at least one label pair required');
  if (endsAt < startsAt) throw new Error('start time must be before end time');
  return {
    fingerprint: fingerprint(labels),
    labels,
    annotations: pickLabels(posted.annotations, () => true),
    startsAt,
    endsAt,
    isTimeout: posted.endsAt === undefined,
    updatedAt: nowMs,
    generatorURL: posted.generatorURL,
  };
};

/**
 * What two reports of the same alert say together, where their times overlap: it began with the first, and of the ends
 * the newer report's counts, unless the older one was told a later end explicitly.
 */
export const mergedAlert = (old: Alert, next: Alert, nowMs: number): Alert => {
  const overlaps =
    (next.endsAt > old.startsAt && next.endsAt < old.endsAt) ||
    (next.startsAt > old.startsAt && next.startsAt < old.endsAt);
  if (!overlaps) return next;
  const oldRules = isResolved(next, nowMs) ? isResolved(old, nowMs) : !old.isTimeout;
  return {
    ...next,
    startsAt: Math.min(old.startsAt, next.startsAt),
    endsAt: oldRules ? Math.max(old.endsAt, next.endsAt) : next.endsAt,
  };
};

/** By job, then instance, then the whole label set; an alert without job or instance comes after those with one. */
export const compareAlerts = (a: Alert, b: Alert): number => {
  for (const name of ['job', 'instance']) {
    const byPresence = Number(Object.hasOwn(b.labels, name)) - Number(Object.hasOwn(a.labels, name));
    const order = byPresence || compareText(labelValue(a.labels, name), labelValue(b.labels, name));
    if (order !== 0) return order;
  }
  return compareLabels(a.labels, b.labels);
};

/** Resolved alerts are forgotten after this long; until then a late report can still be merged into them. */
const keepResolvedMs = 30 * 60_000;
/** How often those are looked for. */
const sweepMs = 60_000;

export type AlertStore = {
  /** Takes a report in and gives back what is now known of the alert. */
  readonly put: (alert: Alert, nowMs: number) => Alert;
  /** Those that fire at `nowMs`, ordered by fingerprint. */
  readonly firing: (nowMs: number) => readonly Alert[];
  /** Those that have ended, too, for as long as they are known. */
  readonly all: () => readonly Alert[];
};

export const alertStore = (): AlertStore => {
  const alerts = new Map<string, Alert>();
  let sweptMs = 0;
  const sweep = (nowMs: number): void => {
    if (nowMs < sweptMs + sweepMs) return;
    sweptMs = nowMs;
    for (const [key, { endsAt }] of alerts) if (endsAt < nowMs - keepResolvedMs) alerts.delete(key);
  };
  return {
    put: (alert, nowMs) => {
      sweep(nowMs);
      const old = alerts.get(alert.fingerprint);
      const merged = old === undefined ? alert : mergedAlert(old, alert, nowMs);
      alerts.set(alert.fingerprint, merged);
      return merged;
    },
    firing: (nowMs) =>
      [...alerts.values()]
        .filter((alert) => !isResolved(alert, nowMs))
        .toSorted((a, b) => compareText(a.fingerprint, b.fingerprint)),
    all: () => [...alerts.values()],
  };
};
