/**
 * When the team came how far, and when the original team did. What happened is taken from what the tool measured and from
 * what people did, never from what they said of it; a claim only counts once it is true.
 *
 * - *detected*: the first expected alert fires, or people report something before it.
 * - *notified*: it is delivered to its receiver; where people came first, their own report.
 * - *engaged*: the first thing the team does from then on.
 * - *right lead*: the first focus, hypothesis or question about a component that is really ill. What was looked at before
 *   the page counts from the moment of engaging.
 * - *diagnosed*: the first confirmed hypothesis that is true.
 * - *escalated*: to the role that the experiment names.
 * - *mitigated*, *restored*: the beginning of the stretch, still going on at the end, in which the service is relieved, or
 *   restored (`service-watch.ts` says when). A relapse takes either back.
 * - *confirmed*: the later of restored and the first true "resolved".
 */
import type { Milestone, ReferenceEvent } from '../../documents/reference.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { Claim } from './claims.ts';
import { lasting, type Spell } from './spells.ts';
import { isExpected, type DrillFacts } from './facts.ts';
import { eventsOf } from '../trials.ts';

export const milestoneNames = [
  'detected',
  'notified',
  'engaged',
  'right-lead',
  'diagnosed',
  'escalated',
  'mitigated',
  'restored',
  'confirmed',
] as const;
export type MilestoneName = (typeof milestoneNames)[number];

/** A moment on a run's clock, and the events that show it. */
export type Reached = { readonly atMs: number; readonly evidence: readonly number[] };
export type RunMilestones = Readonly<Record<MilestoneName, Reached | null>>;
/** Milliseconds after the postmortem's first event. */
export type ReferenceMilestones = Readonly<Record<MilestoneName, number | null>>;

const reached = (event: JournalEvent | undefined): Reached | null =>
  event === undefined ? null : { atMs: event.atMs, evidence: [event.seq] };

/** The earlier one; what is not there never came. */
const earlier = (a: Reached | null, b: Reached | null): Reached | null =>
  a === null || (b !== null && b.atMs < a.atMs) ? b : a;

/** Somebody says that something is wrong, alert or not. */
const isReport = (event: JournalEvent): boolean =>
  event.type === 'team.updated' ||
  event.type === 'team.severityDeclared' ||
  event.type === 'team.escalated' ||
  (event.type === 'team.hypothesised' && event.status !== 'ruled-out');

const isActivity = ({ type }: JournalEvent): boolean => type.startsWith('team.') || type === 'hint.taken';

export const componentOf = (cause: string): string => cause.split('/')[0] ?? cause;

const isLead = (event: JournalEvent, components: readonly string[]): boolean => {
  if (event.type === 'team.focused') return components.includes(event.component);
  if (event.type === 'team.queried') return event.component !== null && components.includes(event.component);
  return (
    event.type === 'team.hypothesised' && event.status !== 'ruled-out' && components.includes(componentOf(event.cause))
  );
};

const rightLead = ({ response, injected, started }: DrillFacts, engaged: Reached | null): Reached | null => {
  if (engaged === null || injected === undefined) return null;
  const { components } = started.plan.truth;
  const focus = new Map<string, JournalEvent>();
  for (const event of eventsOf(response, 'team.focused')) if (event.seq < injected.seq) focus.set(event.by, event);
  const first =
    [...focus.values()].find((event) => isLead(event, components)) ??
    response.find((event) => event.seq > injected.seq && isLead(event, components));
  return first === undefined ? null : { atMs: Math.max(first.atMs, engaged.atMs), evidence: [first.seq] };
};

const beginning = (spell: Spell | undefined): Reached | null =>
  spell === undefined ? null : { atMs: spell.fromMs, evidence: spell.evidence };

export const runMilestones = (facts: DrillFacts, claims: readonly Claim[]): RunMilestones => {
  const { response, injected, started, drill, service } = facts;
  const since = injected === undefined ? [] : response.filter(({ seq }) => seq > injected.seq);
  const { alerts, truth } = started.plan;
  const fired = reached(eventsOf(since, 'alert.fired').find((event) => isExpected(event, alerts)));
  const delivered = reached(eventsOf(since, 'alert.delivered').find((event) => isExpected(event, alerts)));
  const report = reached(since.find(isReport));
  const notified = earlier(delivered, report);
  const detected = earlier(fired, notified);
  const from = notified ?? detected;
  const engaged = reached(
    from === null ? undefined : since.find((event) => isActivity(event) && event.atMs >= from.atMs),
  );
  const confirmedCause = eventsOf(since, 'team.hypothesised').find(
    ({ status, cause }) => status === 'confirmed' && truth.causes.includes(cause),
  );
  // What gets well by itself, with nobody at it, was mitigated by nobody.
  const mitigated = engaged === null ? null : beginning(lasting(service.relieved));
  const restored = engaged === null ? null : beginning(lasting(service.restored));
  const closing = claims.find(({ kind, isTrue }) => kind === 'resolved' && isTrue);
  return {
    detected,
    notified,
    engaged,
    'right-lead': rightLead(facts, engaged),
    diagnosed: reached(confirmedCause),
    escalated: reached(eventsOf(since, 'team.escalated').find(({ to }) => to === drill.escalation?.to)),
    mitigated,
    restored,
    confirmed:
      restored === null || closing === undefined
        ? null
        : {
            atMs: Math.max(restored.atMs, closing.atMs),
            evidence: [...new Set([...restored.evidence, closing.seq])],
          },
  };
};

export const referenceMilestones = (timeline: readonly ReferenceEvent[]): ReferenceMilestones => {
  const first = (...names: readonly Milestone[]): number | null =>
    timeline.find(({ milestone }) => names.includes(milestone))?.atMs ?? null;
  const resolved = first('resolved');
  const mitigated = timeline.findLast(
    ({ milestone, atMs }) => milestone === 'mitigated' && (resolved === null || atMs <= resolved),
  );
  return {
    detected: first('detected'),
    notified: first('notified'),
    // A postmortem that does not say when somebody answered says at least when somebody began to look.
    engaged: first('acknowledged') ?? first('investigating', 'wrong_lead', 'right_lead', 'diagnosed'),
    'right-lead': first('right_lead'),
    diagnosed: first('diagnosed'),
    escalated: first('escalated'),
    mitigated: mitigated?.atMs ?? null,
    restored: null,
    confirmed: resolved,
  };
};
