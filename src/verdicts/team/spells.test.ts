import { expect, test } from 'vitest';
import { lasting, longerThan, spellAt, unionOf, type Spell } from './spells.ts';

const spell = (fromMs: number, toMs: number | null): Spell => ({ fromMs, toMs, evidence: [fromMs] });

test('stretches that overlap or touch become one, with the evidence of the first', () => {
  expect(unionOf([spell(5, 8), spell(1, 3), spell(3, 4), spell(7, 9), spell(20, null)])).toEqual([
    { fromMs: 1, toMs: 4, evidence: [1] },
    { fromMs: 5, toMs: 9, evidence: [5] },
    spell(20, null),
  ]);
});

test('one that lies inside another adds nothing', () => {
  expect(unionOf([spell(1, null), spell(2, 3)])).toEqual([spell(1, null)]);
  expect(unionOf([])).toEqual([]);
});

test('one that goes on is as long as it was looked at', () => {
  expect(longerThan([spell(0, 60), spell(100, 159), spell(200, null)], 60, 260)).toEqual([
    spell(0, 60),
    spell(200, null),
  ]);
  expect(longerThan([spell(200, null)], 60, 259)).toEqual([]);
});

test('a moment lies in a stretch from its beginning to just before its end', () => {
  const spells = [spell(10, 20), spell(30, null)];
  expect([9, 10, 19, 20, 30, 99].map((atMs) => spellAt(spells, atMs)?.fromMs)).toEqual([
    undefined,
    10,
    10,
    undefined,
    30,
    30,
  ]);
  expect([14, 15].map((atMs) => spellAt(spells, atMs, 5)?.fromMs)).toEqual([undefined, 10]);
});

test('what ended does not last', () => {
  expect(lasting([spell(1, 2), spell(3, null)])).toEqual(spell(3, null));
  expect(lasting([spell(1, 2)])).toBeUndefined();
});
