/** Was a fault injected, undone, and seen restored? Whatever is not seen restored may still be active. */
import type { JournalEvent } from '../journal/events.ts';
import type { PlannedFault } from '../plan/plan.ts';
import { eventsOf, firstOf, type TrialRecord } from './trials.ts';
import { fail, inconclusive, pass, type Verdict } from './verdict.ts';

export type FaultReason = 'not-injected' | 'undo-failed' | 'not-undone' | 'not-verified';

/** A fault that may still be active. `byHand` is the command that removes it, where the journal knows one. */
export type Residue = { readonly fault: string; readonly byHand: string | null };

const aboutFault = (trial: TrialRecord, faultId: string): readonly JournalEvent[] =>
  [...trial.events, ...trial.aftermath].filter((event) => 'faultId' in event && event.faultId === faultId);

export const faultVerdict = (trial: TrialRecord, fault: PlannedFault): Verdict<FaultReason> => {
  const own = aboutFault(trial, fault.id);
  const intended = firstOf(own, 'fault.intended');
  const injected = firstOf(own, 'fault.injected');
  const verified = eventsOf(own, 'fault.verified').at(-1);
  const undone = eventsOf(own, 'fault.undone').at(-1);
  const undoFailed = eventsOf(own, 'fault.undoFailed').at(-1);
  // A fault may consist of several undo records, each of which is intended and seen restored on its own.
  const open = eventsOf(own, 'fault.intended').length > eventsOf(own, 'fault.verified').length;
  if (injected === undefined && !open)
    return inconclusive('not-injected', trial.cutShort ?? 'was never injected', [intended]);
  if (open || verified === undefined) {
    if (undoFailed !== undefined)
      return fail('undo-failed', `could not be undone: ${undoFailed.reason}`, [injected, undoFailed]);
    return undone === undefined
      ? fail('not-undone', 'was not undone', [intended, injected])
      : fail('not-verified', 'was undone, but never seen restored', [injected, undone]);
  }
  const by = undone === undefined || undone.by === 'run' ? '' : ` by the ${undone.by}`;
  return pass(`injected, undone${by} and seen restored`, [injected, undone, verified]);
};

const byHandMark = '; by hand: ';

/**
 * Everything that may still be active: faults that were intended more often than seen restored, and what the run itself
 * names at its end, unless that was seen restored later on.
 */
export const residueOf = (journal: readonly JournalEvent[]): readonly Residue[] => {
  const intended = eventsOf(journal, 'fault.intended');
  const verified = eventsOf(journal, 'fault.verified');
  const isOpen = (faultId: string): boolean =>
    intended.filter((event) => event.faultId === faultId).length >
    verified.filter((event) => event.faultId === faultId).length;
  const left = new Map<string, string | null>();
  for (const { faultId, description } of intended)
    if (isOpen(faultId)) {
      const failed = eventsOf(journal, 'fault.undoFailed').findLast((event) => event.faultId === faultId);
      left.set(description, failed?.byHand ?? null);
    }
  for (const named of firstOf(journal, 'run.ended')?.residue ?? []) {
    const [fault = named, byHand = null] = named.split(byHandMark);
    const known = intended.find(({ description }) => fault.includes(description));
    if (known === undefined) left.set(fault, byHand);
    else if (isOpen(known.faultId)) left.set(known.description, byHand ?? left.get(known.description) ?? null);
  }
  return [...left].map(([fault, byHand]) => ({ fault, byHand }));
};
