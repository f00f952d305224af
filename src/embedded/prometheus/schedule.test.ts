import { expect, test } from 'vitest';
import { ms } from '../../units.ts';
import { nextSlot, onSlots } from './schedule.ts';

test.each([
  [0, 100, -1, 0],
  [0, 100, 0, 100],
  [0, 100, 99.5, 100],
  [30, 100, 131, 230],
])('with slots from %d every %d ms, the first one after %d is %d', (originMs, everyMs, atMs, slotMs) => {
  expect(nextSlot({ originMs, everyMs: ms(everyMs) }, atMs)).toBe(slotMs);
});

test('slots that pass while the work still runs are skipped, and the beat stays', async () => {
  const stop = new AbortController();
  const slots: number[] = [];
  let nowMs = 0;
  // Time moves only where this test says so: a pause of any length is over when asked again.
  const clock = (): number => nowMs++;
  const act = (slotMs: number): void => {
    slots.push(slotMs);
    nowMs = slotMs + (slots.length === 2 ? 35 : 1);
    if (slots.length === 4) stop.abort();
  };
  await onSlots({ originMs: 0, everyMs: ms(10) }, clock, act, stop.signal);
  expect(slots).toEqual([10, 20, 60, 70]);
});
