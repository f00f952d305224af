import { expect, test } from 'vitest';
import { evaluateRange } from './evaluate-range.ts';
import { showLabels } from './labels.ts';
import { parsePromql } from './parse.ts';
import { seriesOf } from './written-series.fixture.ts';

const source = seriesOf('1s', { 'x{job="b"}': '1 2 stale 4', 'x{job="a"}': '5 6 7 8' });

const answers = (text: string): readonly string[] => {
  const parsed = parsePromql(text);
  if (!parsed.ok) return parsed.problems.map(({ message }) => message);
  const steps = { startMs: 0, endMs: 3_500, stepMs: 1_000 };
  return evaluateRange(parsed.expression, source, steps, { lookbackMs: 5_000 }).map(
    ({ labels, times, values }) =>
      `${showLabels(labels)} ${times.map((time, index) => `${values[index]}@${time}`).join(' ')}`,
  );
};

test('a series has a point at every step at which it is there, and series come in order of their labels', () => {
  expect(answers('x')).toEqual(['x{job="a"} 5@0 6@1000 7@2000 8@3000', 'x{job="b"} 1@0 2@1000 4@3000']);
});

test('a number is a series without labels', () => {
  expect(answers('1 + 1')).toEqual(['{} 2@0 2@1000 2@2000 2@3000']);
});

test('@ start() and @ end() are the ends of the whole range', () => {
  expect(answers('x{job="a"} @ start()')).toEqual(['x{job="a"} 5@0 5@1000 5@2000 5@3000']);
  expect(answers('x{job="a"} @ end()')).toEqual(['x{job="a"} 8@0 8@1000 8@2000 8@3000']);
});

test('one step without an answer is no answer', () => {
  expect(() => answers('x + on() x')).toThrow('many-to-many matching not allowed');
});
