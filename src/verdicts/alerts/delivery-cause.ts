/** Why an alert that fired did not reach its receiver, or too late, from what the notification service said of it. */
import { mutingWords } from '../../journal/words.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { firstCause, type AlertCause, type CauseReason } from './cause.ts';
import { chainOf, earlierInGroup, routeOf, writtenMs, type ChainStep } from './chain.ts';
import type { AlertWay } from './way.ts';
import { showDelay, showTeam } from '../durations.ts';
import { eventsOf } from '../trials.ts';

type Candidate = (way: AlertWay, want: PlannedAlert, plan: Plan) => AlertCause | undefined;

/** @param way Of an alert that fired. */
export const deliveryCause: Candidate = (way, want, plan) =>
  firstCause([elsewhere, firedLate, mutedBy, unsent, groupedLate, notTaken, tooSlow], way, want, plan);

const elsewhere: Candidate = ({ reached, sent, delivered }, want, plan) => {
  const told = [...new Set([...delivered.map(({ receiver }) => receiver), ...(sent?.receivers ?? [])])];
  if (reached !== undefined || told.length === 0 || told.includes(want.receiver)) return undefined;
  const labels = Object.entries(withoutMark(sent?.labels ?? {}, plan)).map(([name, value]) => `${name}=${value}`);
  const because = labels.length === 0 ? '' : `, with labels ${labels.join(', ')}`;
  return { reason: 'routed-elsewhere', detail: `routed to ${told.join(', ')} instead of ${want.receiver}${because}` };
};

/** Whoever might have been told had no time left. */
const firedLate: Candidate = (way, want, plan) =>
  way.reached === undefined && way.fired !== undefined && way.fired.atMs - way.originMs > want.withinMs / plan.speed
    ? tooSlow(way, want, plan)
    : undefined;

const unsent: Candidate = ({ sent, delivered }) =>
  sent === undefined && delivered.length === 0
    ? { reason: 'not-sent', detail: 'fired, but Alertmanager never had it: look at alerting: in prometheus.yml' }
    : undefined;

const mutedBy: Candidate = ({ muted, watched, reached, untilMs }, _, plan) => {
  if (muted === undefined) return undefined;
  const { silences, alerts } = muted.muting;
  const by = { ...muted.muting, alerts: alerts.map((each) => ({ ...each, labels: withoutMark(each.labels, plan) })) };
  const reason: CauseReason = alerts.length > 0 ? 'inhibited' : silences.length > 0 ? 'silenced' : 'muted';
  const ended = eventsOf(watched, 'alert.unmuted').find(
    (event) => event.seq > muted.seq && event.alert === muted.alert,
  );
  const lastedMs = (ended?.atMs ?? reached?.atMs ?? untilMs) - muted.atMs;
  const until = ended === undefined && reached === undefined ? ', to the end' : '';
  return { reason, detail: `firing, but ${mutingWords(by)}, for ${showDelay(lastedMs, plan.speed)}${until}` };
};

/** The label that is ours says nothing of theirs. */
const withoutMark = (labels: Readonly<Record<string, string>>, { monitoring }: Plan): typeof labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== monitoring?.drillMark?.label));

/** An alert that joins a group which has been told already waits for the group's next turn. */
const groupedLate: Candidate = (way, want, plan) => {
  const { sent, reached, untilMs } = way;
  const { speed } = plan;
  const route = routeOf(way, want);
  const group = reached?.group ?? route?.group;
  if (sent === undefined || route === undefined) return undefined;
  if (reached !== undefined && slowestOf(way, want, plan)?.step.name !== 'received') return undefined;
  const waitedMs = (reached?.atMs ?? untilMs) - sent.atMs;
  const waited = `${showDelay(waitedMs, speed)} after it was sent`;
  const earlier = earlierInGroup(way, group);
  const told = reached === undefined ? `still not told ${waited}` : `told ${waited}`;
  if (earlier !== undefined && (reached !== undefined || waitedMs < route.groupIntervalMs)) {
    const before = showDelay(Math.max(0, sent.atMs - earlier.atMs), speed);
    const every = showTeam(writtenMs(route.groupIntervalMs, speed));
    return {
      reason: 'grouped-late',
      detail: `its group ${group} had been told ${before} before it came, and is told again every ${every} (group_interval): ${told}`,
    };
  }
  if (reached === undefined && (earlier !== undefined || waitedMs >= route.groupWaitMs + slackMs)) return undefined;
  const wait = showTeam(writtenMs(route.groupWaitMs, speed));
  return { reason: 'grouped-late', detail: `its group waits ${wait} (group_wait) before it is told: ${told}` };
};

/** Looking every 100 ms, and a notification on its way. */
const slackMs = 250;

const notTaken: Candidate = (way, want, { speed }) => {
  const { reached, sent, watched, untilMs, withheld } = way;
  if (withheld !== undefined && reached === undefined)
    return {
      reason: 'not-taken',
      detail: `${want.receiver} would have been told by ${withheld.integration}, which a replica does not do; expect a webhook or PagerDuty`,
    };
  if (reached !== undefined || sent === undefined) return undefined;
  const refused = eventsOf(watched, 'notification.refused').find(
    ({ receiver }) => receiver === null || receiver === want.receiver,
  );
  const why = refused === undefined ? 'delivery failed' : `it was refused: ${refused.reason}`;
  const { by = [] } = routeOf(way, want) ?? {};
  const how = by.length === 0 ? '' : ` (${by.join(', ')})`;
  const since = showDelay(untilMs - sent.atMs, speed);
  return {
    reason: 'not-taken',
    detail: `sent ${since} before the end and routed to ${want.receiver}${how}, which never got it: ${why}`,
  };
};

/** It came, and too late: which step took longest beyond what is configured? */
const tooSlow: Candidate = (way, want, plan) => {
  const slowest = slowestOf(way, want, plan);
  if (slowest === undefined) return undefined;
  const { step, tookMs: longest } = slowest;
  const configured =
    step.configured === null ? '' : ` (${step.configured.name} ${showTeam(step.configured.writtenMs)})`;
  return {
    reason: 'too-slow',
    detail: `most of the time passed ${stepWords[step.name]}: ${showDelay(longest, plan.speed)}${configured}`,
  };
};

const slowestOf = (way: AlertWay, want: PlannedAlert, plan: Plan) => {
  const steps = chainOf(way, want, plan).filter(({ name }) => name !== 'series' && name !== 'resolved');
  return steps
    .map((step, index) => ({ step, tookMs: tookMs(steps, index) }))
    .toSorted((a, b) => b.tookMs - a.tookMs)[0];
};

/** Since the step before it; the first one since the fault. */
export const tookMs = (steps: readonly ChainStep[], index: number): number =>
  (steps[index]?.sinceFaultMs ?? 0) - Math.max(0, steps[index - 1]?.sinceFaultMs ?? 0);

const stepWords = {
  series: 'until its series were seen',
  true: 'until its condition was true',
  pending: 'until it was evaluated',
  firing: 'until it fired',
  sent: 'until it was sent',
  received: 'until its receiver was told',
  resolved: 'until it was resolved',
} as const satisfies Record<ChainStep['name'], string>;
