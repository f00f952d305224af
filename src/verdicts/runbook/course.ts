/**
 * How a service did over a stretch of a run, by the rule that also heals it: two bad windows among ten are a busy machine's
 * noise, three are the service's own. What was not measured is neither.
 */
import type { JournalEvent } from '../../journal/events.ts';
import { showValue } from '../alerts/alerts.ts';
import { isBroken, keyOf, startsSettling, windowOf } from '../healed.ts';
import type { Latest, OraclePlan, Probe, Window } from '../healed.ts';
import { buyersIn, eventsOf, lagBusyMs } from '../trials.ts';

export type Course =
  | { readonly course: 'stayed' }
  /** Too little is known of it; `busy` where the machine's own lateness is among the reasons. */
  | { readonly course: 'unknown'; readonly busy: boolean }
  | {
      readonly course: 'broken';
      /** Whether buyers suffered, or only probes show it. */
      readonly by: 'buyers' | 'probes';
      /** What decided, in words. */
      readonly words: string;
      readonly evidence: readonly JournalEvent[];
    };

/**
 * How the service did from the event `from` on, over at least `plan.observation.settleMs`.
 *
 * @param events What is before `from` only tells how the probes stood.
 */
export const courseSince = (events: readonly JournalEvent[], from: number, plan: OraclePlan): Course => {
  const { healed: rule, settleMs, windowMs } = plan.observation;
  const latest: Latest = new Map();
  const windows: Window[] = [];
  let decisive: readonly Window[] | undefined;
  for (const [index, event] of events.entries()) {
    if (event.type === 'probe.measured') latest.set(keyOf(event.kind, event.name), event);
    if (event.type !== 'load.measured' || index < from) continue;
    windows.push(windowOf(event, latest, plan, windows.slice(-rule.of)));
    if (decisive === undefined && isBroken(windows, rule))
      decisive = windows.slice(-rule.of).filter(({ state }) => state === 'bad');
  }
  if (decisive !== undefined) return broken(windows, decisive);
  const unknown = windows.filter(({ state }) => state === 'unknown');
  const known = windows.length - unknown.length;
  return known > 0 && known >= Math.floor(settleMs / windowMs) - (rule.of - rule.good)
    ? { course: 'stayed' }
    : { course: 'unknown', busy: unknown.some(({ load }) => load.lagP99Ms > lagBusyMs) };
};

/** @param decisive The bad windows that were too many. */
const broken = (windows: readonly Window[], decisive: readonly Window[]): Course => {
  const harmed = decisive.filter((window) => window.harmed);
  const hanging = harmed.filter(({ load }) => load.buyers === 0);
  // A probe is named only where buyers alone do not explain it.
  const probes = decisive.filter((window) => !window.harmed).flatMap(({ badProbes }) => badProbes);
  const worst = new Map(probes.map((probe) => [probe.name, probe]));
  const { buyers, failed } = buyersIn(windows.map(({ load }) => load));
  const words = [
    ...(harmed.length > hanging.length ? [`${failed} of ${buyers} buyers failed`] : []),
    ...(hanging.length > 0 ? [`nobody's visit ended in ${hanging.length} of ${windows.length} windows`] : []),
    ...[...worst.values()].map(({ name, value }) => `"${name}" was bad (${showValue(value ?? 0)})`),
  ];
  return {
    course: 'broken',
    by: harmed.length > 0 ? 'buyers' : 'probes',
    words: words.join(', '),
    evidence: [...windows.map(({ load }) => load), ...worst.values()],
  };
};

/**
 * How a healed service did while it was watched on: it stayed well, fell ill again, or too little was seen to say. A
 * curable cause must not be back at the end, whatever buyers have felt of it so far.
 *
 * @param events Everything since the injection or since it was found healed (the phase `resolve`, or `settle`).
 */
export const settling = (events: readonly JournalEvent[], plan: OraclePlan): Course => {
  const start = Math.max(0, events.findIndex(startsSettling));
  const course = courseSince(events, start, plan);
  if (course.course === 'broken' || plan.truth.nature === 'external') return course;
  const measured = eventsOf(events.slice(start), 'probe.measured').filter(
    (probe) => probe.kind === 'cause' && probe.value !== null,
  );
  const causes = plan.truth.healed.map(({ name }) => measured.findLast((probe) => probe.name === name));
  const back = causes.flatMap((probe) => (probe === undefined || probe.good ? [] : [probe]));
  if (back.length > 0) return causeBack(back, plan);
  return causes.includes(undefined) && course.course === 'stayed' ? { course: 'unknown', busy: false } : course;
};

const causeBack = (causes: readonly Probe[], { truth }: OraclePlan): Course => {
  const sql = new Set(truth.healed.filter(({ language }) => language === 'sql').map(({ name }) => name));
  const words = causes.map(({ name, value }) =>
    sql.has(name) ? `"${name}" no longer holds` : `"${name}" is ${showValue(value ?? 0)} again`,
  );
  return { course: 'broken', by: 'probes', words: words.join(', '), evidence: causes };
};
