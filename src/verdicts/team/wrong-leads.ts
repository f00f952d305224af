/**
 * How much of the search went the wrong way, against the original team's search.
 *
 *     wrong-lead share   9 × clamp(1 − W_o / (2 × W_r), 0, 1)
 *
 * W is the share of the time between engaged and mitigated in which somebody's focus was on a wrong component and nobody's
 * on a right one: looking both ways at once is free. In the postmortem a wrong lead lasts until its next row; where it has
 * none, W_r is 0.25. A team that said for less than half of the time what it looked at was not observed.
 */
import type { ReferenceEvent } from '../../documents/reference.ts';
import { referenceMilestones } from './milestones.ts';
import type { Story } from './story.ts';
import { notObserved, observed, showMinutes, showRunClock, type TeamItem } from './item.ts';
import { eventsOf } from '../trials.ts';

/** A stretch with the same focus of everybody. */
type Look = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Sorted; empty: nobody said what they looked at. */
  readonly components: readonly string[];
  readonly seq: number | null;
};

const wrongShareUsual = 0.25;

/** W_r */
export const referenceWrongShare = (timeline: readonly ReferenceEvent[]): number => {
  const { engaged, notified, detected, mitigated, confirmed } = referenceMilestones(timeline);
  const fromMs = engaged ?? notified ?? detected;
  const toMs = mitigated ?? confirmed;
  if (fromMs === null || toMs === null || toMs <= fromMs) return wrongShareUsual;
  let wrongMs = 0;
  for (const [index, { atMs, milestone }] of timeline.entries()) {
    if (milestone !== 'wrong_lead') continue;
    const endMs = timeline[index + 1]?.atMs ?? toMs;
    wrongMs += Math.max(0, Math.min(endMs, toMs) - Math.max(atMs, fromMs));
  }
  return wrongMs === 0 ? wrongShareUsual : wrongMs / (toMs - fromMs);
};

/** What was looked at between engaged and mitigated, or until people's time was over. */
export const looksOf = ({ run, facts }: Story): readonly Look[] => {
  if (run.engaged === null) return [];
  const fromMs = run.engaged.atMs;
  const untilMs = run.mitigated?.atMs ?? facts.untilMs;
  const looks: Look[] = [];
  const focus = new Map<string, string>();
  let sinceMs = fromMs;
  let seq: number | null = null;
  const upTo = (atMs: number): void => {
    if (atMs > sinceMs)
      looks.push({ fromMs: sinceMs, toMs: atMs, components: [...new Set(focus.values())].toSorted(), seq });
    sinceMs = Math.max(sinceMs, atMs);
  };
  for (const event of eventsOf(facts.response, 'team.focused')) {
    if (event.atMs >= untilMs) break;
    upTo(event.atMs);
    focus.set(event.by, event.component);
    seq = event.seq;
  }
  upTo(untilMs);
  return looks;
};

const isRight = ({ components }: Look, truth: readonly string[]): boolean =>
  components.some((name) => truth.includes(name));

/** The stretches in which everybody who said so looked at the wrong place. */
export const wrongLooks = (story: Story): readonly Look[] => {
  const { components } = story.facts.started.plan.truth;
  return looksOf(story).filter((look) => look.components.length > 0 && !isRight(look, components));
};

export const wrongLeadsItem = (story: Story): TeamItem => {
  const told = { id: 'wrong-leads', group: 'diagnosis', name: 'wrong leads', max: 9 } as const;
  const looks = looksOf(story);
  const lengthOf = (some: readonly Look[]): number => some.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const windowMs = lengthOf(looks);
  if (windowMs === 0) return notObserved({ ...told, visible: 'nobody searched' });
  if (lengthOf(looks.filter(({ components }) => components.length === 0)) > windowMs / 2)
    return notObserved({ ...told, visible: 'for more than half of the search nobody said what they looked at' });
  const wrong = wrongLooks(story);
  const wrongShare = lengthOf(wrong) / windowMs;
  const usual = referenceWrongShare(story.timeline);
  const free = 1 - wrongShare / (2 * usual);
  const share = Math.min(1, Math.max(0, free));
  return observed({
    ...told,
    share,
    sum: `9 × ${share.toFixed(6)}`,
    visible:
      wrong.length === 0
        ? 'focus was never only on a wrong component'
        : `focus on ${wrong.map((look) => lookWords(look, story)).join(', ')}`,
    working: [
      ...wrong.map(
        (look) => `${look.components.join(', ')} ${spanWords(look)}${look.seq === null ? '' : ` #${look.seq}`}`,
      ),
      `W_o = ${showMinutes(lengthOf(wrong))} of ${showMinutes(windowMs)} = ${wrongShare.toFixed(6)}`,
      `W_r = ${usual.toFixed(6)} in the postmortem`,
      `1 − W_o / (2 × W_r) = ${free.toFixed(6)}, between 0 and 1`,
    ],
    evidence: looks.flatMap(({ seq }) => seq ?? []),
  });
};

const spanWords = ({ fromMs, toMs }: Look): string => `${showRunClock(fromMs)} to ${showRunClock(toMs)}`;

const lookWords = ({ components, fromMs, toMs }: Look, { clock }: Story): string =>
  `${components.join(' and ')} ${clock(fromMs)} to ${clock(toMs)}`;
