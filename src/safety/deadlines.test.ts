import { expect, test } from 'vitest';
import { minutes } from '../units.ts';
import { watchDeadlines } from './deadlines.ts';
import type { UndoEntry, UndoState } from './undo-log.ts';

const written = Date.parse('2026-01-01T10:00:00Z');
const entry = (state: UndoState = 'injected'): UndoEntry => ({
  id: 'u1',
  what: 'a fault',
  byHand: '',
  ttlMs: minutes(10),
  expiresAt: '2026-01-01T10:10:00.000Z',
  record: { kind: 'folder.remove', folder: '/tmp/x' },
  state,
});
const at = (wallMinutes: number, ownMinutes: number) => ({
  wallMs: written + minutes(wallMinutes),
  ownMs: 5_000 + minutes(ownMinutes),
});

test('a record outlives its time by the wall clock or by the watcher’s own, whichever comes first', () => {
  const cases = [
    ['just inside by both', at(9.99, 9.99), false],
    ['this machine slept: only the wall clock went on', at(10, 2), true],
    ['somebody set the wall clock back', at(-60, 10), true],
  ] as const;
  for (const [name, now, outlived] of cases) {
    const look = watchDeadlines();
    look([entry()], at(0, 0));
    expect([name, look([entry()], now).length > 0]).toEqual([name, outlived]);
  }
});

test('a record that was seen late still ends by the wall clock', () => {
  expect(watchDeadlines()([entry()], at(10, 0))).toEqual([entry()]);
});

test('what is settled has no deadline', () => {
  expect(watchDeadlines()([entry('verified')], at(60, 60))).toEqual([]);
});
