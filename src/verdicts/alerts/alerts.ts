/**
 * Did an expected alert fire with its labels and reach its receiver in time? `within` bounds the page: nobody is helped by
 * an alert that fired in time and told them late. The way of an alert is pending → firing →
 * sent → delivered; the reason says at which step it ended. Whether it resolves is `resolution.ts`.
 */
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { realTime, showDelay, showReal, showTeam, teamTime } from '../durations.ts';
import { healingOf } from '../healed.ts';
import {
  beforeUndo,
  busyBetween,
  disturbance,
  eventsOf,
  firstOf,
  watchedUntilMs,
  type EventOf,
  type TrialRecord,
} from '../trials.ts';
import { fail, inconclusive, pass, type Verdict } from '../verdict.ts';

export type AlertReason =
  | 'not-injected'
  | 'already-active'
  | 'not-observed'
  | 'machine-busy' // inconclusive
  | 'never-fired'
  | 'no-data'
  | 'below-threshold'
  | 'shorter-than-for'
  | 'wrong-labels'
  | 'late'
  | 'not-delivered'
  | 'wrong-receiver';

/** The reasons with which an alert has told nobody in its bound. */
export const silentReasons: ReadonlySet<string> = new Set<AlertReason>([
  'never-fired',
  'no-data',
  'below-threshold',
  'shorter-than-for',
  'late',
  'not-delivered',
  'wrong-receiver',
]);

type Labels = Readonly<Record<string, string>>;

export const carries = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** The first firing with the wanted labels after the disturbance began and before our own undoing. */
export const firingOf = (trial: TrialRecord, want: PlannedAlert): EventOf<'alert.fired'> | undefined => {
  const since = disturbance(trial)?.seq ?? Infinity;
  return eventsOf(beforeUndo(trial), 'alert.fired').find(
    (event) => event.seq > since && event.alert === want.name && carries(event.labels, want.labels),
  );
};

/**
 * From when an alert is timed: from the fault in effect. Some faults take seconds to inject (a neighbour takes one slot
 * after another); an alert that reacted meanwhile is timed from the beginning of the injection.
 */
export const originOf = (trial: TrialRecord, want: PlannedAlert): JournalEvent | undefined => {
  const began = disturbance(trial);
  const injected = firstOf(trial.events, 'fault.injected');
  if (began === undefined || injected === undefined) return undefined;
  const reacted = trial.events.find(
    (event) =>
      (event.type === 'alert.pended' || event.type === 'alert.fired') &&
      event.alert === want.name &&
      event.seq > began.seq,
  );
  return reacted !== undefined && reacted.seq < injected.seq ? began : injected;
};

/** Real milliseconds from the fault to the firing. */
export const firingDelayMs = (trial: TrialRecord, want: PlannedAlert): number | undefined => {
  const origin = originOf(trial, want);
  const fired = firingOf(trial, want);
  return origin === undefined || fired === undefined ? undefined : fired.atMs - origin.atMs;
};

const activeBefore = (trial: TrialRecord, want: PlannedAlert): JournalEvent | undefined => {
  const since = disturbance(trial)?.seq ?? Infinity;
  let active: JournalEvent | undefined;
  for (const event of trial.events) {
    if (event.seq >= since) break;
    if ((event.type === 'alert.pended' || event.type === 'alert.fired') && event.alert === want.name) active = event;
    if (event.type === 'alert.cleared' && event.alert === want.name) active = undefined;
  }
  return active;
};

export const alertVerdict = (trial: TrialRecord, want: PlannedAlert, plan: Plan): Verdict<AlertReason> => {
  const injected = originOf(trial, want);
  if (injected === undefined)
    return inconclusive('not-injected', trial.cutShort ?? 'no fault was injected', [trial.events[0]]);
  const active = activeBefore(trial, want);
  if (active !== undefined)
    return inconclusive('already-active', 'was already pending or firing before the fault', [active]);
  const fired = firingOf(trial, want);
  return fired === undefined
    ? silenceVerdict(trial, want, plan, injected)
    : deliveryVerdict(trial, want, plan, injected, fired);
};

const deliveryVerdict = (
  trial: TrialRecord,
  want: PlannedAlert,
  { speed }: Plan,
  injected: JournalEvent,
  fired: EventOf<'alert.fired'>,
): Verdict<AlertReason> => {
  const delayMs = Math.max(0, fired.atMs - injected.atMs);
  const delay = showDelay(delayMs, speed, want.withinMs);
  if (teamTime(delayMs, speed) > want.withinMs) {
    const busy = busyBetween(trial.events, injected.atMs, fired.atMs);
    return busy === undefined
      ? fail('late', `late: fired after ${delay}`, [injected, fired])
      : inconclusive('machine-busy', `fired after ${delay}, but ${lagIn(busy)}`, [injected, busy, fired]);
  }
  const since = disturbance(trial)?.seq ?? Infinity;
  const isOwn = (event: EventOf<'alert.sent' | 'alert.delivered'>): boolean =>
    event.seq > since && event.alert === want.name && carries(event.labels, want.labels);
  const sent = eventsOf(beforeUndo(trial), 'alert.sent').find(isOwn);
  const delivered = eventsOf(beforeUndo(trial), 'alert.delivered').filter(isOwn);
  const reached = delivered.find((event) => event.receiver === want.receiver);
  if (reached !== undefined) return reachedVerdict(trial, want, speed, injected, [fired, sent, reached]);
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [injected, fired]);
  const [elsewhere] = delivered;
  if (elsewhere !== undefined)
    return fail('wrong-receiver', `reached ${elsewhere.receiver} instead of ${want.receiver}`, [fired, elsewhere]);
  const watchedMs = watchedUntilMs(trial) - injected.atMs;
  if (watchedMs < realTime(want.withinMs, speed) - 1)
    return inconclusive('not-observed', `fired, but watched for ${showDelay(watchedMs, speed, want.withinMs)} only`, [
      injected,
      fired,
      sent,
    ]);
  return fail(
    'not-delivered',
    sent === undefined ? 'fired, but was never sent to be routed' : `was sent, but no message reached ${want.receiver}`,
    [fired, sent],
  );
};

/** It fired in time and reached its receiver: in time, too? */
const reachedVerdict = (
  trial: TrialRecord,
  want: PlannedAlert,
  speed: number,
  injected: JournalEvent,
  [fired, sent, reached]: readonly [JournalEvent, JournalEvent | undefined, JournalEvent],
): Verdict<AlertReason> => {
  const firedMs = Math.max(0, fired.atMs - injected.atMs);
  const reachedMs = Math.max(0, reached.atMs - injected.atMs);
  const evidence = [injected, fired, sent, reached];
  if (teamTime(reachedMs, speed) <= want.withinMs)
    return pass(
      `${showDelay(firedMs, speed, want.withinMs)}; ${want.receiver} told after ${showReal(reachedMs)}`,
      evidence,
    );
  const words =
    `fired in time, after ${showDelay(firedMs, speed)}, ` +
    `but reached ${want.receiver} only after ${showDelay(reachedMs, speed, want.withinMs)}`;
  const busy = busyBetween(trial.events, injected.atMs, reached.atMs);
  return busy === undefined
    ? fail('late', `late: ${words}`, evidence)
    : inconclusive('machine-busy', `${words}; ${lagIn(busy)}`, [...evidence, busy]);
};

/** Nothing fired with the wanted labels: how close did it come? */
const silenceVerdict = (
  trial: TrialRecord,
  want: PlannedAlert,
  plan: Plan,
  injected: JournalEvent,
): Verdict<AlertReason> => {
  const { speed } = plan;
  const watched = beforeUndo(trial).filter((event) => event.seq > injected.seq);
  const boundMs = realTime(want.withinMs, speed);
  const watchedMs = watchedUntilMs(trial) - injected.atMs;
  const last = watched.at(-1);
  if (trial.cutShort !== null) return inconclusive('not-observed', trial.cutShort, [injected, last]);

  const otherwise = eventsOf(watched, 'alert.fired').find(({ alert }) => alert === want.name);
  if (otherwise !== undefined)
    return fail('wrong-labels', `fired without ${missingLabels(otherwise.labels, want.labels)}`, [injected, otherwise]);
  if (watchedMs < boundMs - 1)
    return inconclusive('not-observed', `watched for ${showDelay(watchedMs, speed, want.withinMs)} only`, [
      injected,
      last,
    ]);

  const pended = eventsOf(watched, 'alert.pended').find(({ alert }) => alert === want.name);
  const healed = healingOf(trial, plan);
  if (healed !== undefined && healed.sinceMs < injected.atMs + boundMs) {
    const cleared = eventsOf(watched, 'alert.cleared').find((event) => event.alert === want.name);
    // What was over before the healing was too short by itself; what was not might still have fired.
    if (cleared === undefined || cleared.atMs >= healed.sinceMs) {
      const lasted = showDelay(healed.sinceMs - injected.atMs, speed, want.withinMs);
      return inconclusive('not-observed', `the service was well again after ${lasted}`, [injected, pended, cleared]);
    }
  }
  if (pended !== undefined) return pendingVerdict(watched, want, speed, injected, pended);

  const measured = eventsOf(watched, 'probe.measured').filter(
    (probe) => probe.kind === 'alert' && probe.name === want.name,
  );
  const withData = measured.filter((probe) => probe.value !== null);
  const never = `never fired in ${showTeam(want.withinMs)}`;
  const { threshold } = want.rule;
  if (measured.length > 0 && withData.length === 0 && threshold !== null)
    return fail('no-data', `${never}: its expression had no data`, [injected, ...measured.slice(-1)]);
  if (withData.some((probe) => probe.good) || withData.length === 0 || threshold === null)
    return fail('never-fired', `${never}: it never became pending`, [injected, ...measured.slice(-1)]);
  const closest = withData.toSorted((a, b) => distance(a.value ?? 0, threshold) - distance(b.value ?? 0, threshold))[0];
  return fail(
    'below-threshold',
    `${never}: closest value ${showValue(closest?.value ?? 0)}, threshold ${threshold.op} ${showValue(threshold.value)}`,
    [injected, closest],
  );
};

const pendingVerdict = (
  watched: readonly JournalEvent[],
  want: PlannedAlert,
  speed: number,
  injected: JournalEvent,
  pended: EventOf<'alert.pended'>,
): Verdict<AlertReason> => {
  const asked = `\`for\` asks for ${showTeam(want.rule.forMs)}`;
  const cleared = eventsOf(watched, 'alert.cleared').find(
    (event) => event.alert === want.name && event.seq > pended.seq && !event.wasFiring,
  );
  if (cleared !== undefined)
    return fail('shorter-than-for', `pending for ${showDelay(cleared.atMs - pended.atMs, speed)}; ${asked}`, [
      injected,
      pended,
      cleared,
    ]);
  const untilMs = watched.at(-1)?.atMs ?? pended.atMs;
  const busy = busyBetween(watched, injected.atMs, untilMs);
  const still = `late: still pending after ${showTeam(want.withinMs)}; ${asked}`;
  return busy === undefined
    ? fail('late', still, [injected, pended])
    : inconclusive('machine-busy', `${still}, but ${lagIn(busy)}`, [injected, pended, busy]);
};

/** How far a value is from making the condition true; 0 where it does. */
const distance = (value: number, { op, value: limit }: { readonly op: string; readonly value: number }): number => {
  if (op.startsWith('>')) return Math.max(0, limit - value);
  if (op.startsWith('<')) return Math.max(0, value - limit);
  return Math.abs(value - limit);
};

/** At most three significant digits: `0.42`, `14`, `1.23e+6`. */
export const showValue = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));

/** Which of the wanted labels are not there, and what is there instead. */
export const missingLabels = (labels: Labels, wanted: Labels): string =>
  Object.entries(wanted)
    .filter(([name, value]) => labels[name] !== value)
    .map(([name, value]) => `${name}=${value} (${labels[name] === undefined ? 'absent' : `is ${labels[name]}`})`)
    .join(', ');

const lagIn = (busy: EventOf<'load.measured'>): string =>
  `the machine was too busy (load sent ${busy.lagP99Ms.toFixed(0)} ms late)`;
