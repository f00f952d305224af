/**
 * The life of a rule's alerts from one evaluation to the next, as a pure step. Pending until the condition has held for
 * `forMs`, counted on the evaluations' own grid; one evaluation without it ends a pending alert. A firing one that ends
 * is kept for a while as inactive, so that its end can be sent again.
 */
import { labelsKey, type Labels } from '../../promql/labels.ts';
import { minutes, type Ms } from '../../units.ts';

export type Annotations = Readonly<Record<string, string>>;

export type ActiveAlert = {
  readonly state: 'pending' | 'firing' | 'inactive';
  readonly labels: Labels;
  readonly annotations: Annotations;
  readonly value: number;
  /** When the condition began to hold. All times in milliseconds since the Unix epoch. */
  readonly activeAtMs: number;
  readonly firedAtMs?: number;
  /** The first evaluation without the condition, for as long as `keep_firing_for` holds the alert up. */
  readonly keepFiringSinceMs?: number;
  readonly resolvedAtMs?: number;
  readonly lastSentAtMs?: number;
};

export type Found = Pick<ActiveAlert, 'labels' | 'annotations' | 'value'>;
export type ActiveAlerts = ReadonlyMap<string, ActiveAlert>;

const resolvedRetentionMs = minutes(15);

/** What becomes of `before` when the evaluation at `atMs` finds `found`; no two of those have the same labels. */
export const nextAlerts = (
  before: ActiveAlerts,
  found: readonly Found[],
  { forMs, keepFiringForMs }: { readonly forMs: Ms; readonly keepFiringForMs: Ms },
  atMs: number,
): ActiveAlerts => {
  const after = new Map<string, ActiveAlert>();
  const fired = (alert: ActiveAlert): ActiveAlert =>
    alert.state === 'pending' && atMs - alert.activeAtMs >= forMs
      ? { ...alert, state: 'firing', firedAtMs: atMs }
      : alert;
  for (const one of found) {
    const key = labelsKey(one.labels);
    const known = before.get(key);
    if (known === undefined || known.state === 'inactive')
      after.set(key, fired({ ...one, state: 'pending', activeAtMs: atMs }));
    else {
      const { keepFiringSinceMs: _, ...going } = known;
      after.set(key, fired({ ...going, ...one }));
    }
  }
  for (const [key, alert] of before) {
    if (after.has(key)) continue;
    const missing = withoutCondition(alert, keepFiringForMs, atMs);
    if (missing !== undefined) after.set(key, missing);
  }
  return after;
};

const withoutCondition = (alert: ActiveAlert, keepFiringForMs: Ms, atMs: number): ActiveAlert | undefined => {
  switch (alert.state) {
    case 'pending':
      return undefined;
    case 'inactive':
      return atMs - (alert.resolvedAtMs ?? 0) > resolvedRetentionMs ? undefined : alert;
    case 'firing': {
      const keepFiringSinceMs = alert.keepFiringSinceMs ?? atMs;
      return atMs - keepFiringSinceMs < keepFiringForMs
        ? { ...alert, keepFiringSinceMs }
        : { ...alert, state: 'inactive', resolvedAtMs: atMs };
    }
    default:
      return alert.state satisfies never;
  }
};

/** Whether the Alertmanager has to hear of it now: at a transition, and again after `resendDelayMs`. */
export const isDue = (alert: ActiveAlert, atMs: number, resendDelayMs: Ms): boolean => {
  if (alert.state === 'pending') return false;
  const sentAtMs = alert.lastSentAtMs ?? -Infinity;
  return (alert.resolvedAtMs ?? -Infinity) > sentAtMs || sentAtMs + resendDelayMs < atMs;
};

export const isActive = ({ state }: ActiveAlert): boolean => state !== 'inactive';
