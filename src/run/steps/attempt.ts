/** What one execution of a step's text came to, before anybody judges it; every language of a runbook answers with this. */
import type { Clock } from '../../clock.ts';
import type { StepFacts } from '../../documents/expression.ts';
import type { Ms } from '../../units.ts';

export type Attempt =
  /** It ran to its end, whatever it found. A shell command that exits with 1 has answered. */
  | { readonly type: 'answered'; readonly facts: StepFacts }
  /** `blocked` lacks a permission or a free connection, `rejected` was refused as it was running, `unreachable` is the rest. */
  | {
      readonly type: 'refused';
      readonly kind: 'blocked' | 'rejected' | 'unreachable';
      readonly reason: string;
      readonly sqlState?: string;
    }
  /** The signal ended it. */
  | { readonly type: 'stopped' };

/** What a step may use. All of it belongs to the caller, except what a step opens and closes itself. */
export type StepContext = {
  readonly connectionString: (role: string, via: 'direct' | 'service') => string;
  readonly prometheusUrl: string;
  /** `path` is PATH with gameday's own command first; nothing but this reaches the shell from outside. */
  readonly shell: { readonly path: string; readonly env: Readonly<Record<string, string>>; readonly cwd: string };
  /** Tells in `pg_stat_activity` which step of which run is there. */
  readonly applicationName: string;
  readonly earlier: ReadonlyMap<string, StepFacts>;
  readonly vars: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** How long this attempt may take: `signal` aborts then, or earlier when the whole run stops. */
export type AttemptBound = { readonly timeoutMs: Ms; readonly signal: AbortSignal };

export const noFacts: StepFacts = { stdout: '', stderr: '', rows: [] };
