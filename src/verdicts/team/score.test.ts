import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupMax, groupNames, notObserved, observed, type GroupName, type TeamItem } from './item.ts';
import { gateOf, teamScore } from './score.ts';

const item = (group: GroupName, max: number, share: number | null, id = `${group} ${max}`): TeamItem => {
  const told = { id, group, name: id, max, visible: '' };
  return share === null ? notObserved(told) : observed({ ...told, share, sum: '' });
};
const allAt = (share: number): readonly TeamItem[] => groupNames.map((name) => item(name, groupMax[name], share));
const scoreOf = (items: readonly TeamItem[], gate = gateOf({ restored: true, critical: false })) =>
  teamScore(items, { shorter: items, longer: items }, gate);

test('the points of the groups sum to 100', () => {
  expect(Object.values<number>(groupMax).reduce((a, b) => a + b)).toBe(100);
  expect(scoreOf(allAt(1)).total).toBe(100);
});

describe('what was not observed', () => {
  test('is left out, and the rest of its group is scaled', () => {
    const score = scoreOf([
      ...allAt(1).slice(0, 1),
      item('diagnosis', 9, null),
      item('diagnosis', 6, 0.5),
      ...allAt(1).slice(2),
    ]);
    expect(score.groups[1]).toEqual({ name: 'diagnosis', points: 7.5, max: 15, scaled: '3.0000 of 6, × 15/6' });
    expect(score.total).toBeCloseTo(92.5, 9);
  });

  test('as a whole group scales the total, and is named', () => {
    const score = scoreOf([item('diagnosis', 15, null), ...allAt(0.5).filter(({ group }) => group !== 'diagnosis')]);
    expect(score.total).toBeCloseTo(50, 9);
    expect(score.notObserved).toEqual(['diagnosis', 'diagnosis 15']);
  });

  test('of everything is a score of nothing, and no number that is none', () => {
    expect(scoreOf([]).total).toBe(0);
  });
});

describe('gates', () => {
  test.each([
    [{ restored: true, critical: false }, 90, 90],
    [{ restored: false, critical: false }, 90, 49.9],
    [{ restored: true, critical: true }, 90, 59.9],
    [{ restored: false, critical: true }, 90, 49.9],
    [{ restored: false, critical: false }, 40, 40],
  ])('with %o, %d points are %d', (facts, points, total) => {
    const score = scoreOf(allAt(points / 100), gateOf(facts));
    expect(score.total).toBeCloseTo(total, 9);
    expect(score.ungated).toBeCloseTo(points, 9);
    expect(score.high).toBeCloseTo(total, 9);
  });
});

test('a range across a border has both bands', () => {
  const items = allAt(0.7);
  const score = teamScore(items, { shorter: allAt(0.69), longer: allAt(0.72) }, null);
  expect(score).toMatchObject({ band: 'Developing/Practised' });
});

test('whatever the shares, the total lies between 0 and 100, and in its range', () => {
  const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
  const shares = fc.array(share, { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(shares, fc.boolean(), fc.boolean(), (given, restored, critical) => {
      const items = groupNames.map((name, index) => item(name, groupMax[name], given[index] ?? null));
      const { total, low, high } = scoreOf(items, gateOf({ restored, critical }));
      expect([total >= 0, total <= 100, low, high]).toEqual([true, true, total, total]);
    }),
  );
});
