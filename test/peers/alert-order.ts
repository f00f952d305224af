/** In which order the expected alerts of a run came and went, and whether two runs agree on it. */
import type { JournalEvent } from '../../src/journal/events.ts';

export type AlertMoment = { readonly what: string; readonly atMs: number };

const kinds = { 'alert.fired': 'fired', 'alert.delivered': 'delivered', 'alert.resolved': 'resolved' } as const;

/** The first of each kind since the fault; what else may fire is not promised, so it is not compared. */
export const alertMoments = (journal: readonly JournalEvent[]): readonly AlertMoment[] => {
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('a journal begins with run.started');
  const expected = new Set(started.plan.alerts.map(({ name }) => name));
  const since = journal.findIndex(({ type }) => type === 'fault.intended');
  const first = new Map<string, AlertMoment>();
  for (const event of journal.slice(since)) {
    if (event.type !== 'alert.fired' && event.type !== 'alert.delivered' && event.type !== 'alert.resolved') continue;
    const what = `${event.alert} ${kinds[event.type]}`;
    if (expected.has(event.alert) && !first.has(what)) first.set(what, { what, atMs: event.atMs });
  }
  return [...first.values()];
};

/** Whatever is less apart than this in one of the runs is in no order: a scrape, an evaluation and a look at the server. */
const togetherMs = 600;

/** @returns Every disagreement, in words. */
export const disorder = (left: readonly AlertMoment[], right: readonly AlertMoment[]): readonly string[] => {
  const timesOf = (moments: readonly AlertMoment[]): ReadonlyMap<string, number> =>
    new Map(moments.map(({ what, atMs }) => [what, atMs]));
  const [ours, theirs] = [timesOf(left), timesOf(right)];
  const missing = [...new Set([...ours.keys()]).symmetricDifference(new Set(theirs.keys()))];
  const common = [...ours.keys()].filter((what) => theirs.has(what));
  const swapped = common.flatMap((one, index) =>
    common.slice(index + 1).flatMap((other) => {
      const [a, b] = [ours, theirs].map((times) => (times.get(other) ?? 0) - (times.get(one) ?? 0)) as [number, number];
      const together = Math.min(Math.abs(a), Math.abs(b)) < togetherMs;
      return together || a < 0 === b < 0 ? [] : [`${one} before ${other} in one of the runs only`];
    }),
  );
  return [...missing.map((what) => `${what} in one of the runs only`), ...swapped];
};
