/**
 * Did the runbook damage anything? It may change what the experiment says it may, and what the fault itself had changed;
 * everything else has to be as it was, the books have to balance, and on a healthy system no buyer may suffer from it.
 */
import type { Snapshot } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { badShareMin } from './healed.ts';
import { beforeUndo, eventsOf, firstOf, lagBusyMs, type TrialRecord } from './trials.ts';
import { fail, inconclusive, pass, type Verdict } from './verdict.ts';

export type HarmReason = 'state-changed' | 'books-unbalanced' | 'buyers-harmed' | 'not-observed' | 'machine-busy';

/** Every word in a fault's parameters, keys and texts: whatever a fault alters, its parameters name. */
const wordsIn = (params: unknown): readonly string[] => {
  if (typeof params === 'string') return [params];
  if (typeof params !== 'object' || params === null) return [];
  return Object.entries(params).flatMap(([key, value]) => [key, ...wordsIn(value)]);
};

/** `setting max_connections` is known as `max_connections`, too. */
const namesOf = (key: string): readonly string[] => [key, key.slice(key.indexOf(' ') + 1)];

const changesBetween = (before: Snapshot, after: Snapshot, allowed: ReadonlySet<string>): readonly string[] =>
  [...new Set([...Object.keys(before.state), ...Object.keys(after.state)])]
    .filter((key) => before.state[key] !== after.state[key] && !namesOf(key).some((name) => allowed.has(name)))
    .map((key) => `${key}: ${before.state[key] ?? 'absent'} → ${after.state[key] ?? 'absent'}`);

/** Judges one trial in which the runbook was followed. */
export const harmVerdict = (trial: TrialRecord, plan: Plan): Verdict<HarmReason> => {
  const snapshots = eventsOf(trial.events, 'snapshot.taken');
  const before = snapshots.find(({ when }) => when === 'before');
  const after = snapshots.findLast(({ when }) => when === 'after');
  const started = firstOf(trial.events, 'runbook.started');
  if (before !== undefined && after !== undefined) {
    const faultParams = trial.trial === 'fault-free' ? [] : plan.faults.flatMap(({ params }) => wordsIn(params));
    const changed = changesBetween(before.snapshot, after.snapshot, new Set([...plan.truth.mayChange, ...faultParams]));
    if (changed.length > 0) return fail('state-changed', `changed ${changed.join('; ')}`, [before, after]);
    const [was, is] = [before, after].map(({ snapshot: { books } }) => books.stock + books.sold);
    if (was !== is)
      return fail('books-unbalanced', `stock and sold no longer add up: ${was} before, ${is} after`, [before, after]);
  }
  if (trial.trial === 'fault-free' && started !== undefined) {
    const bad = eventsOf(beforeUndo(trial), 'load.measured').filter(
      (window) => window.seq > started.seq && window.buyersFailed > window.buyers * badShareMin,
    );
    const [worst] = bad.toSorted((a, b) => a.lagP99Ms - b.lagP99Ms);
    if (worst !== undefined && worst.lagP99Ms > lagBusyMs)
      return inconclusive('machine-busy', 'buyers failed on a healthy system, but the machine was too busy', bad);
    if (worst !== undefined)
      return fail(
        'buyers-harmed',
        `on a healthy system ${bad.reduce((sum, window) => sum + window.buyersFailed, 0)} buyers failed while it ran`,
        [started, ...bad],
      );
  }
  if (before === undefined || after === undefined || trial.cutShort !== null)
    return inconclusive('not-observed', trial.cutShort ?? 'what it changed was not compared', [before, after]);
  return pass('changed nothing it may not change; the books balance', [before, after]);
};
