/**
 * Does an alert end once the service is well again, and for the right reason? An alert whose series vanished is silent
 * too; that tells nobody that the service is well.
 */
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import type { Ms } from '../../units.ts';
import { carries, firingOf } from './alerts.ts';
import { realTime, showDelay, showTeam, teamTime } from '../durations.ts';
import type { Healed } from '../healed.ts';
import { beforeUndo, busyBetween, eventsOf, watchedUntilMs, type EventOf, type TrialRecord } from '../trials.ts';
import { fail, inconclusive, pass, type Verdict } from '../verdict.ts';

export type ResolutionReason = 'not-resolved' | 'late' | 'no-data' | 'not-observed' | 'machine-busy';

/** @param healed Since when the service was well; an alert of a service that never was cannot be asked to resolve. */
export const resolutionVerdict = (
  trial: TrialRecord,
  want: PlannedAlert,
  plan: Plan,
  healed: Healed,
): Verdict<ResolutionReason> | undefined => {
  const fired = firingOf(trial, want);
  const { resolvesWithinMs } = want;
  if (fired === undefined || resolvesWithinMs === null) return undefined;
  const watched = beforeUndo(trial).filter((event) => event.seq > fired.seq);
  const fromMs = Math.max(healed.sinceMs, fired.atMs);
  const own = (event: { readonly alert: string; readonly labels: Readonly<Record<string, string>> }): boolean =>
    event.alert === want.name && carries(event.labels, want.labels);
  const cleared = eventsOf(watched, 'alert.cleared').find(own);
  const resolved = eventsOf(watched, 'alert.resolved').find((event) => own(event) && event.receiver === want.receiver);
  if (resolved === undefined)
    return unresolvedVerdict(trial, { ...want, resolvesWithinMs }, plan, fromMs, [fired, cleared]);

  const delayMs = Math.max(0, resolved.atMs - fromMs);
  const delay = `in ${showDelay(delayMs, plan.speed, resolvesWithinMs)}, after healing`;
  if (teamTime(delayMs, plan.speed) > resolvesWithinMs) {
    const busy = busyBetween(watched, fromMs, resolved.atMs);
    return busy === undefined
      ? fail('late', `late: resolved ${delay}`, [fired, resolved])
      : inconclusive('machine-busy', `resolved ${delay}, but the machine was too busy`, [fired, busy, resolved]);
  }
  const values = valuesAfterHolding(watched, want, resolved);
  const back = values.find((probe) => probe.value !== null);
  const evidence = [fired, cleared, back, resolved];
  // Without a threshold in the rule a condition that does not hold looks the same as no data.
  if (want.rule.threshold === null || back !== undefined) return pass(delay, evidence);
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, evidence);
  return values.length > 0
    ? fail('no-data', 'resolved only for want of data: its value never came back', [...evidence, ...values.slice(0, 1)])
    : inconclusive('not-observed', 'its value was not measured after it had fired', evidence);
};

/** What was measured of the alert's value since its condition last held before the resolution. */
const valuesAfterHolding = (
  watched: readonly JournalEvent[],
  want: PlannedAlert,
  resolved: JournalEvent,
): readonly EventOf<'probe.measured'>[] => {
  const measured = eventsOf(watched, 'probe.measured').filter(
    (probe) => probe.kind === 'alert' && probe.name === want.name,
  );
  const held = measured.filter((probe) => probe.good && probe.seq < resolved.seq).at(-1)?.seq ?? 0;
  return measured.filter((probe) => probe.seq > held && !probe.good);
};

const unresolvedVerdict = (
  trial: TrialRecord,
  want: PlannedAlert & { readonly resolvesWithinMs: Ms },
  { speed }: Plan,
  fromMs: number,
  [fired, cleared]: readonly [JournalEvent, JournalEvent | undefined],
): Verdict<ResolutionReason> => {
  const watchedMs = watchedUntilMs(trial) - fromMs;
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [fired, cleared]);
  if (watchedMs < realTime(want.resolvesWithinMs, speed) - 1)
    return inconclusive(
      'not-observed',
      `watched for ${showDelay(Math.max(0, watchedMs), speed, want.resolvesWithinMs)} after healing only`,
      [fired, cleared],
    );
  const how = cleared === undefined ? 'still firing' : `cleared, but ${want.receiver} was never told`;
  return fail('not-resolved', `${how} ${showTeam(want.resolvesWithinMs)} after healing`, [fired, cleared]);
};
