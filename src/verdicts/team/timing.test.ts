import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minutes } from '../../units.ts';
import type { Segment } from './segments.ts';
import { timed, timingItem } from './timing.ts';

const segment = (part: Partial<Segment> = {}): Segment => ({
  from: 'engaged',
  to: 'right-lead',
  max: 10,
  gapMs: minutes(20),
  fromMs: 0,
  toMs: part.observedMs ?? minutes(4),
  observedMs: minutes(4),
  hints: [],
  evidence: [7, 9],
  ...part,
});
const solution = { level: 'solution', seq: 8, atMs: 60_000 } as const;
const nudge = { ...solution, level: 'nudge' } as const;

test.each([
  [0, 1],
  [2, 1],
  [3, 0.7075187],
  [4, 0.5],
  [5, 0.339036],
  [8, 0],
  [80, 0],
])('against four minutes, %d minutes are worth %d', (observed, quality) => {
  expect(timed(segment({ observedMs: minutes(observed) }), 5).quality).toBeCloseTo(quality, 6);
});

test.each([
  ['a gap of nothing', 0, 5],
  ['a gap that compresses to less', minutes(5), 5],
  ['a gap that goes back', minutes(-30), 5],
])('%s is held against two minutes', (_, gapMs, k) => {
  expect(timed(segment({ gapMs }), k)).toMatchObject({ allowedMs: minutes(2), floored: true });
});

test('a gap that compresses to two minutes exactly is not floored', () => {
  expect(timed(segment({ gapMs: minutes(10) }), 5)).toMatchObject({ allowedMs: minutes(2), floored: false });
});

test('what was not reached has no points and is rated so', () => {
  const item = timingItem(timed(segment({ observedMs: null, toMs: null }), 5), 5);
  expect(item).toMatchObject({ points: 0, rating: 'U', sum: '10 × 0 (not reached)', visible: 'not reached' });
});

test('a hint costs a stretch its best rating, and none of its points', () => {
  const item = timingItem(timed(segment({ observedMs: minutes(1), hints: [nudge] }), 5), 5);
  expect(item).toMatchObject({ points: 10, rating: 'S', visible: 'nudge taken', evidence: [7, 9, 8] });
});

test('a solution that was taken leaves at most a quarter of the points', () => {
  const item = timingItem(timed(segment({ observedMs: minutes(1), hints: [solution] }), 5), 5);
  expect(item).toMatchObject({ points: 2.5, rating: 'M' });
  expect(item.working).toContain('a solution was taken: q = min(1.000000, 0.25)');
  const slow = timed(segment({ observedMs: minutes(7), hints: [solution] }), 5);
  expect(slow.quality).toBeLessThan(0.25);
});

test('every step of the arithmetic is there for a calculator', () => {
  expect(timingItem(timed(segment({ observedMs: minutes(5) }), 5), 5).working).toEqual([
    'engaged at 0:00.0, right lead at 5:00.0: events #7 #9',
    'g = max(20 min / 5, 2 min) = 4.0000 min',
    'o = 5.0000 min',
    'x = o / g = 1.250000',
    'q = 0.5 − 0.5 × log2(x) = 0.5 − 0.5 × 0.321928 = 0.339036',
    'points = 10 × 0.339036 = 3.3904',
  ]);
});

test('faster is never worse, and a longer reference never costs points', () => {
  const duration = fc.integer({ min: 0, max: minutes(120) });
  const hints = fc.constantFrom([], [nudge], [solution]);
  const k = fc.constantFrom(1, 2, 3, 5, 10);
  fc.assert(
    fc.property(duration, duration, duration, duration, hints, k, (a, b, gap, shift, taken, timeScale) => {
      const [fast, slow] = [Math.min(a, b), Math.max(a, b)];
      const at = (observedMs: number, shiftMs = 0): number =>
        timed(segment({ observedMs, gapMs: gap, hints: taken }), timeScale, shiftMs).quality;
      expect(at(fast)).toBeGreaterThanOrEqual(at(slow));
      expect(at(a, shift)).toBeGreaterThanOrEqual(at(a));
      expect(at(a, 0 - shift)).toBeLessThanOrEqual(at(a));
      expect(at(slow)).toBeGreaterThanOrEqual(0);
      expect(at(fast)).toBeLessThanOrEqual(1);
    }),
  );
});
