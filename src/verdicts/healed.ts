/**
 * The oracle. Healed means: the symptom is gone (8 of 10 consecutive half-second windows good, real buyers through the
 * service's own path) and the cause is gone (probes that no runbook can see). Isolated bad windows are a busy machine's
 * noise; so neither does one bad window undo a healing, nor one good window make it.
 *
 * The same functions serve the conductor while time passes and the judgement years later.
 */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { ms, type Ms } from '../units.ts';
import { beforeUndo, disturbance, drainMs, lagBusyMs, type EventOf, type TrialRecord } from './trials.ts';

/** From this share of failed buyers on, a window is bad. */
export const badShareMin = 0.01;

export type Healed = { readonly sinceMs: Ms; readonly evidence: readonly number[] };

/** What the oracle needs of a plan. */
export type OraclePlan = Pick<Plan, 'observation' | 'steadyState' | 'truth'>;

export type Probe = EventOf<'probe.measured'>;
export type Window = {
  readonly load: EventOf<'load.measured'>;
  readonly startMs: number;
  readonly state: 'good' | 'bad' | 'unknown';
  /** Buyers failed, or nobody's visit ended although somebody was there. */
  readonly harmed: boolean;
  /** The steady-state probes that were last measured bad. */
  readonly badProbes: readonly Probe[];
};

/** The latest measurement of each probe, by kind and name; grows as events are read. */
export type Latest = Map<string, Probe>;
export const keyOf = (kind: string, name: string): string => `${kind} ${name}`;

/**
 * Good: buyers came, fewer than 1 % of them failed and every steady-state probe was last seen good. Bad: measurably not
 * so. Unknown: no data, or the machine was too busy to blame the service.
 */
export const windowOf = (
  load: EventOf<'load.measured'>,
  latest: Latest,
  plan: OraclePlan,
  before: readonly Window[],
): Window => {
  const probes = plan.steadyState.map(({ name }) => latest.get(keyOf('steady-state', name)));
  const served = load.buyers > 0 && load.buyersFailed / load.buyers < badShareMin;
  // Where nobody's visit ended, either nobody came or everybody hangs.
  const harmed = load.buyers > 0 ? !served : load.inFlight > 0 || load.dropped > 0;
  const badProbes = probes.flatMap((probe) =>
    probe !== undefined && !probe.good && probe.value !== null ? [probe] : [],
  );
  const window = { load, startMs: load.atMs - load.windowMs, harmed, badProbes };
  if (served && probes.every((probe) => probe?.good === true)) return { ...window, state: 'good' };
  const bad = (harmed || badProbes.length > 0) && !isDisturbed(load, before);
  return { ...window, state: bad ? 'bad' : 'unknown' };
};

/** The machine was too busy in this window, or a moment before it. */
const isDisturbed = (load: EventOf<'load.measured'>, before: readonly Window[]): boolean =>
  load.lagP99Ms > lagBusyMs ||
  before.some(
    (earlier) => earlier.load.lagP99Ms > lagBusyMs && earlier.load.atMs > load.atMs - load.windowMs - drainMs,
  );

const causesIn = (latest: Latest, plan: OraclePlan): readonly (Probe | undefined)[] =>
  plan.truth.nature === 'external' ? [] : plan.truth.healed.map(({ name }) => latest.get(keyOf('cause', name)));

/** The last windows of which enough are good, the first and the last of them included; undefined where there are none. */
const goodSpan = (
  windows: readonly Window[],
  { good, of }: Plan['observation']['healed'],
): readonly Window[] | undefined => {
  if (windows.at(-1)?.state !== 'good') return undefined;
  const span = windows.slice(-of);
  const goodIndexes = span.flatMap((window, index) => (window.state === 'good' ? [index] : []));
  const first = goodIndexes.at(-good);
  return first === undefined ? undefined : span.slice(first);
};

/** More bad ones among the last windows than the healing rule forgives. */
export const isBroken = (windows: readonly Window[], { good, of }: Plan['observation']['healed']): boolean =>
  windows.slice(-of).filter((window) => window.state === 'bad').length > of - good;

/**
 * Reads events one after the other and tells, as of each of them, since when the service has been healed; undefined while
 * it is not, or was never ill. An hour of events costs no more for each than the first minute did.
 *
 * A service that was never seen ill cannot heal: the calm between an injection and its first symptom is no healing. One
 * that falls ill again must heal again. For a cause outside the team's reach (`external`) the symptom alone decides.
 */
export const healing = (plan: OraclePlan): ((event: JournalEvent) => Healed | undefined) => {
  const rule = plan.observation.healed;
  const latest: Latest = new Map();
  /** The last ones; what is older decides nothing. */
  let windows: readonly Window[] = [];
  let ill = false;
  let healed: Healed | undefined;
  return (event) => {
    if (event.type === 'probe.measured') latest.set(keyOf(event.kind, event.name), event);
    else if (event.type === 'load.measured')
      windows = [...windows, windowOf(event, latest, plan, windows)].slice(-rule.of);
    else return healed;
    if (!ill) {
      ill = showsIllness(event, windows, plan);
      if (ill) windows = [];
      return undefined;
    }
    if (healed !== undefined) {
      const { sinceMs } = healed;
      const since = windows.filter((window) => window.startMs >= sinceMs);
      if (isBroken(since, rule)) healed = undefined;
      return healed;
    }
    const span = goodSpan(windows, rule);
    const causes = causesIn(latest, plan);
    const first = span?.[0];
    if (span === undefined || first === undefined || !causes.every((probe) => probe?.good === true)) return undefined;
    const evidence = [...span.map(({ load }) => load.seq), ...causes.flatMap((probe) => (probe ? [probe.seq] : []))];
    healed = { sinceMs: ms(first.startMs), evidence: [...new Set(evidence)] };
    return healed;
  };
};

/**
 * Since when the service has been healed, as of the last of `events`.
 *
 * @param events Everything since the injection, in order.
 */
export const healedAt = (events: readonly JournalEvent[], plan: OraclePlan): Healed | undefined => {
  const hear = healing(plan);
  let healed: Healed | undefined;
  for (const event of events) healed = hear(event);
  return healed;
};

const showsIllness = (
  event: EventOf<'load.measured'> | Probe,
  windows: readonly Window[],
  plan: OraclePlan,
): boolean => {
  if (event.type === 'load.measured') return windows.at(-1)?.state === 'bad';
  const planned =
    (event.kind === 'steady-state' && plan.steadyState.some(({ name }) => name === event.name)) ||
    (event.kind === 'cause' && plan.truth.healed.some(({ name }) => name === event.name));
  return planned && !event.good && event.value !== null;
};

/** From here on a healed service is only watched: first for its alerts to resolve, then for the rest of its time. */
export const startsSettling = (event: JournalEvent): boolean =>
  event.type === 'phase.entered' && (event.phase === 'resolve' || event.phase === 'settle');

/** The cause probes that were last seen not good, in the order of the experiment. */
export const causesLeft = (events: readonly JournalEvent[], plan: OraclePlan): readonly Probe[] => {
  const latest: Latest = new Map();
  for (const event of events) if (event.type === 'probe.measured') latest.set(keyOf(event.kind, event.name), event);
  return plan.truth.healed.flatMap(({ name }) => {
    const probe = latest.get(keyOf('cause', name));
    return probe !== undefined && !probe.good ? [probe] : [];
  });
};

/** The service was healed when its runbook or its time was over; our own undo and the settling phase come later. */
export const healingOf = (trial: TrialRecord, plan: OraclePlan): Healed | undefined => {
  const since = disturbance(trial)?.seq ?? Infinity;
  const watched = beforeUndo(trial).filter((event) => event.seq >= since);
  const settle = watched.findIndex(startsSettling);
  return healedAt(settle === -1 ? watched : watched.slice(0, settle), plan);
};
