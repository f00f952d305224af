/**
 * What the postmortem promised, and whether that can be seen today. Only `pass` and `fail` are scored; what somebody
 * attested, what nobody mapped to a check and what this run could not see are listed with their state.
 */
import type { ActionItem, ActionItemCheck } from '../documents/reference.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { showTeam } from './durations.ts';
import type { ExitName } from './exit.ts';
import type { RunbookJudgement } from './runbook/runbook.ts';
import { beforeUndo, eventsOf, firstOf, type EventOf, type TrialRecord } from './trials.ts';
import { evidenceOf } from './verdict.ts';

export type ActionItemState = 'pass' | 'fail' | 'attested' | 'expired' | 'unmapped' | 'not-checked';

export type ActionItemVerdict = {
  readonly id: string;
  readonly text: string;
  readonly state: ActionItemState;
  readonly detail: string;
  readonly evidence: readonly number[];
};

type Answer = Pick<ActionItemVerdict, 'state' | 'detail' | 'evidence'>;
type Context = {
  readonly started: EventOf<'run.started'>;
  readonly trial: TrialRecord | undefined;
  readonly runbook: RunbookJudgement | undefined;
};

const answer = (
  state: ActionItemState,
  detail: string,
  events: readonly (JournalEvent | undefined)[] = [],
): Answer => ({
  state,
  detail,
  evidence: evidenceOf(events),
});

const poolsAnswer = ({ trial }: Context): Answer => {
  const opened = trial && firstOf(trial.events, 'environment.opened');
  if (opened === undefined) return answer('not-checked', 'the environment was never opened');
  const { max, reserved, poolMax, instances } = opened.connections;
  if (poolMax === null) return answer('not-checked', 'how many connections the service may open is not known here');
  const fits = poolMax * instances <= max - reserved;
  const sum = `${poolMax} × ${instances} = ${poolMax * instances} ${fits ? '≤' : '>'} ${max} − ${reserved} = ${max - reserved}`;
  return answer(fits ? 'pass' : 'fail', `pool × instances ${sum} connections`, [opened]);
};

const alertAnswer = ({ trial, started }: Context, alert: string): Answer => {
  const fired = trial && eventsOf(beforeUndo(trial), 'alert.fired').find((event) => event.alert === alert);
  if (fired !== undefined) return answer('pass', `${alert} fired`, [fired]);
  if (!started.plan.alerts.some(({ name }) => name === alert))
    return answer('not-checked', `this experiment does not expect ${alert}`);
  return trial === undefined || trial.cutShort !== null || firstOf(trial.events, 'fault.injected') === undefined
    ? answer('not-checked', trial?.cutShort ?? 'no fault was injected')
    : answer('fail', `${alert} did not fire`, [trial.events.at(-1)]);
};

const runbookAnswer = ({ runbook, started }: Context, alert: string): Answer => {
  if (started.plan.mode === 'drill')
    return answer('not-checked', 'people fought this one; gameday verify judges runbooks');
  if (runbook === undefined || runbook.alert !== alert)
    return answer('not-checked', `this experiment does not follow the runbook of ${alert}`);
  const { verdict, detail, evidence } = runbook;
  if (verdict === 'inconclusive') return { state: 'not-checked', detail, evidence };
  // An external cause is out of every runbook's reach; mitigated is the best word it can get.
  const good = verdict === 'fixed' || verdict === 'mitigated';
  return { state: good ? 'pass' : 'fail', detail: `the runbook of ${alert}: ${verdict}`, evidence };
};

/** Exits of runs that never came to their end: no evidence of anything. */
const unfinished: ReadonlySet<string> = new Set<ExitName>(['tool-failed', 'timed-out', 'interrupted', 'terminated']);

/** Evidence that it is done regularly: an earlier run, so that a first run does not prove its own schedule. */
const earlierRunAnswer = ({ started }: Context, mode: 'verify' | 'drill', withinMs: number): Answer => {
  const now = Date.parse(started.startedAt);
  const ages = started.history
    .filter((run) => run.mode === mode && !unfinished.has(run.outcome))
    .map((run) => now - Date.parse(run.startedAt))
    .filter((age) => age > 0);
  if (ages.length === 0) return answer('fail', `no earlier ${mode} of this experiment`, [started]);
  const age = Math.min(...ages);
  const words = `last ${mode} ${showTeam(age)} ago, ${showTeam(withinMs)} allowed`;
  return answer(age <= withinMs ? 'pass' : 'fail', words, [started]);
};

const attestedAnswer = ({ started }: Context, check: Extract<ActionItemCheck, { type: 'attested' }>): Answer => {
  // Valid through the whole of its last day.
  const valid = started.startedAt.slice(0, 10) <= check.expires.slice(0, 10);
  const words = `attested by ${check.by} on ${check.date}, ${valid ? 'valid until' : 'expired'} ${check.expires}`;
  return answer(valid ? 'attested' : 'expired', words, [started]);
};

const answerTo = (check: ActionItemCheck | undefined, context: Context): Answer => {
  if (check === undefined) return answer('unmapped', 'no check says how it would be seen');
  switch (check.type) {
    case 'auditPools':
      return poolsAnswer(context);
    case 'alertFires':
      return alertAnswer(context, check.alert);
    case 'runbookVerified':
      return runbookAnswer(context, check.alert);
    case 'scheduledVerifyWithin':
      return earlierRunAnswer(context, 'verify', check.withinMs);
    case 'drilledWithin':
      return earlierRunAnswer(context, 'drill', check.withinMs);
    case 'attested':
      return attestedAnswer(context, check);
    default:
      return check satisfies never;
  }
};

export const actionItemVerdicts = (plan: Plan, context: Context): readonly ActionItemVerdict[] =>
  (plan.reference?.actionItems ?? []).map(({ id, text, check }: ActionItem) => ({
    id,
    text,
    ...answerTo(check, context),
  }));
