/** One code for the whole run. A fault that may still be active wins over everything, whatever else there is to say. */
import type { JournalEvent } from '../journal/events.ts';
import { leftWords, stopWords } from '../journal/words.ts';
import type { FaultReason, Residue } from './faults.ts';
import { firstOf } from './trials.ts';
import type { Outcome } from './verdict.ts';

export type ExitCode = 0 | 1 | 3 | 4 | 5 | 124 | 130 | 143;
export type ExitName =
  'passed' | 'failed' | 'tool-failed' | 'inconclusive' | 'residue' | 'timed-out' | 'interrupted' | 'terminated';

export type Exit = {
  readonly code: ExitCode;
  readonly name: ExitName;
  /** In a few words. */
  readonly why: string;
  /** `seq` of the events that decided. */
  readonly because: readonly number[];
};

/** Residue, tool failed, ended early, inconclusive, failed, passed. */
/** Residue, tool failed, ended early, inconclusive, failed, passed. */
const precedence: readonly ExitCode[] = [5, 3, 130, 143, 124, 4, 1, 0];

/** The code that speaks for several; 0 where there is none. */
export const worstCode = (codes: readonly ExitCode[]): ExitCode => precedence.find((code) => codes.includes(code)) ?? 0;

/** The exit that speaks for several runs; undefined where there was none. */
export const worstExit = (exits: readonly Exit[]): Exit | undefined =>
  exits.toSorted((a, b) => precedence.indexOf(a.code) - precedence.indexOf(b.code))[0];

type Judged = {
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly evidence: readonly number[];
};

const named = (checks: readonly Judged[]): string => checks.map(({ name }) => name).join(', ');
const evidenceIn = (checks: readonly Judged[]): readonly number[] => [
  ...new Set(checks.flatMap(({ evidence }) => evidence)),
];

/**
 * Precedence: residue, tool failed, interrupted or timed out, an undo of ours that failed without leaving anything,
 * inconclusive, failed, passed.
 */
export const exitOf = (
  journal: readonly JournalEvent[],
  checks: readonly Judged[],
  residue: readonly Residue[],
): Exit => {
  const ended = firstOf(journal, 'run.ended');
  const because = (event: JournalEvent | undefined): readonly number[] => (event === undefined ? [] : [event.seq]);
  if (residue.length > 0) {
    const touched = journal.filter(({ type }) => type === 'fault.undoFailed' || type === 'run.ended');
    const why = `may still be active: ${residue.map(({ fault }) => fault).join(', ')}`;
    return { code: 5, name: 'residue', why, because: touched.map(({ seq }) => seq) };
  }
  const broke = firstOf(journal, 'run.failed');
  if (broke !== undefined || ended === undefined || ended.outcome === 'failed') {
    const reason = broke?.reason ?? (ended === undefined ? 'the journal ends before the run does' : 'the run failed');
    const why = ended?.left === undefined ? reason : `${reason}; ${leftWords(ended.left)}`;
    return { code: 3, name: 'tool-failed', why, because: because(broke ?? ended ?? journal.at(-1)) };
  }
  if (ended.outcome === 'interrupted') {
    const stopped = firstOf(journal, 'run.stopped');
    const [code, name] = ended.signal === 'SIGTERM' ? ([143, 'terminated'] as const) : ([130, 'interrupted'] as const);
    const how = stopped === undefined ? `${name}, restored` : `${stopWords(stopped)}; restored`;
    return { code, name, why: how, because: [...because(stopped), ...because(ended)] };
  }
  if (ended.outcome === 'timed-out')
    return { code: 124, name: 'timed-out', why: 'time limit hit, restored', because: because(ended) };
  const notUndone = checks.filter(({ reason }) => reason === ('undo-failed' satisfies FaultReason));
  if (notUndone.length > 0) {
    const why = `its own undo failed: ${named(notUndone)}`;
    return { code: 3, name: 'tool-failed', why, because: evidenceIn(notUndone) };
  }
  const aborted = firstOf(journal, 'run.aborted');
  if (aborted !== undefined)
    return { code: 4, name: 'inconclusive', why: `aborted: ${aborted.condition}`, because: because(aborted) };
  const open = checks.filter(({ outcome }) => outcome === 'inconclusive');
  if (open.length > 0) return { code: 4, name: 'inconclusive', why: named(open), because: evidenceIn(open) };
  const lost = checks.filter(({ outcome }) => outcome === 'fail');
  if (lost.length > 0) return { code: 1, name: 'failed', why: named(lost), because: evidenceIn(lost) };
  return checks.length === 0
    ? { code: 4, name: 'inconclusive', why: 'nothing was checked', because: because(ended) }
    : { code: 0, name: 'passed', why: `all ${checks.length} checks passed`, because: because(ended) };
};
