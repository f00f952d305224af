/**
 * One step of a runbook from start to verdict: executes it (again and again where it waits with `until`), judges what came
 * back, and says in one line what happened. Ends by its timeout at the latest, and leaves no timer, connection or process.
 */
import { stripVTControlCharacters } from 'node:util';
import { evaluateExpression, explainExpression } from '../../documents/expression-evaluation.ts';
import { GamedayError } from '../../errors.ts';
import type { Facts, Row, StepFacts } from '../../documents/expression.ts';
import type { Step } from '../../documents/runbook.ts';
import type { StepOutcome } from '../../journal/events.ts';
import { formatDuration, ms } from '../../units.ts';
import { noFacts, type Attempt, type StepContext } from './attempt.ts';
import { attemptPromql } from './promql-step.ts';
import { attemptShell } from './sh-step.ts';
import { attemptSql } from './sql-step.ts';

export type { StepContext, StepFacts };

export type StepResult = {
  readonly outcome: StepOutcome;
  /** One line without control characters. */
  readonly detail: string;
  readonly sqlState?: string;
  readonly attempts: number;
  readonly facts: StepFacts;
};

const languages = { sql: attemptSql, sh: attemptShell, promql: attemptPromql } as const;

export const runStep = async (step: Step, context: StepContext): Promise<StepResult> => {
  const { clock, signal } = context;
  const deadlineMs = clock.nowMs() + step.timeoutMs;
  const timeUp = new AbortController();
  const done = new AbortController();
  const alarm = clock.sleep(step.timeoutMs, done.signal).then(
    () => timeUp.abort(),
    () => {},
  );
  const bound = AbortSignal.any([signal, timeUp.signal]);
  let last: Judged = { outcome: 'failed', detail: 'it was never tried', facts: noFacts };
  let attempts = 0;
  try {
    for (;;) {
      attempts += 1;
      const timeoutMs = ms(Math.max(1, deadlineMs - clock.nowMs()));
      const attempt = await languages[step.language](step, context, { timeoutMs, signal: bound }).catch(misconfigured);
      const judged = judge(step, context, attempt);
      // An attempt that the deadline cut off knows less than the one before it.
      if (judged !== undefined) last = judged;
      if (judged !== undefined && (judged.outcome === 'passed' || step.until === undefined)) break;
      if (!bound.aborted) await clock.sleep(step.everyMs, bound).catch(() => {});
      if (!bound.aborted) continue;
      const waited = formatDuration(step.timeoutMs);
      const known = attempts === 1 && judged === undefined ? '' : `: ${last.detail}`;
      last = signal.aborted
        ? { ...last, outcome: 'cancelled', detail: `stopped together with the run${known}` }
        : { ...last, outcome: 'timed-out', detail: `not done within ${waited}${known}` };
      break;
    }
  } finally {
    done.abort();
    await alarm;
  }
  return { ...last, detail: oneLine(last.detail), attempts };
};

/** A role that the environment does not know is the runbook's mistake, not ours. */
const misconfigured = (error: unknown): Attempt => {
  if (error instanceof GamedayError) return { type: 'refused', kind: 'unreachable', reason: error.message };
  throw error;
};

/** What `capture` keeps: the only value of the only row, or else what was printed; 4 KiB at most. */
export const capturedText = ({ rows, stdout }: StepFacts): string => {
  const [row] = rows;
  const value = row === undefined ? stdout.trim() : String(Object.values(row)[0] ?? '');
  return Buffer.from(value).subarray(0, 4_096).toString();
};

type Judged = Omit<StepResult, 'attempts'>;

/** undefined: the attempt was stopped and shows nothing. */
const judge = (step: Step, { earlier, vars }: StepContext, attempt: Attempt): Judged | undefined => {
  switch (attempt.type) {
    case 'stopped':
      return undefined;
    case 'refused': {
      const { kind, reason, sqlState } = attempt;
      // "No error" is what a step without words of its own expects; another expectation could not even be asked.
      const outcome =
        kind === 'blocked' ? 'blocked' : kind === 'rejected' && step.expect === undefined ? 'failed' : 'errored';
      return { outcome, detail: reason, ...(sqlState === undefined ? {} : { sqlState }), facts: noFacts };
    }
    case 'answered': {
      const facts: Facts = { ...attempt.facts, steps: earlier, vars };
      const expected = step.until ?? step.expect;
      if (expected === undefined) return judgeDefault(attempt.facts);
      const evaluated = evaluateExpression(expected, facts);
      if (!evaluated.ok) return { outcome: 'errored', detail: evaluated.reason, facts: attempt.facts };
      if (evaluated.value) return { outcome: 'passed', detail: summaryOf(attempt.facts), facts: attempt.facts };
      return { outcome: 'failed', detail: explainExpression(expected, facts), facts: attempt.facts };
    }
    default:
      return attempt satisfies never;
  }
};

const judgeDefault = (facts: StepFacts): Judged => {
  const { exit = 0, stdout, stderr } = facts;
  if (exit === 0) return { outcome: 'passed', detail: summaryOf(facts), facts };
  const words = lastLine(stderr) || lastLine(stdout);
  return { outcome: 'failed', detail: `exit = 0, but exit was ${exit}${words === '' ? '' : `: ${words}`}`, facts };
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const summaryOf = ({ exit, stdout, stderr, rows }: StepFacts): string => {
  if (exit !== undefined) return lastLine(stdout) || lastLine(stderr) || `exit ${exit}`;
  const [row] = rows;
  if (row === undefined) return 'no rows';
  return rows.length === 1 ? showRow(row) : `${rows.length} rows, the first: ${showRow(row)}`;
};

const showRow = (row: Row): string =>
  Object.entries(row)
    .map(([name, value]) => `${name} = ${showValue(value)}`)
    .join(', ');

/** Fractions to four digits: nobody compares more of a share of failed buyers. */
const showValue = (value: Row[string]): string => {
  if (value === null) return 'NULL';
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
};

/** What a program printed may steer a terminal; what a person reads in the journal must not. */
const oneLine = (text: string): string => {
  const plain = stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
};
