/**
 * The one vocabulary of judgement: an outcome, a reason from a closed list, a sentence for people, and the events that
 * decided. What was not seen is `inconclusive`, never `pass`: a pass can only rest on events that are there.
 */
import type { JournalEvent } from '../journal/events.ts';

export type Outcome = 'pass' | 'fail' | 'inconclusive';

export type Verdict<Reason extends string = string> = {
  /** One sentence for people, with the numbers that decided. */
  readonly detail: string;
  /** `seq` of the events that decided, in the order of the argument. */
  readonly evidence: readonly number[];
} & ({ readonly outcome: 'pass' } | { readonly outcome: 'fail' | 'inconclusive'; readonly reason: Reason });

type Evidence = readonly (JournalEvent | undefined)[];

/** The numbers of those events that exist, each once, in order. */
export const evidenceOf = (events: Evidence): readonly number[] => [
  ...new Set(events.flatMap((event) => (event === undefined ? [] : [event.seq]))),
];

export const pass = (detail: string, events: Evidence): { readonly outcome: 'pass' } & Verdict<never> => ({
  outcome: 'pass',
  detail,
  evidence: evidenceOf(events),
});

export const fail = <Reason extends string>(reason: Reason, detail: string, events: Evidence): Verdict<Reason> => ({
  outcome: 'fail',
  reason,
  detail,
  evidence: evidenceOf(events),
});

export const inconclusive = <Reason extends string>(
  reason: Reason,
  detail: string,
  events: Evidence,
): Verdict<Reason> => ({ outcome: 'inconclusive', reason, detail, evidence: evidenceOf(events) });

/** The reason of a verdict; a pass needs none. */
export const reasonIn = <Reason extends string>(verdict: Verdict<Reason>): Reason | undefined =>
  verdict.outcome === 'pass' ? undefined : verdict.reason;
