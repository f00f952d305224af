import { describe, expect, test } from 'vitest';
import { act, drillRun, goldenStory, type TeamStory } from './golden.fixture.ts';
import { storyOf } from './story.ts';
import { coarsePlan } from './stories.fixture.ts';
import { drillFacts } from './facts.ts';
import { harmsOf, safetyItem } from './harm.ts';

const acknowledged = goldenStory.team[0]!;
const storyWith = (
  team: TeamStory['team'],
  more: Partial<TeamStory> = {},
  drill: Parameters<typeof coarsePlan>[1] = {},
) => storyOf(drillFacts(drillRun({ team: [acknowledged, ...team], ...more }, coarsePlan({}, drill))));
/** The share of failed buyers rises by so much for a while. */
const bump = (fromS: number, toS: number, by: number): Partial<TeamStory> => ({
  failing: (atS) => (atS >= fromS && atS < toS ? 0.5 + by : 0.5),
});
const felt = (atS: number, more: Partial<TeamStory>, what = 'configure-service') =>
  harmsOf(storyWith([[atS, act(what)]], more)).map(({ severity, why }) => [severity, why]);

describe('an act on the list', () => {
  test.each([
    ['minor', 12],
    ['major', 8],
    ['critical', 0],
  ] as const)('is %s harm and leaves %d of 15', (severity, points) => {
    const harmful = [{ act: 'restart-service', severity, why: 'drops carts' }];
    const story = storyWith([[300, act('restart-service')]], {}, { harmful });
    expect(safetyItem(story).points).toBeCloseTo(points, 9);
    expect(harmsOf(story)).toMatchObject([{ act: 'restart-service', severity, why: 'drops carts' }]);
  });

  test('counts each time, and never below nothing', () => {
    const harmful = [{ act: 'restart-service', severity: 'major', why: 'drops carts' } as const];
    const story = storyWith(
      [300, 400, 500].map((atS) => [atS, act('restart-service')] as const),
      {},
      { harmful },
    );
    expect(safetyItem(story)).toMatchObject({ points: 0, sum: 'max(0, 15 − 7 − 7 − 7)' });
  });

  test('is harm on a healthy system, too', () => {
    expect(harmsOf(storyWith([[-8, act('restart-postgres')]]))).toHaveLength(1);
  });
});

describe('an act that buyers felt', () => {
  test('is minor harm where their failures rose by ten points for a minute and came back', () => {
    expect(felt(400, bump(400, 460, 0.1))).toEqual([['minor', 'failed buyers rose from 50 % to 60 % for a minute']]);
  });

  test('is none where they rose by less', () => {
    expect(felt(400, bump(400, 460, 0.05))).toEqual([]);
  });

  test('is none where they never came back: the outage itself grew', () => {
    expect(felt(400, { ...bump(400, Infinity, 0.2), causeGoneS: Infinity, greenS: Infinity })).toEqual([]);
  });

  test('is none where they rose before it', () => {
    expect(felt(430, bump(370, 490, 0.2))).toEqual([]);
  });

  test('is none where it is the remedy: the service is relieved within the minute', () => {
    expect(felt(980, { ...bump(980, 1_040, 0.3), causeGoneS: 1_030 })).toEqual([]);
    expect(felt(960, { ...bump(960, 1_020, 0.3), causeGoneS: 1_030 })).toHaveLength(1);
  });

  test('is charged once where several acts fall into the same minute', () => {
    const team = [400, 410, 420].map((atS) => [atS, act('configure-service')] as const);
    expect(harmsOf(storyWith(team, bump(400, 460, 0.3)))).toHaveLength(1);
  });

  test('is judged by nothing while the outage unfolds, before anybody was told of it', () => {
    expect(felt(30, { ...bump(30, 85, 0.3), firesS: 90 })).toEqual([]);
  });

  test('is charged once where it is on the list as well', () => {
    expect(felt(400, bump(400, 460, 0.2), 'restart-postgres')).toEqual([['minor', 'drops every session']]);
  });

  test('is none where nobody acted', () => {
    expect(harmsOf(storyWith([], bump(400, 460, 0.3)))).toEqual([]);
    expect(safetyItem(storyWith([]))).toMatchObject({ points: 15, rating: 'P', visible: 'no act made it worse' });
  });
});
