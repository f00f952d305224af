import { expect, test } from 'vitest';
import { bandOf, quality, scoreReadiness, type ReadinessCounts } from './readiness.ts';

/** The counts of the worked example in the scoring model. */
const golden: ReadinessCounts = {
  alertsFired: { count: 2, of: 3 },
  detect: { observed: 90, target: 120 },
  unexpected: { count: 1, of: 3 },
  resolved: { count: 2, of: 2 },
  steps: { count: 7, of: 8 },
  linked: { count: 1, of: 2 },
  useful: { count: 4, of: 5 },
  actionItems: { count: 3, of: 4 },
};
const none = { count: 0, of: 0 };

test('the worked example scores 73.1544 and is Practised', () => {
  const score = scoreReadiness(golden);
  expect(score?.total).toBeCloseTo(73.1544, 4);
  expect(score?.band).toBe('Practised');
  expect(score?.items.map(({ points }) => Number(points.toFixed(4)))).toEqual([
    20, 10.6128, 6.6667, 5, 13.125, 2.5, 4, 11.25,
  ]);
});

test('every line of the sum can be redone by hand', () => {
  expect(scoreReadiness(golden)?.items.map(({ sum }) => sum)).toEqual([
    '30 × 2/3',
    '15 × q(0.7500) = 15 × 0.7075',
    '10 × 2/3',
    '5 × 2/2',
    '15 × 7/8',
    '5 × 1/2',
    '5 × 4/5',
    '15 × 3/4',
  ]);
});

test('what does not apply is left out and the rest is scaled to 100', () => {
  const score = scoreReadiness({ ...golden, useful: null });
  expect(score?.total).toBeCloseTo((69.1544 * 100) / 95, 3);
  expect(score?.max).toBe(95);
  expect(score?.notApplicable).toEqual(['runbook useful in the run']);
});

test('an experiment without action items is scored on the rest', () => {
  expect(scoreReadiness({ ...golden, actionItems: none })?.total).toBeCloseTo((61.9044 * 100) / 85, 3);
});

test('where nothing fired, detection is worth nothing instead of being left out', () => {
  const detect = scoreReadiness({ ...golden, detect: { observed: null, target: 120 } })?.items[1];
  expect(detect).toEqual({ name: 'time to detect', points: 0, max: 15, sum: '15 × 0 (nothing fired)' });
});

test('a run to which nothing applies has no score', () => {
  const empty = { alertsFired: none, detect: null, unexpected: none, resolved: none, steps: none, linked: none };
  expect(scoreReadiness({ ...empty, useful: null, actionItems: none })).toBeUndefined();
});

test.each([
  [0, 1],
  [0.25, 1],
  [0.5, 1],
  [0.75, 0.7075187],
  [1, 0.5],
  [1.25, 0.339036],
  [1.5, 0.2075187],
  [2, 0],
  [8, 0],
])('the quality of a ratio of %d is %d', (ratio, expected) => {
  expect(quality(ratio)).toBeCloseTo(expected, 6);
});

test.each([
  [100, 'Fluent'],
  [85, 'Fluent'],
  [84.999, 'Practised'],
  [70, 'Practised'],
  [69.999, 'Developing'],
  [50, 'Developing'],
  [49.999, 'Not yet'],
])('%d points are called %s', (total, band) => {
  expect(bandOf(total)).toBe(band);
});
