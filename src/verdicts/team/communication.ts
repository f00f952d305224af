/**
 * Whether others could know what was going on.
 *
 *     update cadence   6 × (1 − late / window)
 *     severity         3 where it was declared within 5 min of engaging and at least as high as it was; one lower: 1.5
 *     lead named       1.5
 *     closing notice   1.5 for a true "resolved"
 *
 * An update is an explicit one, a severity, a lead, an escalation or a "resolved". The window goes from engaged to restored,
 * or to the end of people's time; `late` is what its gaps are longer than C = max(5, 20 / k) minutes, the first and the last
 * gap included: writing does not compress.
 */
import type { JournalEvent } from '../../journal/events.ts';
import type { Story } from './story.ts';
import { notObserved, observed, showEvent, showMinutes, showRunClock, type TeamItem } from './item.ts';
import { eventsOf, firstOf } from '../trials.ts';

const minuteMs = 60_000;
const severityWithinMs = 5 * minuteMs;

const isUpdate = (event: JournalEvent): boolean =>
  event.type === 'team.updated' ||
  event.type === 'team.severityDeclared' ||
  event.type === 'team.leadNamed' ||
  event.type === 'team.escalated' ||
  (event.type === 'team.claimed' && event.claim === 'resolved');

export type Gap = { readonly fromMs: number; readonly toMs: number; readonly lateMs: number };

/** The stretches in which nothing was said, and by how much each was too long; empty where nobody engaged. */
export const silencesOf = ({
  facts,
  run,
}: Story): { readonly allowedMs: number; readonly gaps: readonly Gap[]; readonly updates: readonly JournalEvent[] } => {
  const allowedMs = Math.max(5, 20 / facts.drill.timeScale) * minuteMs;
  if (run.engaged === null) return { allowedMs, gaps: [], updates: [] };
  const fromMs = run.engaged.atMs;
  const toMs = Math.max(fromMs, run.restored?.atMs ?? facts.untilMs);
  const updates = facts.response.filter((event) => isUpdate(event) && event.atMs >= fromMs && event.atMs <= toMs);
  const edges = [fromMs, ...updates.map(({ atMs }) => atMs), toMs];
  const gaps = edges.slice(1).map((endMs, index): Gap => {
    const beginMs = edges[index] ?? endMs;
    return { fromMs: beginMs, toMs: endMs, lateMs: Math.max(0, endMs - beginMs - allowedMs) };
  });
  return { allowedMs, gaps, updates };
};

export const cadenceItem = (story: Story): TeamItem => {
  const told = { id: 'cadence', group: 'communication', name: 'updates in time', max: 6 } as const;
  const { allowedMs, gaps, updates } = silencesOf(story);
  const windowMs = (gaps.at(-1)?.toMs ?? 0) - (gaps[0]?.fromMs ?? 0);
  if (windowMs === 0) return notObserved({ ...told, visible: 'nobody engaged' });
  const lateMs = gaps.reduce((sum, gap) => sum + gap.lateMs, 0);
  const late = gaps.filter((gap) => gap.lateMs > 0);
  return observed({
    ...told,
    share: 1 - lateMs / windowMs,
    sum: `6 × (1 − ${(lateMs / minuteMs).toFixed(4)}/${(windowMs / minuteMs).toFixed(4)})`,
    visible:
      late.length === 0
        ? `${updates.length} updates, none later than ${allowedMs / minuteMs} min after the one before`
        : `silent ${late.map(({ fromMs, toMs }) => `${story.clock(fromMs)} to ${story.clock(toMs)}`).join(', ')}`,
    working: [
      `C = max(5, 20 / ${story.facts.drill.timeScale}) = ${showMinutes(allowedMs)}`,
      ...updates.map((event) => `${showEvent(event)}  ${event.type}`),
      ...gaps.map(
        (gap) =>
          `${showRunClock(gap.fromMs)} to ${showRunClock(gap.toMs)}: ${showMinutes(gap.toMs - gap.fromMs)}, late ${showMinutes(gap.lateMs)}`,
      ),
      `late = ${showMinutes(lateMs)} of ${showMinutes(windowMs)}`,
    ],
    evidence: updates.map(({ seq }) => seq),
  });
};

/** `SEV-1` → 1; NaN for anything else. */
const rankOf = (severity: string): number => Number(/^SEV-(\d)$/.exec(severity)?.[1]);

export const severityItem = ({ facts, run, clock }: Story): TeamItem => {
  const told = { id: 'severity', group: 'communication', name: 'severity declared', max: 3 } as const;
  const truth = facts.started.plan.truth.severity;
  if (Number.isNaN(rankOf(truth)))
    return notObserved({ ...told, visible: `the experiment calls it "${truth}", no SEV-1 to SEV-4` });
  const { engaged } = run;
  const declared = eventsOf(facts.response, 'team.severityDeclared').filter(
    ({ atMs, seq }) =>
      engaged !== null && seq > (facts.injected?.seq ?? Infinity) && atMs <= engaged.atMs + severityWithinMs,
  );
  // Whoever is unsure takes the higher one; taking it costs nothing.
  const [highest] = declared.toSorted((a, b) => rankOf(a.severity) - rankOf(b.severity));
  if (highest === undefined)
    return observed({ ...told, share: 0, sum: '3 × 0', reached: false, visible: `not within 5 min; it was ${truth}` });
  const tooLow = Math.max(0, rankOf(highest.severity) - rankOf(truth));
  const share = [1, 0.5][tooLow] ?? 0;
  return observed({
    ...told,
    share,
    sum: `3 × ${share}`,
    visible: `${highest.severity} at ${clock(highest.atMs)}; it was ${truth}`,
    working: [
      `${showEvent(highest)}  ${highest.severity}, ${tooLow === 0 ? 'not lower' : `${tooLow} lower`} than ${truth}`,
    ],
    evidence: [highest.seq],
  });
};

export const leadItem = ({ facts, clock }: Story): TeamItem => {
  const named = firstOf(facts.response, 'team.leadNamed');
  return present('lead', 'lead named', named, named === undefined ? 'nobody was named' : `at ${clock(named.atMs)}`);
};

export const closingItem = ({ claims, run, clock }: Story): TeamItem => {
  const closing = run.confirmed === null ? undefined : claims.find(({ kind, isTrue }) => kind === 'resolved' && isTrue);
  const visible = closing === undefined ? 'no "resolved" that was true' : `true at ${clock(closing.atMs)}`;
  return present('closing', 'closing notice', closing, visible);
};

const present = (
  id: string,
  name: string,
  event: { readonly atMs: number; readonly seq: number } | undefined,
  visible: string,
): TeamItem =>
  observed({
    id,
    group: 'communication',
    name,
    max: 1.5,
    share: event === undefined ? 0 : 1,
    sum: event === undefined ? '1.5 × 0' : '1.5 × 1',
    reached: event !== undefined,
    visible,
    working: event === undefined ? [] : [showEvent(event)],
    evidence: event === undefined ? [] : [event.seq],
  });
