/**
 * Everything that can be said about a run, as a function of its journal alone. The same journal gives the same judgement
 * today and in five years; what the journal does not show is inconclusive or listed as not checked.
 */
import { GamedayError } from '../errors.ts';
import type { JournalEvent, Trial } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { actionItemVerdicts, type ActionItemVerdict } from './action-items.ts';
import { alertExplanations, type AlertExplanations } from './alerts/explanation.ts';
import { resolutionVerdict } from './alerts/resolution.ts';
import { alertVerdict } from './alerts/alerts.ts';
import { effectVerdict } from './effect.ts';
import { exitOf, type Exit } from './exit.ts';
import { faultVerdict, residueOf, type Residue } from './faults.ts';
import { impactOf, impactVerdict, type Impact } from './impact.ts';
import { quietVerdict } from './alerts/quiet.ts';
import { readinessCounts } from './readiness-counts.ts';
import { scoreReadiness, type Readiness } from './readiness.ts';
import { healingOf } from './healed.ts';
import { runbookJudgement, type RunbookJudgement } from './runbook/runbook.ts';
import { steadyStateVerdict } from './steady-state.ts';
import { timelineOf, type Moment } from './timeline.ts';
import { firstOf, trialsOf, type EventOf, type TrialRecord } from './trials.ts';
import { inconclusive, pass, type Verdict } from './verdict.ts';

export type CheckKind = 'steady-state' | 'fault' | 'effect' | 'impact' | 'alert' | 'resolution' | 'quiet' | 'runbook';

/** One required check: all of them have to pass for exit code 0. */
export type Check = Verdict & { readonly kind: CheckKind; readonly name: string; readonly trial: Trial };

export type NotChecked = { readonly name: string; readonly why: string };

export type Judgement = {
  readonly runId: string;
  readonly startedAt: string;
  readonly version: string;
  readonly plan: Plan;
  /** As it reported itself; null where it never opened. */
  readonly postgresVersion: string | null;
  /** On the run's clock, when the first fault of the fault trial was in effect. */
  readonly injectedMs: number | null;
  readonly durationMs: number;
  readonly exit: Exit;
  readonly residue: readonly Residue[];
  readonly checks: readonly Check[];
  readonly notChecked: readonly NotChecked[];
  /** Why alerts came, or did not. */
  readonly alerts: AlertExplanations;
  readonly impact: Impact | null;
  readonly runbook: RunbookJudgement | null;
  readonly actionItems: readonly ActionItemVerdict[];
  /** TEAM needs people; there are none in `verify`. */
  readonly team: null;
  /** null for a run that proved nothing, with the reason. */
  readonly readiness: Readiness | null;
  readonly readinessWithheld: string | null;
  readonly timeline: readonly Moment[];
};

const trialWords = {
  fault: 'under the fault',
  control: 'in the control trial',
  'fault-free': 'in the fault-free trial',
} as const satisfies Record<Trial, string>;

const runbookCheck = (judged: RunbookJudgement): Verdict => {
  const { verdict, expected, evidence } = judged;
  const words = verdict === expected ? `${verdict}: ${judged.detail}` : `${verdict}, not ${expected}: ${judged.detail}`;
  // Not knowing is never a pass, not even where somebody expected it.
  if (verdict === 'inconclusive') return { outcome: 'inconclusive', reason: verdict, detail: words, evidence };
  if (verdict === expected) return { ...pass(words, []), evidence };
  return { outcome: 'fail', reason: verdict, detail: words, evidence };
};

const checkOf =
  ({ trial }: TrialRecord) =>
  (kind: CheckKind, name: string, verdict: Verdict): Check => ({ ...verdict, kind, name, trial });

const checksOfFault = (trial: TrialRecord, plan: Plan): readonly Check[] => {
  const of = checkOf(trial);
  const impact = impactOf(trial, plan);
  const healed = healingOf(trial, plan);
  return [
    of('effect', 'the fault has an effect', effectVerdict(trial, plan)),
    ...(impact === undefined ? [] : [of('impact', 'impact as in the postmortem', impactVerdict(trial, plan, impact))]),
    ...plan.alerts.map((want) => of('alert', `${want.name} fires`, alertVerdict(trial, want, plan))),
    ...plan.alerts.flatMap((want) => {
      const verdict = healed && resolutionVerdict(trial, want, plan, healed);
      return verdict === undefined ? [] : [of('resolution', `${want.name} resolves`, verdict)];
    }),
  ];
};

const checksOf = (trial: TrialRecord, plan: Plan, residue: readonly Residue[]): readonly Check[] => {
  const of = checkOf(trial);
  const suffix = trial.trial === 'fault' ? '' : ` ${trialWords[trial.trial]}`;
  const faults = trial.trial === 'fault-free' ? [] : plan.faults;
  return [
    of('steady-state', `steady state before${suffix}`, steadyStateVerdict(trial.events, plan)),
    ...faults.map((fault) => of('fault', `fault ${fault.id}${suffix}`, faultVerdict(trial, fault, residue))),
    ...(trial.trial === 'fault' ? checksOfFault(trial, plan) : []),
    ...(trial.trial === 'control' ? [] : [of('quiet', `nothing else fires${suffix}`, quietVerdict(trial, plan))]),
  ];
};

const notCheckedIn = (trials: readonly TrialRecord[], checks: readonly Check[], plan: Plan): readonly NotChecked[] => {
  const ran = new Set(trials.map(({ trial }) => trial));
  const why = plan.proof === 'single' ? 'part of a full proof' : 'its trial was not run';
  const list: NotChecked[] = [];
  for (const { name, resolvesWithinMs } of plan.alerts)
    if (resolvesWithinMs === null) list.push({ name: `${name} resolves`, why: 'the experiment does not ask for it' });
    else if (!checks.some((check) => check.kind === 'resolution' && check.name === `${name} resolves`)) {
      const fired = checks.some((check) => check.name === `${name} fires` && check.outcome === 'pass');
      list.push({
        name: `${name} resolves`,
        why: fired ? 'the service was not healed' : 'it did not fire as expected',
      });
    }
  if (plan.impact === null) list.push({ name: 'impact as in the postmortem', why: 'the experiment states no share' });
  if (plan.runbook === null) return [...list, { name: 'runbook', why: 'the experiment follows none' }];
  if (!ran.has('control')) list.push({ name: 'does it heal without a runbook?', why });
  if (!ran.has('fault-free')) list.push({ name: 'is the runbook harmless on a healthy system?', why });
  return list;
};

/** Without these there is nothing to score: the run has not shown the system under the fault. */
const scoreWithheld = (fault: TrialRecord | undefined, checks: readonly Check[], exit: Exit): string | null => {
  if (fault === undefined) return 'no fault was injected';
  if (fault.cutShort !== null) return fault.cutShort;
  const ran = exit.code === 0 || exit.code === 1 || exit.code === 4 || exit.code === 5;
  if (!ran) return exit.why;
  const foundation = new Set<CheckKind>(['steady-state', 'effect']);
  const open = checks.find(
    (check) => check.trial === 'fault' && foundation.has(check.kind) && check.outcome !== 'pass',
  );
  return open === undefined ? null : `${open.name}: ${open.detail}`;
};

/** @throws {GamedayError} DOCUMENT_INVALID where the journal does not begin with `run.started`. */
export const judgement = (journal: readonly JournalEvent[]): Judgement => {
  const [started] = journal;
  if (started?.type !== 'run.started')
    throw new GamedayError('DOCUMENT_INVALID', {
      message: `a journal begins with run.started, this one ${started === undefined ? 'is empty' : `with ${started.type}`}`,
      hint: 'the run may have ended before it began; look for its log',
    });
  return judgementOf(journal, started);
};

const judgementOf = (journal: readonly JournalEvent[], started: EventOf<'run.started'>): Judgement => {
  const { plan } = started;
  const trials = trialsOf(journal);
  const fault = trials.find(({ trial }) => trial === 'fault');
  const runbook = runbookJudgement(journal, plan);
  const residue = residueOf(journal);
  const unseen = inconclusive('not-observed', 'the run never came to the fault', [journal.at(-1)]);
  const checks: readonly Check[] = [
    ...(fault === undefined
      ? [{ ...unseen, kind: 'effect', name: 'the fault has an effect', trial: 'fault' } as const]
      : []),
    ...trials.flatMap((trial) => checksOf(trial, plan, residue)),
    ...(runbook === undefined
      ? []
      : [{ ...runbookCheck(runbook), kind: 'runbook', name: 'runbook', trial: 'fault' } as const]),
  ];
  const exit = exitOf(journal, checks, residue);
  const actionItems = actionItemVerdicts(plan, { started, trial: fault, runbook });
  const readinessWithheld = scoreWithheld(fault, checks, exit);
  const readiness =
    fault === undefined || readinessWithheld !== null
      ? undefined
      : scoreReadiness(
          readinessCounts(fault, plan, {
            healed: healingOf(fault, plan),
            steps: runbook?.steps ?? [],
            recoveryExpected: plan.runbook !== null,
            useful: null,
            actionItems,
          }),
        );
  return {
    runId: started.runId,
    startedAt: started.startedAt,
    version: started.version,
    plan,
    postgresVersion: firstOf(journal, 'environment.opened')?.postgresVersion ?? null,
    injectedMs: (fault && firstOf(fault.events, 'fault.injected')?.atMs) ?? null,
    durationMs: journal.at(-1)?.atMs ?? 0,
    exit,
    residue,
    checks,
    notChecked: notCheckedIn(trials, checks, plan),
    alerts: alertExplanations(journal, plan),
    impact: (fault && impactOf(fault, plan)) ?? null,
    runbook: runbook ?? null,
    actionItems,
    team: null,
    readiness: readiness ?? null,
    readinessWithheld,
    timeline: fault === undefined ? [] : timelineOf(fault, plan),
  };
};
