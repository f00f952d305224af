import { describe, expect, test } from 'vitest';
import type { JournalFact } from '../../journal/events.ts';
import { minutes } from '../../units.ts';
import { by, drillRun, focus, goldenTimeline, type TeamStory } from './golden.fixture.ts';
import { storyOf } from './story.ts';
import { coarsePlan } from './stories.fixture.ts';
import { drillFacts } from './facts.ts';
import { referenceWrongShare, wrongLeadsItem } from './wrong-leads.ts';

const engaged = [190, { type: 'team.acknowledged', by, alert: null }] as const;
/** From engaged at 190 s to mitigated at 1030 s: 14 minutes. */
const itemOf = (...doings: TeamStory['team']) =>
  wrongLeadsItem(storyOf(drillFacts(drillRun({ team: [engaged, ...doings] }, coarsePlan()))));
const other = (component: string): JournalFact => ({ type: 'team.focused', by: 'operator', component });

describe('in the postmortem', () => {
  test('a wrong lead lasts until the next row, inside the search', () => {
    expect(referenceWrongShare(goldenTimeline)).toBeCloseTo(35 / 95, 9);
  });

  test('where there is none, a quarter of the search is usual', () => {
    expect(referenceWrongShare(goldenTimeline.filter(({ milestone }) => milestone !== 'wrong_lead'))).toBe(0.25);
    expect(referenceWrongShare([])).toBe(0.25);
  });

  test('one after the mitigation is none of the search', () => {
    const late = goldenTimeline.map((row) =>
      row.milestone === 'wrong_lead' && row.atMs > minutes(70) ? { ...row, atMs: minutes(110) } : row,
    );
    expect(referenceWrongShare(late.toSorted((a, b) => a.atMs - b.atMs))).toBeCloseTo(20 / 95, 9);
  });
});

describe('in a drill', () => {
  test('a search that was never only on a wrong component has all nine points', () => {
    expect(itemOf([200, focus('database')])).toMatchObject({
      points: 9,
      rating: 'P',
      visible: 'focus was never only on a wrong component',
    });
  });

  test('a search that was wrong for twice the share of the postmortem has none', () => {
    expect(itemOf([190, focus('network')])).toMatchObject({ points: 0, rating: 'M' });
  });

  test('looking both ways at once is free', () => {
    expect(itemOf([190, focus('network')], [191, other('database')]).points).toBeCloseTo(9, 1);
  });

  test('two who look at two wrong places are as wrong as one', () => {
    const both = itemOf([190, focus('network')], [190, other('web-server')], [490, focus('database')]);
    expect(both.points).toBeCloseTo(itemOf([190, focus('network')], [490, focus('database')]).points ?? 0, 9);
  });

  test('who says for more than half of the search nothing of their focus was not observed', () => {
    expect(itemOf([611, focus('network')])).toMatchObject({ points: null, rating: '-' });
    expect(itemOf([610, focus('network')]).points).not.toBeNull();
    expect(itemOf().visible).toBe('for more than half of the search nobody said what they looked at');
  });

  test('where nobody engaged nobody searched', () => {
    const story = storyOf(drillFacts(drillRun({ team: [] }, coarsePlan())));
    expect(wrongLeadsItem(story)).toMatchObject({ points: null, visible: 'nobody searched' });
  });
});
