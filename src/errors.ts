/**
 * One shape of message for what a person can act on. A `GamedayError` has a code, what is wrong with the actual and the
 * expected value, where (when a document is to blame) and what to do next. Everything else that is thrown is our bug.
 */

/** A place in a document; `line` and `column` count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** One thing wrong with what a person wrote; `rule`: the safety rule that refuses it, where one does. */
export type Problem = {
  readonly message: string;
  readonly at?: Place;
  readonly hint?: string;
  readonly rule?: string;
};

export type ErrorCode =
  | 'USAGE' // the command line is wrong
  | 'DOCUMENT_INVALID' // experiment, reference, runbook, rule file or configuration is wrong
  | 'ENVIRONMENT_FAILED' // a process, port or folder of the environment did not do its part
  | 'ENVIRONMENT_UNREACHABLE' // an address of the environment does not answer in time
  | 'REFUSED' // a safety rule
  | 'RESIDUE'; // a fault may still be active

export class GamedayError extends Error {
  readonly code: ErrorCode;
  /** All problems found, in document order; never empty. The first one is also `message`. */
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const all = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(all.map((problem) => problem.message).join('\n'), options);
    this.name = 'GamedayError';
    this.code = code;
    this.problems = all;
  }
}

/** The text of anything thrown, with the texts of its causes as far as it does not say them itself. */
export const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.message === '' ? thrown.name : thrown.message;
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map((error) => reasonOf(error)).join('; ');
  if (thrown.cause === undefined) return own;
  const cause = reasonOf(thrown.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
};

/**
 * The message as people read it, one block per problem:
 *
 *     error: web-stack-outage asks for 480 connections; environment "staging" allows 80
 *       at   experiments/web-stack-outage.yaml:14:18
 *       try  lower hold-connections.count to 80
 */
export const showProblems = (problems: readonly Problem[]): string =>
  problems
    .map(({ message, at, hint, rule }) => {
      // What stands in a file may steer a terminal; what is said about it must not.
      const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '');
      const lines = [`error: ${plain(message)}`];
      if (at !== undefined) lines.push(`  at   ${at.file}:${at.line}:${at.column}`);
      if (rule !== undefined) lines.push(`  rule ${rule}`);
      if (hint !== undefined) lines.push(`  try  ${plain(hint)}`);
      return lines.join('\n');
    })
    .join('\n');
