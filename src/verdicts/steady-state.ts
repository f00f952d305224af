/**
 * The gate. On a system that was not well before anything was broken, nothing that follows proves anything: then the run
 * is inconclusive, not failed. Used by the conductor before it injects and again by the judgement afterwards.
 */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { buyersIn, eventsOf, startsUndo, type EventOf } from './trials.ts';
import { inconclusive, pass, type Verdict } from './verdict.ts';

export type SteadyStateReason =
  'not-observed' | 'no-data' | 'probe-bad' | 'buyers-failed' | 'alert-firing' | 'machine-busy';

/** Half of the windows may be later than this; a single late one is a hiccup of the machine. */
const lagMedianMaxMs = 25;

const endsGate = (event: JournalEvent): boolean =>
  event.type === 'fault.intended' ||
  event.type === 'fault.injected' ||
  event.type === 'runbook.started' ||
  startsUndo(event);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/**
 * Was no expected alert firing, were all steady-state probes good, all buyers served and the load generator on time over the last
 * `plan.observation.baselineMs` before the first disturbance (or until now, where none has come yet)?
 *
 * @param events One trial, from its start.
 */
export const steadyStateVerdict = (
  events: readonly JournalEvent[],
  plan: Pick<Plan, 'observation' | 'steadyState' | 'alerts'>,
): Verdict<SteadyStateReason> => {
  const { baselineMs, windowMs } = plan.observation;
  const end = events.findIndex(endsGate);
  const before = end === -1 ? events : events.slice(0, end);
  const toMs = (end === -1 ? events.at(-1) : events[end])?.atMs ?? 0;
  const windows = eventsOf(before, 'load.measured').filter(
    (window) => window.atMs - window.windowMs >= toMs - baselineMs - windowMs,
  );
  // The window that the disturbance cuts off never ends before it, and the first may have begun a moment too early.
  if (windows.length < Math.max(1, Math.floor(baselineMs / windowMs) - 1))
    return inconclusive('not-observed', `only ${windows.length} load windows were measured before`, windows);

  const measured = eventsOf(before, 'probe.measured').filter(
    (probe) => probe.kind === 'steady-state' && probe.atMs >= toMs - baselineMs - windowMs,
  );
  for (const { name } of plan.steadyState) {
    const own = measured.filter((probe) => probe.name === name);
    const bad = own.find((probe) => !probe.good);
    if (own.length === 0) return inconclusive('no-data', `"${name}" was not measured before`, windows);
    if (bad?.value === null) return inconclusive('no-data', `"${name}" had no data before${errorIn(bad)}`, [bad]);
    if (bad !== undefined) return inconclusive('probe-bad', `"${name}" was already bad before (${bad.value})`, [bad]);
  }
  const { buyers, failed } = buyersIn(windows);
  if (failed > 0) return inconclusive('buyers-failed', `${failed} of ${buyers} buyers already failed before`, windows);
  if (buyers === 0) return inconclusive('no-data', 'no buyer came before', windows);
  const firing = firingAmong(before, plan);
  // That it fires later would prove nothing.
  if (firing !== undefined) return inconclusive('alert-firing', `${firing.alert} was already firing before`, [firing]);
  const lagMs = median(windows.map((window) => window.lagP99Ms));
  if (lagMs > lagMedianMaxMs)
    return inconclusive(
      'machine-busy',
      `the load generator was ${lagMs.toFixed(0)} ms late: machine too busy`,
      windows,
    );
  const probes = plan.steadyState.length;
  return pass(`${probes} ${probes === 1 ? 'probe' : 'probes'} good, 0 of ${buyers} buyers failed`, [
    ...windows.slice(0, 1),
    ...windows.slice(-1),
    ...measured.slice(-probes),
  ]);
};

/** An expected alert that fires at the end of `events`, although nothing was broken yet. */
const firingAmong = (
  events: readonly JournalEvent[],
  { alerts }: Pick<Plan, 'alerts'>,
): EventOf<'alert.fired'> | undefined => {
  let firing: EventOf<'alert.fired'> | undefined;
  for (const event of events) {
    if (event.type === 'alert.fired' && alerts.some(({ name }) => name === event.alert)) firing = event;
    if (event.type === 'alert.cleared' && event.alert === firing?.alert) firing = undefined;
  }
  return firing;
};

const errorIn = ({ error }: { readonly error?: string }): string => (error === undefined ? '' : `: ${error}`);
