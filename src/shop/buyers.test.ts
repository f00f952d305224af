import { expect, test } from 'vitest';
import { countBuyers, type Outcome } from './buyers.ts';

const counting = () => {
  const counted: Outcome[] = [];
  return { counted, buyers: countBuyers((outcome) => counted.push(outcome)) };
};

test('a buyer is counted once, and the first outcome stands', () => {
  const { counted, buyers } = counting();
  buyers.ended('b-1', 'failed');
  buyers.ended('b-1', 'succeeded');
  buyers.ended('b-2', 'succeeded');
  expect(counted).toEqual(['failed', 'succeeded']);
});

test('clients that do not say who they are count each time', () => {
  const { counted, buyers } = counting();
  buyers.ended(undefined, 'failed');
  buyers.ended(undefined, 'failed');
  expect(counted).toEqual(['failed', 'failed']);
});

test('the ten thousand latest buyers are remembered, and no more', () => {
  const { counted, buyers } = counting();
  for (let i = 0; i <= 10_000; i += 1) buyers.ended(`b-${i}`, 'succeeded');
  buyers.ended('b-1', 'succeeded');
  expect(counted.length).toBe(10_001);
  buyers.ended('b-0', 'succeeded');
  expect(counted.length).toBe(10_002);
});
