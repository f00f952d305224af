import { describe, expect, test } from 'vitest';
import type { Milestone, ReferenceEvent } from '../../documents/reference.ts';
import { minutes, ms } from '../../units.ts';
import {
  claim,
  confirmed,
  drillRun,
  focus,
  goldenPlan,
  goldenTimeline,
  teamWithout,
  type TeamStory,
} from './golden.fixture.ts';
import { referenceMilestones } from './milestones.ts';
import { isCoarse, referenceChain, segmentsOf, unusable } from './segments.ts';
import { storyOf } from './story.ts';
import { drillFacts } from './facts.ts';

type Row = readonly [minute: number, milestone: Milestone];

const referenceOf = (...rows: readonly Row[]) =>
  referenceMilestones(
    rows.map(([minute, milestone]): ReferenceEvent => ({
      at: { file: 'r', line: 1, column: 1 },
      atMs: minutes(minute),
      milestone,
    })),
  );
const chainOf = (...rows: readonly Row[]) =>
  referenceChain(referenceOf(...rows)).map(({ name, refMs, max }) => [name, refMs / 60_000, max]);

const cut = (story: Partial<TeamStory>, without: readonly Milestone[] = []) => {
  const plain = goldenPlan();
  const timeline = goldenTimeline.filter(({ milestone }) => !without.includes(milestone));
  const plan = goldenPlan({ reference: plain.reference && { ...plain.reference, timeline } });
  return segmentsOf(storyOf(drillFacts(drillRun(story, plan)))).map(({ from, to, max, gapMs, observedMs }) => [
    `${from} → ${to}`,
    max,
    gapMs / 60_000,
    observedMs === null ? null : observedMs / 60_000,
  ]);
};

describe('the way of the postmortem', () => {
  test('goes over every milestone that it names, each with the points of the stretch before it', () => {
    expect(
      chainOf(
        [0, 'detected'],
        [5, 'notified'],
        [10, 'acknowledged'],
        [30, 'right_lead'],
        [60, 'diagnosed'],
        [90, 'mitigated'],
        [99, 'resolved'],
      ),
    ).toEqual([
      ['notified', 5, 0],
      ['engaged', 10, 6],
      ['right-lead', 30, 10],
      ['diagnosed', 60, 10],
      ['mitigated', 90, 12],
      ['confirmed', 99, 8],
    ]);
  });

  test('begins at detection where nobody was notified', () => {
    expect(chainOf([0, 'detected'], [10, 'investigating'], [99, 'resolved'])).toEqual([
      ['detected', 0, 0],
      ['engaged', 10, 6],
      ['confirmed', 99, 40],
    ]);
  });

  test('loses the points of what lies before its first milestone', () => {
    expect(chainOf([10, 'investigating'], [20, 'right_lead'], [99, 'mitigated'])).toEqual([
      ['engaged', 10, 0],
      ['right-lead', 20, 10],
      ['mitigated', 99, 22],
    ]);
  });

  test('merges a diagnosis that came after the rollback', () => {
    expect(
      chainOf([0, 'detected'], [5, 'acknowledged'], [30, 'mitigated'], [60, 'diagnosed'], [99, 'resolved']),
    ).toEqual([
      ['detected', 0, 0],
      ['engaged', 5, 6],
      ['mitigated', 30, 32],
      ['confirmed', 99, 8],
    ]);
  });

  test('ends its work with the last mitigation before it was resolved', () => {
    const reference = referenceOf(
      [0, 'detected'],
      [10, 'mitigated'],
      [40, 'mitigated'],
      [50, 'resolved'],
      [80, 'mitigated'],
    );
    expect(reference.mitigated).toBe(minutes(40));
  });

  test('is coarse where only its two ends are known', () => {
    expect(isCoarse(referenceOf([0, 'detected'], [99, 'resolved']))).toBe(true);
    expect(isCoarse(referenceOf([0, 'detected'], [9, 'acknowledged'], [99, 'resolved']))).toBe(false);
  });

  test.each<[string, readonly Row[], RegExp]>([
    [
      'no end',
      [
        [0, 'detected'],
        [9, 'diagnosed'],
      ],
      /neither when it was mitigated nor when it was resolved/,
    ],
    ['nothing but an end', [[9, 'resolved']], /no moment before its end/],
    ['nothing', [], /neither/],
  ])('with %s cannot be scored against, and says why', (_, rows, why) => {
    expect(unusable(referenceOf(...rows))).toMatch(why);
  });

  test('with a start and an end can', () => {
    expect(unusable(referenceOf([0, 'detected'], [99, 'resolved']))).toBeNull();
  });
});

describe('the way of a run', () => {
  test('is held against the same stretches', () => {
    expect(cut({})).toEqual([
      ['notified → engaged', 6, 5, 1.5],
      ['engaged → right-lead', 10, 20, 5],
      ['right-lead → diagnosed', 10, 30, 3],
      ['diagnosed → mitigated', 12, 45, 6],
      ['mitigated → confirmed', 8, 45, 4.5],
    ]);
  });

  test('merges what the postmortem lacks', () => {
    expect(cut({}, ['right_lead', 'diagnosed'])).toEqual([
      ['notified → engaged', 6, 5, 1.5],
      ['engaged → mitigated', 32, 95, 14],
      ['mitigated → confirmed', 8, 45, 4.5],
    ]);
  });

  test('merges a diagnosis that came after the mitigation', () => {
    const late = [...teamWithout(670), [1_100, confirmed('database/pool-limit-too-low')] as const];
    expect(cut({ team: late }).map(([name, max]) => [name, max])).toEqual([
      ['notified → engaged', 6],
      ['engaged → right-lead', 10],
      ['right-lead → mitigated', 22],
      ['mitigated → confirmed', 8],
    ]);
  });

  test('does not merge what lies behind the last milestone that was reached', () => {
    expect(cut({ team: teamWithout(670), causeGoneS: Infinity, greenS: Infinity })).toEqual([
      ['notified → engaged', 6, 5, 1.5],
      ['engaged → right-lead', 10, 20, 5],
      ['right-lead → diagnosed', 10, 30, null],
      ['diagnosed → mitigated', 12, 45, null],
      ['mitigated → confirmed', 8, 45, null],
    ]);
  });

  test('has reached nothing where nobody engaged', () => {
    expect(cut({ team: [] }).map(([, , , observed]) => observed)).toEqual([null, null, null, null, null]);
  });

  test('counts what was looked at before the page from the moment of engaging', () => {
    const early = [
      [-8, focus('database')],
      [190, { type: 'team.acknowledged', by: 'primary', alert: null }],
      [1_300, claim('resolved')],
    ] as const;
    expect(cut({ team: early })[1]).toEqual(['engaged → right-lead', 10, 20, 0]);
  });

  test('knows in which stretch a hint was taken', () => {
    const story = storyOf(drillFacts(drillRun()));
    expect(segmentsOf(story).map(({ hints }) => hints.length)).toEqual([0, 0, 1, 0, 0]);
    expect(segmentsOf(story)[2]?.hints[0]?.atMs).toBe(ms(550_000));
  });
});
