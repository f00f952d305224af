/** Was a fault injected, undone, and seen restored? Whatever is not seen restored may still be active. */
import type { JournalEvent } from '../journal/events.ts';
import type { PlannedFault } from '../plan/plan.ts';
import { eventsOf, firstOf, trialsOf, type EventOf, type TrialRecord } from './trials.ts';
import { fail, inconclusive, pass, type Verdict } from './verdict.ts';

export type FaultReason = 'not-injected' | 'undo-failed' | 'not-undone' | 'not-verified';

/** A fault that may still be active. `byHand` is the command that removes it, where the journal knows one. */
export type Residue = { readonly fault: string; readonly byHand: string | null };

const aboutFault = (trial: TrialRecord, faultId: string): readonly JournalEvent[] =>
  [...trial.events, ...trial.aftermath].filter((event) => 'faultId' in event && event.faultId === faultId);

/**
 * Were more undo records intended than seen restored? A fault may consist of several, each restored on its own. Where an
 * event names its record it counts for that one only, however often it was written.
 */
const isOpen = (
  intended: readonly EventOf<'fault.intended'>[],
  verified: readonly EventOf<'fault.verified'>[],
): boolean => {
  const restored = new Set(verified.map(({ undoId }) => undoId));
  const unnamed = verified.filter(({ undoId }) => undoId === undefined).length;
  return intended.filter(({ undoId }) => !restored.has(undoId)).length > unnamed;
};

/** @param residue What is left at the end of the whole run: where that is nothing, a fault went with its environment. */
export const faultVerdict = (
  trial: TrialRecord,
  fault: PlannedFault,
  residue: readonly Residue[],
): Verdict<FaultReason> => {
  const own = aboutFault(trial, fault.id);
  const intended = firstOf(own, 'fault.intended');
  const injected = firstOf(own, 'fault.injected');
  const verified = eventsOf(own, 'fault.verified').at(-1);
  const undone = eventsOf(own, 'fault.undone').at(-1);
  const undoFailed = eventsOf(own, 'fault.undoFailed').at(-1);
  const open = isOpen(eventsOf(own, 'fault.intended'), eventsOf(own, 'fault.verified'));
  if (injected === undefined && !open)
    return inconclusive('not-injected', trial.cutShort ?? 'was never injected', [intended]);
  if (open || verified === undefined) {
    if (undoFailed !== undefined)
      return fail(
        'undo-failed',
        residue.length === 0
          ? `its own undo failed (${undoFailed.reason}); it is gone with its environment`
          : `could not be undone: ${undoFailed.reason}`,
        [injected, undoFailed],
      );
    return undone === undefined
      ? fail('not-undone', 'was not undone', [intended, injected])
      : fail('not-verified', 'was undone, but never seen restored', [injected, undone]);
  }
  const by = undone === undefined || undone.by === 'run' ? '' : ` by the ${undone.by}`;
  return pass(`injected, undone${by} and seen restored`, [injected, undone, verified]);
};

const byHandMark = '; by hand: ';

/**
 * Everything that may still be active. What the run names at its end decides, unless it was seen restored later on. A fault
 * whose own undo failed before that end and which is not named there is gone with its environment; one that was neither
 * seen restored nor said to have failed may be anywhere.
 */
export const residueOf = (journal: readonly JournalEvent[]): readonly Residue[] => {
  const ended = firstOf(journal, 'run.ended');
  const trials = trialsOf(journal).map(({ events, aftermath }) => [...events, ...aftermath]);
  const named = eventsOf(journal, 'fault.verified').filter(({ undoId }) => undoId !== undefined);
  const failedOf = (events: readonly JournalEvent[], faultId: string) =>
    eventsOf(events, 'fault.undoFailed').filter((event) => event.faultId === faultId);
  const isLeft = (events: readonly JournalEvent[], faultId: string): boolean => {
    // Every trial has faults of the same names; what was restored late may be told after a later trial.
    const intended = eventsOf(events, 'fault.intended').filter((event) => event.faultId === faultId);
    const unnamed = eventsOf(events, 'fault.verified').filter(
      (event) => event.faultId === faultId && event.undoId === undefined,
    );
    return isOpen(intended, [...unnamed, ...named]);
  };
  const left = new Map<string, string | null>();
  for (const events of trials)
    for (const { faultId, description } of eventsOf(events, 'fault.intended')) {
      const failed = failedOf(events, faultId);
      const isGone = ended !== undefined && failed.length > 0 && failed.every(({ seq }) => seq < ended.seq);
      if (isLeft(events, faultId) && !isGone) left.set(description, failed.at(-1)?.byHand ?? null);
    }
  for (const line of ended?.residue ?? []) {
    const [fault = line, byHand = null] = line.split(byHandMark);
    const known = eventsOf(journal, 'fault.intended').find(({ description }) => fault.includes(description));
    if (known === undefined) {
      left.set(fault, byHand);
      continue;
    }
    const { faultId, description } = known;
    const restoredLater =
      !trials.some((events) => isLeft(events, faultId)) &&
      eventsOf(journal, 'fault.verified').some((event) => event.faultId === faultId && event.seq > (ended?.seq ?? 0));
    if (!restoredLater) left.set(description, byHand ?? failedOf(journal, faultId).at(-1)?.byHand ?? null);
  }
  return [...left].map(([fault, byHand]) => ({ fault, byHand }));
};
