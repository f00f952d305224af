import { expect, test } from 'vitest';
import { showDelay, showMoment, showTeam } from './durations.ts';

test('a delay is shown in real seconds and in the time of the team, beside its bound', () => {
  expect(showDelay(1_900, 30, 120_000)).toBe('1.9 s, at 30x 57 s of 2 min');
});

test('a delay without a bound names none', () => {
  expect(showDelay(1_900, 30)).toBe('1.9 s, at 30x 57 s');
});

test('where nothing is sped up there is only one time to show', () => {
  expect(showDelay(57_000, 1, 120_000)).toBe('57.0 s of 2 min');
});

test.each([
  [0, '0 s'],
  [999, '1 s'],
  [57_000, '57 s'],
  [57_000.0000001, '57 s'],
  [120_000, '2 min'],
  [153_000, '2 min 33 s'],
  [3_900_000, '1 h 5 min'],
  [30 * 86_400_000, '30 d'],
])('%d ms of the team are %s', (duration, words) => {
  expect(showTeam(duration)).toBe(words);
});

test('a moment counts from the start of the run', () => {
  expect(showMoment(9_120)).toBe('T+9.1 s');
});
