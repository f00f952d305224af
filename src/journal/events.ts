/**
 * The journal's words. A run leaves one event per line; every verdict, score and report is a function of these lines and
 * of nothing else, so whatever a verdict needs to know has to be here, the plan included (`run.started`).
 */
import type { HintLevel, Plan } from '../plan/plan.ts';
import type { RunbookVerdict } from '../documents/experiment.ts';
import type { LoadWindow } from '../load/window.ts';
import type { Ms } from '../units.ts';
import type { AlertExamination, Muting } from './alert-facts.ts';

/**
 * A proof consists of trials, each in an environment of its own: `fault` (the runbook under the fault), `control` (the
 * fault alone: does it heal by itself?) and `fault-free` (the runbook on a healthy system: is it harmless?).
 */
export type Trial = 'fault' | 'control' | 'fault-free';

export type Phase =
  | 'up'
  | 'warm-up'
  | 'baseline'
  | 'inject'
  | 'await-alert'
  | 'runbook'
  | 'respond'
  | 'heal'
  | 'resolve'
  | 'settle'
  | 'undo'
  | 'down';

/** Where a probe belongs: what must hold, what shows that the cause is gone, what must not be harmed, an alert's own value. */
export type ProbeKind = 'steady-state' | 'cause' | 'abort' | 'alert';

/** The settings and roles of the server and the books of the shop, as far as a runbook must not change them unasked. */
export type Snapshot = {
  /** `name` → `setting (source)` for settings; `role NAME` → attributes; `database NAME` → connection limit. */
  readonly state: Readonly<Record<string, string>>;
  /** Units in stock plus units sold; constant whatever happens. */
  /** Of the built-in shop; absent where another service has other books. */
  readonly books?: { readonly stock: number; readonly sold: number };
};

/** Who did it: a role, never a person. `primary` fights the incident; `runbook` is a step that acts; `operator` a shell. */
export type Actor = 'primary' | 'runbook' | 'operator';

export type HypothesisStatus = 'suspected' | 'confirmed' | 'ruled-out';

export type StepOutcome = 'passed' | 'failed' | 'errored' | 'timed-out' | 'blocked' | 'cancelled';

export type JournalEvent = { readonly seq: number; readonly atMs: Ms } & JournalFact;

/** An event before the journal gives it its number and time. */
export type JournalFact =
  | {
      readonly type: 'run.started';
      readonly runId: string;
      /** The only wall-clock time in a journal. ISO 8601. */
      readonly startedAt: string;
      readonly version: string;
      readonly plan: Plan;
      /** Earlier runs of the same experiment on this machine, newest first: evidence for scheduled checks. */
      readonly history: readonly {
        readonly runId: string;
        readonly startedAt: string;
        readonly mode: 'verify' | 'drill';
        readonly outcome: string;
      }[];
    }
  | { readonly type: 'trial.started'; readonly trial: Trial }
  | { readonly type: 'trial.ended'; readonly trial: Trial }
  | {
      readonly type: 'environment.opened';
      readonly kind: string;
      readonly postgresVersion: string;
      readonly capabilities: readonly string[];
      /** In effect before any fault: what the postmortem's audit compares. */
      readonly connections: {
        readonly max: number;
        readonly reserved: number;
        /** Of each instance; null where that is known to the service alone. */
        readonly poolMax: number | null;
        readonly instances: number;
      };
    }
  | { readonly type: 'environment.closed' }
  | { readonly type: 'phase.entered'; readonly phase: Phase }
  | ({ readonly type: 'load.measured' } & LoadWindow)
  | {
      readonly type: 'probe.measured';
      readonly kind: ProbeKind;
      readonly name: string;
      /** null: no data. Truth of a `sql` probe is 1 or 0. */
      readonly value: number | null;
      /** false also where there is no data. For kind `alert`: whether the rule's condition holds. */
      readonly good: boolean;
      readonly error?: string;
    }
  | { readonly type: 'snapshot.taken'; readonly when: 'before' | 'after'; readonly snapshot: Snapshot }
  | {
      readonly type: 'fault.intended';
      readonly faultId: string;
      readonly fault: string;
      readonly description: string;
      readonly undoId: string;
    }
  | { readonly type: 'fault.injected'; readonly faultId: string }
  /** `undoId`: which of the fault's undo records, as `fault.intended` names it. */
  | {
      readonly type: 'fault.undone';
      readonly faultId: string;
      readonly undoId?: string;
      readonly by: 'run' | 'watchdog' | 'operator';
    }
  | { readonly type: 'fault.verified'; readonly faultId: string; readonly undoId?: string }
  /** Its own undo failed. Whether anything is left of it says `run.ended`: it may be gone with its environment. */
  | { readonly type: 'fault.undoFailed'; readonly faultId: string; readonly reason: string; readonly byHand: string }
  /** `activeAtMs`: when its condition began to hold, by the evaluator's own account; older journals do not have it. */
  | {
      readonly type: 'alert.pended';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number | null;
      readonly activeAtMs?: Ms;
    }
  | {
      readonly type: 'alert.fired';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number | null;
    }
  /** The notification service knows it, and will tell `receivers`. `firedAtMs`: since when it fires, as it was sent. */
  | {
      readonly type: 'alert.sent';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly receivers?: readonly string[];
      readonly firedAtMs?: Ms;
      readonly sentAtMs?: Ms;
    }
  /** The notification service keeps it to itself, and why; and does not any more. */
  | {
      readonly type: 'alert.muted';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly muting: Muting;
    }
  | { readonly type: 'alert.unmuted'; readonly alert: string; readonly labels: Readonly<Record<string, string>> }
  /** It reached `receiver`, in a notification of `group`. */
  | {
      readonly type: 'alert.delivered';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly receiver: string;
      readonly group?: string;
    }
  /** `receiver` would have been told by `integration` (`slack`, `email` …), which a replica does not do. */
  | {
      readonly type: 'alert.withheld';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly receiver: string;
      readonly integration: string;
    }
  /** Something came to the run's receiver that is no notification; `receiver` as far as it said. */
  | { readonly type: 'notification.refused'; readonly receiver: string | null; readonly reason: string }
  /** No longer pending or firing at the evaluator. */
  | {
      readonly type: 'alert.cleared';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly wasFiring: boolean;
    }
  /** The receiver was told that it is over. */
  | {
      readonly type: 'alert.resolved';
      readonly alert: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly receiver: string;
    }
  /** Asked at the end of a trial, of alerts that are expected (`wanted`: with these labels) and of those that nobody expects. */
  | {
      readonly type: 'alert.examined';
      readonly alert: string;
      readonly wanted: Readonly<Record<string, string>> | null;
      readonly examination: AlertExamination;
    }
  | { readonly type: 'runbook.found'; readonly alert: string; readonly url: string; readonly file: string }
  | { readonly type: 'runbook.missing'; readonly alert: string; readonly url: string | null; readonly reason: string }
  /** `steps`: the names of all steps that are to run in order, so that those never reached can be told. */
  | { readonly type: 'runbook.started'; readonly file: string; readonly steps: readonly string[] }
  | {
      readonly type: 'step.started';
      readonly step: string;
      readonly section: string;
      readonly language: string;
      readonly danger: string;
      readonly line: number;
    }
  | {
      readonly type: 'step.finished';
      readonly step: string;
      readonly outcome: StepOutcome;
      /** One line for people: what came back or why not. */
      readonly detail: string;
      readonly sqlState?: string;
      readonly attempts: number;
    }
  /** What the runbook itself says: `ok` when every step passed. A claim, not the truth. */
  | { readonly type: 'runbook.finished'; readonly claim: 'ok' | 'failed' | 'blocked' }
  | {
      readonly type: 'environment.changed';
      readonly act: 'restart' | 'configure';
      readonly target: string;
      readonly by: Actor | 'fault';
    }
  /** What a dashboard would show, each second of a drill. null: could not be read, which is a finding of its own. */
  | {
      readonly type: 'connections.measured';
      /** Client sessions on the server, and what it allows. */
      readonly used: number | null;
      readonly limit: number | null;
      /** Requests that wait for a connection of the service's pool. */
      readonly waiting: number | null;
    }
  /** A storyline note of the experiment reached the team. */
  | { readonly type: 'note.delivered'; readonly to: string; readonly text: string }
  /** `alert` null: whatever is firing. */
  | { readonly type: 'team.acknowledged'; readonly by: Actor; readonly alert: string | null }
  | { readonly type: 'team.focused'; readonly by: Actor; readonly component: string }
  | {
      readonly type: 'team.hypothesised';
      readonly by: Actor;
      /** `component/class`, from the list of the briefing. */
      readonly cause: string;
      readonly status: HypothesisStatus;
      readonly because: string | null;
    }
  | { readonly type: 'team.severityDeclared'; readonly by: Actor; readonly severity: string }
  | { readonly type: 'team.leadNamed'; readonly by: Actor; readonly lead: string }
  | { readonly type: 'team.escalated'; readonly by: Actor; readonly to: string; readonly reason: string | null }
  | { readonly type: 'team.updated'; readonly by: Actor; readonly text: string }
  | { readonly type: 'team.noted'; readonly by: Actor; readonly text: string }
  /** A question to the system. `component`: what it is about, where that is plain (sql and the server's log: `database`). */
  | {
      readonly type: 'team.queried';
      readonly by: Actor;
      readonly tool: 'sql' | 'logs' | 'promql';
      readonly component: string | null;
      readonly text: string;
      readonly ok: boolean;
      /** One line: `98 rows`, `53300: sorry, too many clients already`. */
      readonly summary: string;
      /** The first lines of the answer, for who reads the run later. */
      readonly output: readonly string[];
    }
  /** Something that may change the system, said before it is done: `restart-postgres`, `restart-service`, `configure-service`, `step NAME`. */
  | { readonly type: 'team.acted'; readonly by: Actor; readonly act: string; readonly detail: string }
  | { readonly type: 'team.claimed'; readonly by: Actor; readonly claim: 'mitigated' | 'resolved' }
  /** Did this step of a runbook help? */
  | { readonly type: 'team.rated'; readonly by: Actor; readonly step: string; readonly helpful: boolean }
  | {
      readonly type: 'hint.taken';
      readonly by: Actor;
      readonly level: HintLevel;
      readonly text: string;
      readonly cost: number;
    }
  /** A terminal of the playing role is there; the last one has gone silent; one is back. */
  | { readonly type: 'session.joined'; readonly role: Actor }
  | { readonly type: 'session.lost'; readonly role: Actor }
  | { readonly type: 'session.resumed'; readonly role: Actor }
  /** The oracle: 8 of 10 consecutive windows were good and the cause is gone. `sinceMs` is the start of the first of them. */
  | { readonly type: 'service.healed'; readonly sinceMs: Ms; readonly evidence: readonly number[] }
  | { readonly type: 'service.relapsed'; readonly reason: string }
  /** Somebody pressed the red button, or nobody was there any more. */
  | { readonly type: 'run.stopped'; readonly by: Actor | 'nobody'; readonly reason: string }
  | { readonly type: 'run.aborted'; readonly condition: string }
  | { readonly type: 'run.failed'; readonly reason: string }
  | {
      readonly type: 'run.ended';
      readonly outcome: 'completed' | 'interrupted' | 'failed' | 'timed-out';
      readonly residue: readonly string[];
      /** What runs no more, but could not be removed yet. Runs of before it was kept say nothing. */
      readonly left?: readonly string[];
      /** Only where the outcome is `interrupted`; it gives the exit code. */ readonly signal?: 'SIGINT' | 'SIGTERM';
    };

/** Only re-exported words that reports share; see `documents/experiment.ts` and `load/window.ts`. */
export type { RunbookVerdict, LoadWindow };
