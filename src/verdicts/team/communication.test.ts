import { describe, expect, test } from 'vitest';
import type { JournalFact } from '../../journal/events.ts';
import { cadenceItem, closingItem, leadItem, severityItem, silencesOf } from './communication.ts';
import { by, claim, drillRun, goldenStory, update, type TeamStory } from './golden.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import { storyOf } from './story.ts';
import { coarsePlan } from './stories.fixture.ts';
import { drillFacts } from './facts.ts';

const acknowledged = goldenStory.team[0]!;
const storyWith = (
  team: TeamStory['team'],
  drill: Parameters<typeof coarsePlan>[1] = {},
  plan: Parameters<typeof coarsePlan>[0] = {},
) => storyOf(drillFacts(drillRun({ team: [acknowledged, ...team] }, coarsePlan(plan, drill))));
const severity = (what: string): JournalFact => ({ type: 'team.severityDeclared', by, severity: what });

describe('update cadence', () => {
  test.each([
    [1, 20],
    [2, 10],
    [5, 5],
    [10, 5],
  ])('at k = %d an update may be %d minutes after the one before', (timeScale, allowed) => {
    expect(silencesOf(storyWith([], { timeScale })).allowedMs).toBe(allowed * 60_000);
  });

  test('an update every five minutes is never late', () => {
    const team = [480, 780, 1_080].map((atS) => [atS, update] as const);
    expect(cadenceItem(storyWith(team))).toMatchObject({ points: 6, rating: 'P' });
  });

  test('a team that says nothing is late from the sixth minute on', () => {
    const item = cadenceItem(storyWith([]));
    // From 190 s to 1210.5 s, of which five minutes are in time.
    expect(item.points).toBeCloseTo(6 * (1 - (1_020.5 - 300) / 1_020.5), 9);
  });

  test('a note is no update, and what is said after the end is too late for it', () => {
    const silent = cadenceItem(storyWith([])).points ?? 0;
    const noted = [
      [480, { type: 'team.noted', by, text: 'hm' }],
      [1_250, update],
    ] as const;
    expect(cadenceItem(storyWith(noted)).points).toBeCloseTo(silent, 9);
  });

  test('where nobody engaged it was not observed', () => {
    const story = storyOf(drillFacts(drillRun({ team: [] }, coarsePlan())));
    expect(cadenceItem(story)).toMatchObject({ points: null, visible: 'nobody engaged' });
  });
});

describe('severity', () => {
  test.each([
    ['SEV-1', 'SEV-1', 3, 'P'],
    ['SEV-1', 'SEV-2', 1.5, 'S'],
    ['SEV-1', 'SEV-3', 0, 'M'],
    ['SEV-3', 'SEV-1', 3, 'P'],
  ])('of a %s, called %s within five minutes, has %d points', (truth, called, points, rating) => {
    const story = storyWith([[490, severity(called)]], {}, { truth: { ...samplePlan.truth, severity: truth } });
    expect(severityItem(story)).toMatchObject({ points, rating });
  });

  test('after more than five minutes it is too late', () => {
    expect(severityItem(storyWith([[490.1, severity('SEV-1')]]))).toMatchObject({
      points: 0,
      rating: 'U',
      visible: 'not within 5 min; it was SEV-1',
    });
  });

  test('the higher of two counts: whoever is unsure takes the higher one', () => {
    expect(
      severityItem(
        storyWith([
          [200, severity('SEV-1')],
          [300, severity('SEV-4')],
        ]),
      ).points,
    ).toBe(3);
  });

  test('without a rule for it in the experiment it is left out', () => {
    const story = storyWith([[200, severity('SEV-1')]], {}, { truth: { ...samplePlan.truth, severity: 'high' } });
    expect(severityItem(story).points).toBeNull();
  });
});

test('a lead counts whenever one is named, even before the page', () => {
  expect(leadItem(storyWith([[-8, { type: 'team.leadNamed', by, lead: 'x' }]])).points).toBe(1.5);
  expect(leadItem(storyWith([]))).toMatchObject({ points: 0, rating: 'U', visible: 'nobody was named' });
});

test('a closing notice is a "resolved" that was true', () => {
  expect(closingItem(storyWith([[1_300, claim('resolved')]])).points).toBe(1.5);
  expect(closingItem(storyWith([[1_250, claim('resolved')]])).points).toBe(0);
});
