import { describe, expect, test } from 'vitest';
import type { JournalFact } from '../../journal/events.ts';
import {
  by,
  claim,
  drillEntries,
  drillRun,
  focus,
  goldenPlan,
  teamWithout,
  update,
  type TeamStory,
} from './golden.fixture.ts';
import { changing, journalOf, without, withMore, type Entry } from '../journal.fixture.ts';
import { storyOf } from './story.ts';
import { drillFacts } from './facts.ts';
import type { MilestoneName } from './milestones.ts';

const injectedS = 10;
const reachedIn = (story: Partial<TeamStory>, change = (entries: readonly Entry[]): readonly Entry[] => entries) => {
  const plan = goldenPlan();
  const { run } = storyOf(drillFacts(journalOf(change(drillEntries(story, plan)), plan)));
  const seconds = (name: MilestoneName): number | null => {
    const reached = run[name];
    return reached === null ? null : reached.atMs / 1_000 - injectedS;
  };
  return seconds;
};
const query: Extract<JournalFact, { type: 'team.queried' }> = {
  type: 'team.queried',
  by,
  tool: 'sql',
  component: 'database',
  text: 'select 1',
  ok: false,
  summary: '53300: sorry, too many clients already',
  output: [],
};

describe('detected and notified', () => {
  test('are the first expected alert and its delivery', () => {
    const at = reachedIn({});
    expect([at('detected'), at('notified')]).toEqual([90, 100]);
  });

  test('an alert that nobody expects detects nothing', () => {
    const renamed = changing('alert.fired', (fact) => ({ ...fact, alert: 'DiskFull' }));
    expect(reachedIn({}, renamed)('detected')).toBe(100);
  });

  test('an alert with other labels, or for somebody else, notifies nobody', () => {
    const silent = (entries: readonly Entry[]): readonly Entry[] =>
      changing('alert.delivered', (fact) => ({ ...fact, receiver: 'chat' }))(
        changing('alert.fired', (fact) => ({ ...fact, labels: {} }))(entries),
      );
    expect(reachedIn({ team: [[300, focus('database')]] }, silent)('engaged')).toBeNull();
  });

  test('people who report it before the alert detected it themselves', () => {
    const at = reachedIn({
      team: [
        [40, update],
        [190, focus('database')],
      ],
    });
    expect([at('detected'), at('notified'), at('engaged')]).toEqual([40, 40, 40]);
  });

  test('a note or a look around is no report', () => {
    const at = reachedIn({
      team: [
        [40, { type: 'team.noted', by, text: 'quiet so far' }],
        [45, focus('network')],
      ],
    });
    expect([at('detected'), at('engaged')]).toEqual([90, null]);
  });

  test('what was said before anything was broken is no report', () => {
    expect(reachedIn({ team: [[-8, update]] })('detected')).toBe(90);
  });
});

describe('engaged', () => {
  test.each<[string, JournalFact]>([
    ['an acknowledgement', { type: 'team.acknowledged', by, alert: null }],
    ['a question to the system', query],
    ['a note', { type: 'team.noted', by, text: 'hm' }],
  ])('is the first thing that is done after the page: %s', (_, fact) => {
    expect(
      reachedIn({
        team: [
          [95, fact],
          [130, fact],
        ],
      })('engaged'),
    ).toBe(130);
  });
});

describe('right lead', () => {
  test.each<[string, JournalFact, number | null]>([
    ['a focus on what is ill', focus('database'), 300],
    ['a question to it, answered or refused', query, 300],
    [
      'a suspicion of it',
      { type: 'team.hypothesised', by, cause: 'database/slow-query', status: 'suspected', because: null },
      300,
    ],
    [
      'a suspicion that is ruled out',
      { type: 'team.hypothesised', by, cause: 'database/slow-query', status: 'ruled-out', because: null },
      null,
    ],
    ['a focus elsewhere', focus('network'), null],
    ['a question about nothing in particular', { ...query, component: null }, null],
  ])('%s', (_, fact, atS) => {
    expect(
      reachedIn({
        team: [
          [190, { type: 'team.acknowledged', by, alert: null }],
          [300, fact],
        ],
      })('right-lead'),
    ).toBe(atS);
  });
});

describe('mitigated', () => {
  test('is when the cause is gone, though buyers still suffer', () => {
    expect(reachedIn({ causeGoneS: 800 })('mitigated')).toBe(800);
  });

  test('is when buyers are served for H, though the cause is still there', () => {
    const at = reachedIn({ causeGoneS: Infinity, greenS: 900, endS: 1_000 });
    expect([at('mitigated'), at('restored')]).toEqual([900, null]);
  });

  test('is not yet, a moment before H has passed', () => {
    expect(
      reachedIn({ team: teamWithout(1_300), causeGoneS: Infinity, greenS: 900, endS: 959 })('mitigated'),
    ).toBeNull();
  });

  test('is taken back by a cause that is measured bad again', () => {
    const back: Entry = [
      1_100_250,
      { type: 'probe.measured', kind: 'cause', name: 'max_connections in effect', value: 0, good: false },
    ];
    expect(reachedIn({}, withMore(back))('mitigated')).toBeCloseTo(1_090.5, 9);
  });

  test('is neither begun nor taken back by a probe without data', () => {
    const blind = changing('probe.measured', (fact, atMs) =>
      fact.kind === 'cause' && atMs > 1_050_000 && atMs < 1_060_000 ? { ...fact, value: null, good: false } : fact,
    );
    expect(reachedIn({}, blind)('mitigated')).toBe(1_030);
    const neverSeen = changing('probe.measured', (fact) =>
      fact.kind === 'cause' ? { ...fact, value: null, good: false } : fact,
    );
    expect(reachedIn({ greenS: Infinity }, neverSeen)('mitigated')).toBeNull();
  });

  test('is not claimed for a cause that was never seen bad', () => {
    const fine = changing('probe.measured', (fact) =>
      fact.kind === 'cause' ? { ...fact, value: 1, good: true } : fact,
    );
    expect(reachedIn({ greenS: Infinity }, fine)('mitigated')).toBeNull();
  });
});

describe('restored and confirmed', () => {
  test('a hold has to last for H', () => {
    const team = teamWithout(1_300);
    expect(reachedIn({ team, endS: 1_269 })('restored')).toBeNull();
    expect(reachedIn({ team, endS: 1_270 })('restored')).toBe(1_210);
  });

  test('two bad windows among ten are noise, the third takes it back', () => {
    const bad = (...atS: readonly number[]) =>
      changing('load.measured', (fact, atMs) =>
        atS.includes(atMs / 1_000 - injectedS) ? { ...fact, buyersFailed: 20 } : fact,
      );
    const story = { endS: 1_500 };
    expect(reachedIn(story, bad(1_350, 1_351))('restored')).toBe(1_210);
    expect(reachedIn(story, bad(1_350, 1_351, 1_352))('restored')).toBe(1_350);
  });

  test('confirmed is the later one of restored and the first true "resolved"', () => {
    expect(reachedIn({})('confirmed')).toBe(1_300);
    const relapse = changing('load.measured', (fact, atMs) =>
      atMs > 1_330_000 && atMs <= 1_340_000 ? { ...fact, buyersFailed: 20 } : fact,
    );
    const again = reachedIn({ endS: 1_500 }, relapse);
    expect([again('restored'), again('confirmed')]).toEqual([1_330, 1_330]);
  });

  test('without a true "resolved" nothing is confirmed', () => {
    expect(reachedIn({ team: teamWithout(1_300) })('confirmed')).toBeNull();
  });

  test('"resolved" is true from H after restored on, and not a moment before', () => {
    const said = (atS: number): number | null =>
      reachedIn({ team: [...teamWithout(1_050, 1_300), [atS, claim('resolved')]] })('confirmed');
    expect([said(1_269.9), said(1_270)]).toEqual([null, 1_270]);
  });
});

test('escalated counts to the role that the experiment names, and to nobody else', () => {
  const to = (role: string): JournalFact => ({ type: 'team.escalated', by, to: role, reason: null });
  expect(
    reachedIn({
      team: [
        [200, to('manager')],
        [300, to('dba')],
      ],
    })('escalated'),
  ).toBe(300);
  expect(reachedIn({ team: [[200, to('manager')]] })('escalated')).toBeNull();
});

test('without a fault there are no milestones', () => {
  const plan = goldenPlan();
  const journal = journalOf(without('fault.intended', 'fault.injected')(drillEntries({}, plan)), plan);
  expect(Object.values(storyOf(drillFacts(journal)).run)).toEqual(Array.from({ length: 9 }, () => null));
  expect(drillFacts(drillRun()).injected?.type).toBe('fault.injected');
});
