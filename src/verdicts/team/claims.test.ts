import { expect, test } from 'vitest';
import { claim, confirmed, drillEntries, drillRun, goldenPlan, goldenStory, type TeamStory } from './golden.fixture.ts';
import { journalOf, type Entry } from '../journal.fixture.ts';
import { claimsItem, claimsOf } from './claims.ts';
import { storyOf } from './story.ts';
import { coarsePlan } from './stories.fixture.ts';
import { drillFacts } from './facts.ts';

const acknowledged = goldenStory.team[0]!;
const storyWith = (team: TeamStory['team'], more: Partial<TeamStory> = {}) =>
  storyOf(drillFacts(drillRun({ team: [acknowledged, ...team], ...more }, coarsePlan())));
const truths = (...team: TeamStory['team']) =>
  claimsOf(storyWith(team).facts).map(({ words, isTrue }) => [words, isTrue]);
const right = confirmed('database/pool-limit-too-low');

test('a mitigation is true while the service is relieved, and only then', () => {
  expect(truths([1_029, claim('mitigated')], [1_032, claim('mitigated')])).toEqual([
    ['mitigated', false],
    ['mitigated', true],
  ]);
});

test('a "mitigated" that a relapse undid was true when it was said; said during the relapse it is not', () => {
  const plan = goldenPlan();
  const cause = {
    type: 'probe.measured',
    kind: 'cause',
    name: 'max_connections in effect',
    value: 0,
    good: false,
  } as const;
  const team = [acknowledged, [1_040, claim('mitigated')], [1_090.3, claim('mitigated')]] as const;
  const entries: readonly Entry[] = [...drillEntries({ team }, plan), [1_100_250, cause]];
  expect(claimsOf(drillFacts(journalOf(entries, plan))).map(({ isTrue }) => isTrue)).toEqual([true, false]);
});

test('confirming everything on the list makes most of it false', () => {
  const item = claimsItem(
    storyWith([
      [300, right],
      [310, confirmed('network/ddos')],
      [320, confirmed('web-server/cpu-saturated')],
    ]),
  );
  expect(item).toMatchObject({ points: 2, sum: '6 × 1/3', rating: 'M' });
});

test('suspicions are free', () => {
  const suspicion = { ...right, status: 'suspected' } as typeof right;
  expect(truths([300, suspicion])).toEqual([]);
});

test('what was said truly is not said again by repeating it', () => {
  expect(truths([300, right], [310, right], [1_280, claim('resolved')], [1_290, claim('resolved')])).toEqual([
    ['cause database/pool-limit-too-low', true],
    ['resolved', true],
  ]);
});

test('a false claim counts as often as it is made', () => {
  expect(truths([300, claim('resolved')], [310, claim('resolved')])).toEqual([
    ['resolved', false],
    ['resolved', false],
  ]);
});

test('what was claimed before anything was broken is no claim', () => {
  expect(truths([-8, claim('resolved')])).toEqual([]);
});

test('without a claim accuracy was not observed', () => {
  expect(claimsItem(storyWith([]))).toMatchObject({ points: null, rating: '-', visible: 'nothing was claimed' });
});
