/**
 * Did the runbook damage anything? It may change what the experiment says it may, and what the fault itself had changed;
 * everything else has to be as it was, the books have to balance, and on a healthy system no buyer may suffer from it.
 */
import type { Snapshot } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { courseSince } from './course.ts';
import { badShareMin } from '../healed.ts';
import { beforeUndo, eventsOf, firstOf, lagBusyMs, type TrialRecord } from '../trials.ts';
import { fail, inconclusive, pass, type Verdict } from '../verdict.ts';

export type HarmReason =
  'state-changed' | 'books-unbalanced' | 'buyers-harmed' | 'service-harmed' | 'not-observed' | 'machine-busy';

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

const unbalanced = (before: Snapshot['books'], after: Snapshot['books']): string | undefined => {
  if (before === undefined || after === undefined) return undefined;
  const [was, is] = [before, after].map(({ stock, sold }) => stock + sold);
  if (was !== is) return `stock and sold no longer add up: ${was} before, ${is} after`;
  return after.sold < before.sold ? `orders were lost: ${before.sold} sold before, ${after.sold} after` : undefined;
};

/** Judges one trial in which the runbook was followed. */
export const harmVerdict = (trial: TrialRecord, plan: Plan): Verdict<HarmReason> => {
  const snapshots = eventsOf(trial.events, 'snapshot.taken');
  const before = snapshots.find(({ when }) => when === 'before');
  const after = snapshots.findLast(({ when }) => when === 'after');
  if (before !== undefined && after !== undefined) {
    const faultParams = trial.trial === 'fault-free' ? [] : plan.faults.flatMap(({ params }) => wordsIn(params));
    const changed = changesBetween(before.snapshot, after.snapshot, new Set([...plan.truth.mayChange, ...faultParams]));
    if (changed.length > 0) return fail('state-changed', `changed ${changed.join('; ')}`, [before, after]);
    const wrong = unbalanced(before.snapshot.books, after.snapshot.books);
    if (wrong !== undefined) return fail('books-unbalanced', wrong, [before, after]);
  }
  const onHealthy = trial.trial === 'fault-free' ? healthyVerdict(trial, plan) : undefined;
  if (onHealthy?.outcome === 'fail') return onHealthy;
  if (before === undefined || after === undefined || trial.cutShort !== null)
    return inconclusive('not-observed', trial.cutShort ?? 'what it changed was not compared', [before, after]);
  const books = before.snapshot.books === undefined ? '' : '; the books balance';
  return onHealthy ?? pass(`changed nothing it may not change${books}`, [before, after]);
};

/** What the runbook did to a healthy service; undefined: nothing, and that was seen. */
const healthyVerdict = (trial: TrialRecord, plan: Plan): Verdict<HarmReason> | undefined => {
  const watched = beforeUndo(trial);
  const started = firstOf(watched, 'runbook.started');
  const finished = firstOf(watched, 'runbook.finished');
  if (started === undefined) return inconclusive('not-observed', 'the runbook was not followed', [watched.at(-1)]);
  const since = eventsOf(watched, 'load.measured').filter((window) => window.seq > started.seq);
  const bad = since.filter((window) => window.buyersFailed > window.buyers * badShareMin);
  const [calmest] = bad.toSorted((a, b) => a.lagP99Ms - b.lagP99Ms);
  // Nobody fails on a healthy system, so that a single window is enough; for what is only slow or waiting it is not.
  if (calmest !== undefined && calmest.lagP99Ms <= lagBusyMs)
    return fail(
      'buyers-harmed',
      `on a healthy system ${bad.reduce((sum, window) => sum + window.buyersFailed, 0)} buyers failed while it ran`,
      [started, ...bad],
    );
  const seen = courseSince(watched, watched.indexOf(started), plan);
  if (seen.course === 'broken')
    return fail(seen.by === 'buyers' ? 'buyers-harmed' : 'service-harmed', `on a healthy system ${seen.words}`, [
      started,
      ...seen.evidence,
    ]);
  if (calmest !== undefined)
    return inconclusive('machine-busy', 'buyers failed on a healthy system, but the machine was too busy', bad);
  if (finished === undefined) return inconclusive('not-observed', 'the runbook was never finished', [started]);
  if (seen.course === 'stayed') return undefined;
  return seen.busy
    ? inconclusive('machine-busy', 'the machine was too busy to tell how a healthy system takes it', [
        started,
        ...since,
      ])
    : inconclusive('not-observed', 'what it does to a healthy system was not watched long enough', [started, ...since]);
};
