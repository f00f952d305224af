/**
 * How a drill goes, read off the journal event by event: detected, ill, healed, resolved. The truth of a claim is decided
 * here, when it is made, and told to nobody: a claim is recorded, never corrected.
 */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { Ms } from '../units.ts';
import { healing, type Healed } from '../verdicts/healed.ts';

export type DrillCourse = {
  readonly hear: (event: JournalEvent) => void;
  /** When the first alert that pages had fired, known once it has reached its receiver; from then on people count. */
  readonly detectedMs: () => Ms | undefined;
  readonly healed: () => Healed | undefined;
  /** Somebody said "resolved", and everything had been well for as long as it has to be. */
  readonly resolved: () => boolean;
  /** Every expected alert that reached a receiver was also reported as over; what else fires may take its time. */
  readonly quiet: () => boolean;
};

export const drillCourse = (plan: Plan, holdMs: Ms): DrillCourse => {
  const look = healing(plan);
  const open = new Set<string>();
  const pagers = new Set(plan.alerts.map(({ receiver }) => receiver));
  const expected = new Set(
    plan.alerts.filter(({ resolvesWithinMs }) => resolvesWithinMs !== null).map(({ name }) => name),
  );
  const firedMs = new Map<string, Ms>();
  let injecting = false;
  let detectedMs: Ms | undefined;
  let healed: Healed | undefined;
  let resolved = false;
  return {
    hear: (event) => {
      if (event.type === 'fault.intended') injecting = true;
      if (injecting) healed = look(event);
      if (event.type === 'alert.fired') firedMs.set(event.alert, event.atMs);
      if (injecting && event.type === 'alert.delivered' && pagers.has(event.receiver))
        detectedMs ??= firedMs.get(event.alert) ?? event.atMs;
      if (event.type === 'alert.delivered' && expected.has(event.alert)) open.add(noticeOf(event));
      if (event.type === 'alert.resolved') open.delete(noticeOf(event));
      if (event.type === 'team.claimed' && event.claim === 'resolved' && healed !== undefined)
        resolved ||= event.atMs - healed.sinceMs >= holdMs;
    },
    detectedMs: () => detectedMs,
    healed: () => healed,
    resolved: () => resolved,
    quiet: () => open.size === 0,
  };
};

const noticeOf = ({ receiver, alert, labels }: Extract<JournalEvent, { type: 'alert.delivered' | 'alert.resolved' }>) =>
  `${receiver} ${alert} ${JSON.stringify(labels)}`;
