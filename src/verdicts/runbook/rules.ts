/**
 * The words about a runbook, each a rule. Its own opinion is a claim; the truth comes from the oracle (`healed.ts`).
 */
import type { RunbookVerdict } from '../../documents/experiment.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { alertVerdict, showValue, silentReasons } from '../alerts/alerts.ts';
import { settling } from './course.ts';
import { realTime, showDelay, showMoment } from '../durations.ts';
import { effectVerdict } from '../effect.ts';
import { causesLeft, startsSettling } from '../healed.ts';
import { showShare } from '../impact.ts';
import { faultFreeWords, type Facts } from './facts.ts';
import { steadyStateVerdict } from '../steady-state.ts';
import { beforeUndo, busyBetween, buyersIn, eventsOf, firstOf, interruptionIn, lagBusyMs } from '../trials.ts';
import { evidenceOf, reasonIn, type Verdict } from '../verdict.ts';

export type RunbookFinding = {
  readonly verdict: RunbookVerdict;
  /** Why, in one sentence. */
  readonly detail: string;
  readonly evidence: readonly number[];
};

type Rule = (facts: Facts) => RunbookFinding | undefined;

export const finding = (
  verdict: RunbookVerdict,
  detail: string,
  events: readonly (JournalEvent | undefined)[],
): RunbookFinding => ({
  verdict,
  detail,
  evidence: evidenceOf(events),
});
/** Another verdict's words and evidence, as a word about the runbook. */
const because = (verdict: RunbookVerdict, other: Verdict, words = other.detail): RunbookFinding => ({
  verdict,
  detail: words,
  evidence: other.evidence,
});

/** What is still wrong, as the oracle saw it last. */
const stillWrong = ({ since, plan }: Facts): { readonly words: string; readonly events: readonly JournalEvent[] } => {
  const causes = plan.truth.nature === 'external' ? [] : causesLeft(since, plan);
  if (causes.length > 0) {
    const sql = new Set(plan.truth.healed.filter(({ language }) => language === 'sql').map(({ name }) => name));
    const words = causes.map(({ name, value }) => {
      if (value === null) return `"${name}" has no data`;
      return sql.has(name) ? `"${name}" does not hold` : `"${name}" is still ${showValue(value)}`;
    });
    return { words: words.join(', '), events: causes };
  }
  const last = eventsOf(since, 'load.measured').slice(-plan.observation.healed.of);
  const { buyers, failed } = buyersIn(last);
  if (failed > 0) return { words: `${showShare(failed / buyers)} of buyers still fail`, events: last };
  return { words: 'the steady state is not back', events: last };
};

const notProven: Rule = ({ journal, trial, plan }) => {
  const ended = firstOf(journal, 'run.ended');
  const why =
    interruptionIn(journal) ?? (ended === undefined ? 'the journal ends before the run does' : trial.cutShort);
  if (why !== null) return finding('inconclusive', why, [ended ?? journal.at(-1)]);
  const gate = steadyStateVerdict(trial.events, plan);
  if (gate.outcome !== 'pass') return because('inconclusive', gate);
  const effect = effectVerdict(trial, plan);
  return effect.outcome === 'pass' ? undefined : because('inconclusive', effect);
};

/** The verdict is on the runbook; what a person mended meanwhile is not its doing. */
const otherHands: Rule = ({ trial }) => {
  const other = eventsOf(beforeUndo(trial), 'environment.changed').find(({ by }) => by === 'operator');
  return other === undefined
    ? undefined
    : finding('inconclusive', `somebody else did ${other.act} ${other.target} at ${showMoment(other.atMs)}`, [other]);
};

const noAlert: Rule = ({ alert, trial, plan, started }) => {
  if (alert === undefined) return undefined;
  const verdict = alertVerdict(trial, alert, plan);
  if (verdict.outcome === 'fail' && silentReasons.has(reasonIn(verdict) ?? ''))
    return because('no-alert', verdict, `${alert.name}: ${verdict.detail}`);
  // Without the alert nobody would have opened the runbook; a run that followed it all the same can still be judged.
  return verdict.outcome === 'inconclusive' && started === undefined ? because('inconclusive', verdict) : undefined;
};

const noRunbook: Rule = ({ trial, wanted, started }) => {
  if (started !== undefined) return undefined;
  const missing = eventsOf(trial.events, 'runbook.missing').find(({ alert }) => alert === wanted.alert);
  return missing === undefined
    ? finding('inconclusive', 'the runbook was never started', [trial.events.at(-1)])
    : finding('no-runbook', `${missing.url ?? 'no runbook_url'}: ${missing.reason}`, [missing]);
};

const notFinished: Rule = ({ started, finished }) =>
  finished === undefined ? finding('inconclusive', 'the runbook was never finished', [started]) : undefined;

const selfHealed: Rule = ({ control, plan, healed, started, since }) => {
  if (control?.outcome === 'fail')
    return because('self-healed', control, `without a runbook the service ${control.detail}`);
  if (healed === undefined || started === undefined || healed.sinceMs >= started.atMs) return undefined;
  const before = since.filter((event) => event.seq < started.seq);
  const hadCause = plan.truth.nature === 'curable' && !causesGone(before, plan);
  return hadCause
    ? undefined
    : {
        verdict: 'self-healed',
        detail: `the service was well again at ${showMoment(healed.sinceMs)}, before the runbook began`,
        evidence: [...healed.evidence, started.seq],
      };
};

const causesGone = (events: readonly JournalEvent[], plan: Plan): boolean =>
  plan.truth.healed.every(
    ({ name }) =>
      eventsOf(events, 'probe.measured').findLast((probe) => probe.kind === 'cause' && probe.name === name)?.good ===
      true,
  );

const harmful: Rule = ({ harm }) => {
  const done = harm.find(({ verdict }) => verdict.outcome === 'fail');
  return done === undefined ? undefined : because('harmful', done.verdict, `${done.name}: ${done.verdict.detail}`);
};

/** Not healed may also mean: not watched for long enough, or on a machine too busy to tell. */
const notHealedUnproven: Rule = ({ healed, finished, since, plan }) => {
  if (healed !== undefined || finished === undefined) return undefined;
  const { good, of } = plan.observation.healed;
  const windows = eventsOf(since, 'load.measured').filter((window) => window.seq > finished.seq);
  if (windows.length < of)
    return finding('inconclusive', `only ${windows.length} load windows were measured after the runbook`, [finished]);
  const last = windows.slice(-of);
  const busy = last.filter((window) => window.lagP99Ms > lagBusyMs);
  const causesHold = plan.truth.nature === 'external' || causesGone(since, plan);
  return causesHold && busy.length > of - good
    ? finding('inconclusive', 'not healed, but the machine was too busy to tell', busy)
    : undefined;
};

const blocked: Rule = ({ healed, finished, steps, trial }) => {
  if (healed !== undefined || finished === undefined || finished.claim === 'ok') return undefined;
  const stop = steps.find(({ outcome }) => outcome === 'blocked' || outcome === 'errored');
  if (stop === undefined && finished.claim !== 'blocked') return undefined;
  const event = eventsOf(trial.events, 'step.finished').find(({ step }) => step === stop?.step);
  const words =
    stop === undefined ? 'stopped' : `stopped at "${stop.step}": ${stop.detail}${kindOfBlock(stop.sqlState)}`;
  return finding('blocked', words, [event, finished]);
};

/** What an SQLSTATE says about the way in. Source: PostgreSQL manual, appendix A. */
const kindOfBlock = (sqlState: string | null): string => {
  if (sqlState === '42501') return ' (permission denied, 42501)';
  if (sqlState?.startsWith('28') === true || sqlState === '53300') return ` (login refused, ${sqlState})`;
  return sqlState === null ? '' : ` (${sqlState})`;
};

const claimAgainstTruth: Rule = (facts) => {
  const { healed, finished, steps } = facts;
  if (finished === undefined) return undefined;
  const said = `the runbook said ${finished.claim} at ${showMoment(finished.atMs)}`;
  if (healed === undefined) {
    const { words, events } = stillWrong(facts);
    return finding(finished.claim === 'ok' ? 'false-success' : 'ineffective', `${said}; ${words}`, [
      finished,
      ...events,
    ]);
  }
  if (finished.claim === 'ok') return undefined;
  const stop = steps.find(({ outcome }) => outcome !== 'passed');
  const where = stop === undefined ? '' : ` (step "${stop.step}" ${stop.outcome})`;
  return {
    verdict: 'false-failure',
    detail: `${said}${where}, but the service was well since ${showMoment(healed.sinceMs)}`,
    evidence: [finished.seq, ...healed.evidence],
  };
};

const relapsed: Rule = ({ since, plan }) => {
  const settle = since.find(startsSettling);
  const seen = settle === undefined ? undefined : settling(since, plan);
  if (seen?.course === 'broken')
    return finding('relapsed', `healed, then ill again: ${seen.words} while it settled`, [settle, ...seen.evidence]);
  return seen?.course === 'stayed'
    ? undefined
    : finding('inconclusive', 'healed, but not watched long enough to know that it lasts', [settle, since.at(-1)]);
};

const fixedLate: Rule = ({ healed, started, plan, wanted, since }) => {
  if (healed === undefined || started === undefined) return undefined;
  const tookMs = healed.sinceMs - started.atMs;
  if (tookMs <= realTime(wanted.withinMs, plan.speed)) return undefined;
  const words = `healed ${showDelay(tookMs, plan.speed, wanted.withinMs)} after the runbook began`;
  const busy = busyBetween(since, started.atMs, healed.sinceMs);
  return busy === undefined
    ? { verdict: 'fixed-late', detail: words, evidence: [started.seq, ...healed.evidence] }
    : finding('inconclusive', `${words}, but the machine was too busy`, [started, busy]);
};

/** A good word needs every proof that was asked for. */
const proofMissing: Rule = ({ harm, control, plan }) => {
  const open = [...harm.map(({ verdict }) => verdict), control].find((verdict) => verdict?.outcome === 'inconclusive');
  if (open !== undefined) return because('inconclusive', open);
  const missing = plan.proof === 'full' && (control === undefined || !harm.some(({ name }) => name === faultFreeWords));
  return missing
    ? finding('inconclusive', 'a full proof was asked for, but not all of its trials were run', [])
    : undefined;
};

const healedInTime: Rule = ({ healed, started, plan, wanted }) => {
  if (healed === undefined || started === undefined) return undefined;
  const took = showDelay(Math.max(0, healed.sinceMs - started.atMs), plan.speed, wanted.withinMs);
  const evidence = [started.seq, ...healed.evidence];
  return plan.truth.nature === 'external'
    ? {
        verdict: 'mitigated',
        detail: `buyers are served again in ${took}; the cause is outside our reach`,
        evidence,
      }
    : { verdict: 'fixed', detail: `healed in ${took}`, evidence };
};

/** The order of `gameday`'s runbook verdicts; the first rule that matches wins. */
export const runbookRules: readonly Rule[] = [
  notProven,
  otherHands,
  noAlert,
  noRunbook,
  notFinished,
  selfHealed,
  harmful,
  notHealedUnproven,
  blocked,
  claimAgainstTruth,
  relapsed,
  fixedLate,
  proofMissing,
  healedInTime,
];
