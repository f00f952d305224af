import fc from 'fast-check';
import { expect, test } from 'vitest';
import { belowWords, scrolled, windowOf, type ScrollTop } from './scroll.ts';

const lines = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

test('a list sticks to its end until it is scrolled, and then stays where it is', () => {
  expect(windowOf(lines(10), 3, null)).toEqual({ seen: [7, 8, 9], above: 7, below: 0 });
  const top = scrolled(null, -2, 10, 3);
  expect(windowOf(lines(10), 3, top).seen).toEqual([5, 6, 7]);
  expect(windowOf(lines(14), 3, top)).toEqual({ seen: [5, 6, 7], above: 5, below: 6 });
});

test('scrolled to its end it sticks again', () => {
  expect(scrolled(5, 99, 10, 3)).toBeNull();
  expect(scrolled(0, -1, 10, 3)).toBe(0);
});

test('a list that fits is seen whole', () => {
  expect(windowOf(lines(2), 3, 0)).toEqual({ seen: [0, 1], above: 0, below: 0 });
  expect(scrolled(null, -5, 2, 3)).toBeNull();
});

test('what is hidden below is said', () => {
  expect(belowWords(windowOf(lines(10), 3, 0), { ascii: false })).toBe('7 more ↓');
  expect(belowWords(windowOf(lines(10), 3, 0), { ascii: true })).toBe('7 more v');
  expect(belowWords(windowOf(lines(10), 3, null), { ascii: false })).toBe('');
});

test('whatever the size, nothing is lost: above, seen and below are all', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 50 }),
      fc.integer({ min: -3, max: 20 }),
      fc.option(fc.integer({ min: -5, max: 60 })),
      (count, height, top: ScrollTop) => {
        const { seen, above, below } = windowOf(lines(count), height, top);
        expect(above + seen.length + below).toBe(count);
        expect(seen.length).toBe(Math.max(0, Math.min(count, height)));
      },
    ),
  );
});
