/**
 * How far an alert came, step by step, each with the time by the server's own account and the delay that the team has
 * configured before it. A step that was not reached is not in the list.
 */
import type { AlertRoute } from '../../journal/alert-facts.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import type { AlertWay } from './way.ts';

export type StepName = 'series' | 'true' | 'pending' | 'firing' | 'sent' | 'received' | 'resolved';

/** A delay of the team's files, in the team's own time. */
export type ConfiguredDelay = {
  readonly name: 'scrape_interval' | 'evaluation_interval' | 'for' | 'group_wait' | 'group_interval';
  readonly writtenMs: number;
};

export type ChainStep = {
  readonly name: StepName;
  /** Real milliseconds after the fault; below 0 where its series were there before it. */
  readonly sinceFaultMs: number;
  /** What may make this step wait. */
  readonly configured: ConfiguredDelay | null;
};

export const chainOf = (way: AlertWay, want: PlannedAlert, plan: Plan): readonly ChainStep[] => {
  const { originMs, examination, pended, fired, sent, reached, resolved } = way;
  const written = (name: ConfiguredDelay['name'], realMs: number | undefined): ConfiguredDelay | null =>
    realMs === undefined || realMs === 0 ? null : { name, writtenMs: writtenMs(realMs, plan.speed) };
  const route = routeOf(way, want);
  const pendingMs = pended?.activeAtMs ?? pended?.atMs;
  const began = examination?.stretches.find(({ untilMs }) => pendingMs === undefined || untilMs >= pendingMs);
  const trueMs = least(began?.fromMs, pendingMs);
  const firingMs = fired && within(sent?.firedAtMs, pendingMs, fired.atMs);
  const sentMs = sent && within(sent.sentAtMs, firingMs, sent.atMs);
  const steps: readonly (readonly [StepName, number | undefined, ConfiguredDelay | null])[] = [
    ['series', examination?.seriesFirstMs ?? undefined, null],
    ['true', trueMs, written('scrape_interval', examination?.scrapeMs ?? undefined)],
    ['pending', pendingMs, written('evaluation_interval', examination?.evaluationMs)],
    ['firing', firingMs, want.rule.forMs === 0 ? null : { name: 'for', writtenMs: want.rule.forMs }],
    ['sent', sentMs, null],
    [
      'received',
      reached?.atMs,
      earlierInGroup(way) === undefined
        ? written('group_wait', route?.groupWaitMs)
        : written('group_interval', route?.groupIntervalMs),
    ],
    ['resolved', resolved?.atMs, written('group_interval', route?.groupIntervalMs)],
  ];
  return steps.flatMap(([name, atMs, configured]) =>
    // Some faults take a while to inject; what reacts meanwhile reacts to them, not to something before.
    atMs === undefined
      ? []
      : [{ name, sinceFaultMs: name === 'series' ? atMs - originMs : Math.max(0, atMs - originMs), configured }],
  );
};

/** The route by which it should reach its receiver. */
export const routeOf = ({ examination }: AlertWay, want: PlannedAlert): AlertRoute | undefined =>
  examination?.routes.find(({ receiver }) => receiver === want.receiver);

/** The last time before it was sent that its receiver was told of its group: from then on the group had its own clock. */
export const earlierInGroup = ({ watched, reached, sent }: AlertWay, group = reached?.group) =>
  group === undefined || sent === undefined
    ? undefined
    : watched.findLast(
        (event) =>
          event.type === 'alert.delivered' && event.group === group && event.seq < sent.seq && event !== reached,
      );

/** A run's durations are whole milliseconds; what is a whole second but for that was written as one. */
export const writtenMs = (realMs: number, speed: number): number => {
  const exact = realMs * speed;
  const whole = Math.round(exact / 1_000) * 1_000;
  return speed > 1 && Math.abs(exact - whole) <= speed ? whole : Math.round(exact);
};

/** What a server says, where that can be: we saw it a moment later. */
const within = (said: number | undefined, notBefore: number | undefined, seen: number): number =>
  said === undefined || said > seen || said < (notBefore ?? 0) ? seen : said;

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
