/** Where a replay stands, and how it moves. */
import { expect, test } from 'vitest';
import { journalOf } from '../../verdicts/journal.fixture.ts';
import { ms } from '../../units.ts';
import { foldTo } from './fold.ts';
import {
  faster,
  happenedBy,
  hasEnded,
  jumped,
  jumpedTo,
  momentOf,
  pausedOrPlayed,
  playedOn,
  slower,
  startPlayback,
  type Playback,
} from './playback.ts';

const labels = {};
const journal = journalOf([
  [1_000, { type: 'phase.entered', phase: 'up' }],
  [90_000, { type: 'alert.fired', alert: 'A', labels, value: 1 }],
  [90_000, { type: 'alert.fired', alert: 'B', labels, value: 1 }],
  [600_000, { type: 'phase.entered', phase: 'down' }],
]);
const at = (atMs: number, part: Partial<Playback> = {}): Playback => ({
  ...startPlayback(journal, { speed: 8, atMs: ms(atMs) }),
  ...part,
});

test('a second of watching is as many of the run as the speed says, and none while paused', () => {
  expect(playedOn(at(10_000), 250).atMs).toBe(12_000);
  expect(playedOn(at(10_000, { speed: 1 }), 250).atMs).toBe(10_250);
  const paused = pausedOrPlayed(at(10_000));
  expect(playedOn(paused, 250)).toBe(paused);
  expect(playedOn(pausedOrPlayed(paused), 250).atMs).toBe(12_000);
});

test('it stays between the beginning and the end, wherever it is sent', () => {
  expect(jumped(at(10_000), -30_000).atMs).toBe(0);
  expect(jumped(at(590_000), 30_000).atMs).toBe(600_000);
  expect(at(700_000).atMs).toBe(600_000);
  const start = at(0);
  expect(jumpedTo(start, ms(-1))).toBe(start);
  expect(startPlayback([], { speed: 8, atMs: ms(5) })).toMatchObject({ atMs: 0, endMs: 0 });
});

test('at the end, the key for pause begins again', () => {
  expect(hasEnded(at(599_999))).toBe(false);
  expect(hasEnded(at(600_000))).toBe(true);
  expect(pausedOrPlayed(at(600_000))).toMatchObject({ atMs: 0, paused: false });
});

test('the speed goes up and down by steps and stops at the outermost', () => {
  expect([faster(at(0)).speed, slower(at(0)).speed]).toEqual([16, 4]);
  expect([faster(at(0, { speed: 5 })).speed, slower(at(0, { speed: 5 })).speed]).toEqual([8, 4]);
  expect([faster(at(0, { speed: 64 })).speed, slower(at(0, { speed: 1 })).speed]).toEqual([64, 1]);
  expect([faster(at(0, { speed: 100 })).speed, slower(at(0, { speed: 0.5 })).speed]).toEqual([100, 0.5]);
});

test('what has happened by a moment includes the events of that very moment', () => {
  expect([-1, 0, 999, 1_000, 89_999, 90_000, 599_999, 600_000].map((atMs) => happenedBy(journal, ms(atMs)))).toEqual([
    0, 1, 1, 2, 2, 4, 4, 6,
  ]);
  expect(happenedBy([], ms(0))).toBe(0);
});

test('a moment counts from detection, as people say it, and from the start where nothing was detected', () => {
  expect(momentOf('12:30', journal)).toBe(90_000 + 750_000);
  expect(momentOf('0:00', journal)).toBe(90_000);
  expect(momentOf('1:02:03', journal)).toBe(90_000 + 3_723_000);
  expect(momentOf('0:10', journal.slice(0, 2))).toBe(10_000);
  for (const wrong of ['12', '12:60', '-1:00', '12:3', 'noon', '']) expect(momentOf(wrong, journal)).toBeUndefined();
});

test('a model goes forward by the events in between, back by starting over, and nowhere without touching them', () => {
  const read: number[] = [];
  const folding = {
    events: [1, 2, 3, 4],
    start: '',
    reduce: (model: string, event: number): string => {
      read.push(event);
      return model + String(event);
    },
  };
  const two = foldTo(folding, null, 2);
  const four = foldTo(folding, two, 4);
  expect([two.model, four.model, foldTo(folding, four, 1).model]).toEqual(['12', '1234', '1']);
  expect(read).toEqual([1, 2, 3, 4, 1]);
  expect(foldTo(folding, four, 4)).toBe(four);
});
