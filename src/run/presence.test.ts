import { expect, test } from 'vitest';
import { ms, seconds, type Ms } from '../units.ts';
import { firstPresence, nextPresence, type PresenceInput } from './presence.ts';

/** What is said when these things happen; a look is made every second in between, as the run does. */
const told = (inputs: readonly (readonly [seconds: number, what: PresenceInput['what']])[], untilS: number) => {
  let presence = firstPresence(ms(0));
  const words: string[] = [];
  const give = (what: PresenceInput['what'], atMs: Ms): void => {
    const [next, word] = nextPresence(presence, { what, atMs }, seconds(60));
    presence = next;
    if (word !== null) words.push(`${word} at ${atMs / 1_000}`);
  };
  const left = [...inputs];
  for (let second = 0; second <= untilS; second += 1) {
    while (left[0] !== undefined && left[0][0] <= second) {
      const [at, what] = left.shift()!;
      give(what, seconds(at));
    }
    give('look', seconds(second));
  }
  return words;
};

const beats = (fromS: number, toS: number) =>
  Array.from({ length: toS - fromS + 1 }, (_, index) => [fromS + index, 'beat'] as const);

test('a terminal joins with its first beat and is not lost while it beats', () => {
  expect(told(beats(3, 200), 200)).toEqual(['joined at 3']);
});

test('five silent seconds are a loss, four are not', () => {
  expect(told([...beats(1, 10), ...beats(14, 20)], 20)).toEqual(['joined at 1']);
  expect(told([...beats(1, 10), ...beats(16, 20)], 20)).toEqual(['joined at 1', 'lost at 15', 'resumed at 16']);
});

test('after a minute without a sign nobody is there any more, and not a second earlier', () => {
  expect(told(beats(1, 10), 70)).toEqual(['joined at 1', 'lost at 15', 'gone at 70']);
  expect(told(beats(1, 10), 69)).toEqual(['joined at 1', 'lost at 15']);
});

test('nobody who ever came is gone after a minute, too', () => {
  expect(told([], 60)).toEqual(['gone at 60']);
});

test('an act from any shell is a sign of life, but no terminal', () => {
  expect(told([[50, 'sign']], 109)).toEqual([]);
  expect(told([[50, 'sign']], 110)).toEqual(['gone at 110']);
});

test('time in which the run itself did not run says nothing about the others', () => {
  const [slept] = nextPresence(firstPresence(ms(0)), { what: 'look', atMs: seconds(1_000) }, seconds(60));
  expect(nextPresence(slept, { what: 'look', atMs: seconds(1_057) }, seconds(600))[1]).toBeNull();
  const [awake, word] = nextPresence(slept, { what: 'beat', atMs: seconds(1_001) }, seconds(60));
  expect(word).toBe('joined');
  expect(awake.heardMs).toBe(seconds(1_001));
});
