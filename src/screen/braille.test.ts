import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { areaChart, roundTop, valuesAcross } from './braille.ts';

const braille = { ascii: false, top: 8 } as const;

test('a ramp rises by a dot each', () => {
  expect(areaChart([1, 2, 3, 4, 5, 6, 7, 8], 4, 2, braille)).toEqual(['  ⣠⣾', '⣠⣾⣿⣿']);
});

test('in plain characters it rises by thirds', () => {
  expect(areaChart([1, 2, 3, 4, 5, 6], 6, 2, { ascii: true, top: 6 })).toEqual(['   .:#', '.:####']);
});

test('a measured zero is a dot, nothing measured is nothing', () => {
  expect(areaChart([0, 0, null, null, 8, 8], 3, 1, braille)).toEqual(['⣀ ⣿']);
});

test('the limit is a line where the area leaves room', () => {
  expect(areaChart([1, 1, 8, 8], 2, 2, { ...braille, limit: 8 })).toEqual(['┄⣿', '⣀⣿']);
  expect(areaChart([1, 1, 8, 8], 2, 2, { ...braille, limit: 9 })).toEqual([' ⣿', '⣀⣿']);
});

test('what is above the axis fills it and goes no further', () => {
  expect(areaChart([99, 99], 1, 2, braille)).toEqual(['⣿', '⣿']);
});

test('whatever the values, the chart is as large as it was asked for', () => {
  const value = fc.option(fc.double({ min: -10, max: 1e9, noNaN: true }));
  fc.assert(
    fc.property(
      fc.array(value),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (values, width, height, ascii) => {
        const lines = areaChart(values.slice(0, valuesAcross(width, { ascii })), width, height, {
          ascii,
          top: 100,
          limit: 50,
        });
        expect(lines.map((line) => stringWidth(line))).toEqual(Array.from({ length: height }, () => width));
      },
    ),
  );
});

test.each([
  [0, 1],
  [0.07, 0.08],
  [1, 1],
  [21, 30],
  [100, 100],
  [101, 150],
  [2_041, 3_000],
])('an axis for %d ends at %d', (value, top) => {
  expect(roundTop(value)).toBeCloseTo(top, 9);
});
