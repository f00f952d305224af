/** Why an alert never fired with the labels that are wanted, from what the evaluator said of it. */
import type { AlertExamination, ConditionFacts, FailedTarget, MissingSelector } from '../../journal/alert-facts.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { firstCause, type AlertCause } from './cause.ts';
import type { AlertWay } from './way.ts';
import { missingLabels, showValue } from './alerts.ts';
import { showDelay, showTeam } from '../durations.ts';

type Candidate = (way: AlertWay, want: PlannedAlert, plan: Plan) => AlertCause | undefined;
/** The same where the servers were asked. */
type Examined = (given: AlertExamination, way: AlertWay, want: PlannedAlert, plan: Plan) => AlertCause | undefined;

export const silenceCause = (way: AlertWay, want: PlannedAlert, plan: Plan): AlertCause | undefined =>
  firstCause([otherLabels, ofExamination], way, want, plan);

const otherLabels: Candidate = ({ watched }, want) => {
  const other = watched.find((event) => event.type === 'alert.fired' && event.alert === want.name);
  return other?.type === 'alert.fired'
    ? { reason: 'wrong-labels', detail: `fired, but without ${missingLabels(other.labels, want.labels)}` }
    : undefined;
};

const ofExamination: Candidate = (way, want, plan) =>
  way.examination === undefined
    ? { reason: 'not-recorded', detail: 'the run did not record what its rule saw' }
    : firstCause([failing, unseen, lostSight, tooShort, neverTrue], way.examination, way, want, plan);

const failing: Examined = ({ error }) =>
  error === '' ? undefined : { reason: 'cannot-evaluate', detail: `its rule cannot be evaluated: ${error}` };

const unseen: Examined = ({ missing: [first], targets }, way, _, plan) => {
  if (first === undefined) return undefined;
  if (first.ofThatName > 0) return { reason: 'labels-differ', detail: differenceWords(first) };
  const never = targets.find((target) => target.never);
  // A name that nothing resembles is probably right, and what should expose it is not there.
  if (never !== undefined && first.nearest.length === 0)
    return { reason: 'blinded', detail: `${outageWords(never, way, plan)}; ${first.selector} was never seen` };
  const like = first.nearest.length === 0 ? 'and none that reads alike' : `nearest: ${first.nearest.join(', ')}`;
  const what =
    first.metric === null ? `no series matches ${first.selector}` : `there is no metric ${first.metric}, ${like}`;
  return { reason: 'no-metric', detail: never === undefined ? what : `${what}; ${outageWords(never, way, plan)}` };
};

const differenceWords = ({ selector, metric, ofThatName, excluding }: MissingSelector): string => {
  const some = `${ofThatName} series of ${metric ?? selector}`;
  if (excluding.length === 0) return `none of the ${some} matches all of ${selector}`;
  return excluding
    .map(({ matcher, values, more }) => {
      const label = /^\w+/.exec(matcher)?.[0] ?? '';
      const rest = more === 0 ? '' : ` and ${more} more`;
      const there = values.length === 0 ? `has no label ${label}` : `has ${label} ${values.join(', ')}${rest}`;
      return `none of the ${some} matches ${matcher}; it ${there}`;
    })
    .join('; ');
};

/** Blind for most of the time, or from the moment on at which the condition was last seen true. */
const lostSight: Examined = ({ targets, stretches: [longest], scrapeMs, evaluationMs }, way, want, plan) => {
  const blind = targets
    .filter(({ feeds }) => feeds)
    .find(({ fromMs, untilMs }) => {
      const [begunMs, endedMs] = [Math.max(fromMs, way.originMs), untilMs ?? way.untilMs];
      const most = endedMs - begunMs >= (way.untilMs - way.originMs) / 2;
      const slackMs = 2 * ((scrapeMs ?? 0) + evaluationMs);
      return most || (longest !== undefined && Math.abs(fromMs - longest.untilMs) <= slackMs);
    });
  if (blind === undefined) return undefined;
  const seen =
    longest === undefined
      ? 'its condition was not seen true'
      : `its condition was last seen true for ${showDelay(longest.untilMs - longest.fromMs, plan.speed)} of \`for\` ${showTeam(want.rule.forMs)}`;
  return { reason: 'blinded', detail: `${outageWords(blind, way, plan)}; ${seen}` };
};

/** `scrapes of billing (billing:8080) failed from 1.2 s, at 30x 36 s after the fault on: connection refused` */
export const outageWords = (
  { job, instance, never, fromMs, untilMs, error }: FailedTarget,
  { originMs }: AlertWay,
  { speed }: Plan,
): string => {
  const what = `scrapes of ${job} (${instance}) failed`;
  const why = error === '' ? '' : `: ${error}`;
  if (never) return `${what} since before the fault${why}`;
  const since =
    fromMs < originMs ? 'since before the fault' : `from ${showDelay(fromMs - originMs, speed)} after the fault`;
  if (untilMs !== null) return `${what} ${since}, for ${showDelay(untilMs - fromMs, speed)}${why}`;
  return `${what} ${since}${fromMs < originMs ? '' : ' on'}${why}`;
};

const tooShort: Examined = ({ stretches: [longest], evaluationMs }, { untilMs }, want, { speed }) => {
  if (longest === undefined) return undefined;
  const asked = `\`for\` asks for ${showTeam(want.rule.forMs)}`;
  const lasted = showDelay(longest.untilMs - longest.fromMs, speed);
  // Still true when the trial ended: there was no time left, which is another finding than a condition that came and went.
  const isOpen = longest.untilMs >= untilMs - evaluationMs - 1_000;
  return isOpen
    ? { reason: 'too-slow', detail: `true too late: for the last ${lasted}; ${asked}` }
    : { reason: 'too-short', detail: `true for ${lasted} at most; ${asked}` };
};

const neverTrue: Examined = ({ conditions, expr }, way, _, plan) => {
  const failed = conditions.filter(({ held }) => !held);
  const words =
    failed.length > 0
      ? failed.map((condition) => closestWords(condition, way, plan)).join('; ')
      : conditions.length === 0
        ? `${expr.replaceAll(/\s+/g, ' ')} had no result`
        : 'each of its conditions held, but never all of them at once';
  return { reason: 'never-true', detail: words };
};

const closestWords = (
  { value, op, bound, closest }: ConditionFacts,
  { originMs }: AlertWay,
  { speed }: Plan,
): string => {
  const needed = `needs ${op} ${showValue(bound)}`;
  if (closest === null) return `${value} had no value, and ${needed}`;
  const labels = Object.entries(closest.labels).map(([name, text]) => `${name}=${text}`);
  const of = labels.length === 0 ? '' : ` for ${labels.join(', ')}`;
  const when = showDelay(Math.max(0, closest.atMs - originMs), speed);
  return `${value} came no closer than ${showValue(closest.value)}${of}, ${when} after the fault, and ${needed}`;
};
