import { expect, test } from 'vitest';
import { ms } from '../units.ts';
import { healedAt } from './healed.ts';
import { journalOf, window, type Entry } from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import type { JournalEvent, LoadWindow } from '../journal/events.ts';

/**
 * One letter per half second: `g` a good window, `b` a bad one, `-` one without buyers, `l` a bad one on a late machine.
 * The cause is gone from `causeGoneMs` on.
 */
const course = (letters: string, causeGoneMs = 0): readonly JournalEvent[] => {
  const entries = Array.from(letters).flatMap((letter, index): Entry[] => {
    const atMs = (index + 1) * 500;
    const load: Partial<LoadWindow> =
      letter === 'b'
        ? { buyersFailed: 10 }
        : letter === 'l'
          ? { buyersFailed: 10, lagP99Ms: 400 }
          : letter === '-'
            ? { buyers: 0, inFlight: 0 }
            : {};
    const good = atMs > causeGoneMs;
    return [
      ...samplePlan.steadyState.map(({ name }): Entry => [
        atMs - 1,
        { type: 'probe.measured', kind: 'steady-state', name, value: 0, good: true },
      ]),
      ...samplePlan.truth.healed.map(({ name }): Entry => [
        atMs - 1,
        { type: 'probe.measured', kind: 'cause', name, value: good ? 1 : 0, good },
      ]),
      [atMs, window(load)],
    ];
  });
  return journalOf(entries);
};
const external = { ...samplePlan, truth: { ...samplePlan.truth, nature: 'external' as const } };

test('eight good windows in a row are healed, since the start of the first', () => {
  expect(healedAt(course('bbbgggggggg'), samplePlan)?.sinceMs).toBe(1_500);
});

test('seven good windows are not enough', () => {
  expect(healedAt(course('bbbggggggg'), samplePlan)).toBeUndefined();
});

test('two bad windows among ten are noise', () => {
  expect(healedAt(course('bbbgggbgggbgg'), samplePlan)?.sinceMs).toBe(1_500);
});

test('three bad windows are not: the count begins where only two of them are left', () => {
  expect(healedAt(course('bbbggbgbgbgggg'), samplePlan)).toBeUndefined();
  expect(healedAt(course('bbbggbgbgbggggggg'), samplePlan)?.sinceMs).toBe(3_000);
});

test('a window that ends the span has to be good itself', () => {
  expect(healedAt(course('bbbgggggggb'), samplePlan)).toBeUndefined();
});

test('windows without buyers prove nothing', () => {
  expect(healedAt(course('bbb-----------'), samplePlan)).toBeUndefined();
});

test('as long as the cause holds nothing is healed', () => {
  expect(healedAt(course('bbbgggggggggggg', 60_000), samplePlan)).toBeUndefined();
  expect(healedAt(course('bbbgggggggggggg', 5_000), samplePlan)?.evidence.length).toBeGreaterThan(8);
});

test('a cause out of reach is not asked about', () => {
  expect(healedAt(course('bbbgggggggg', 60_000), external)?.sinceMs).toBe(1_500);
});

test('a service that was never ill cannot heal', () => {
  expect(healedAt(course('gggggggggggggggg'), external)).toBeUndefined();
});

test('the calm before the first symptom is no healing', () => {
  expect(healedAt(course('ggggggggggbbbb'), external)).toBeUndefined();
});

test('a service that falls ill again has to heal again', () => {
  expect(healedAt(course('bggggggggbbbb'), samplePlan)).toBeUndefined();
  expect(healedAt(course('bggggggggbbbbgggggggg'), samplePlan)?.sinceMs).toBe(6_500);
});

test('the conclusion comes with the eighth good window and stays the same afterwards', () => {
  const events = course('bbgggggggggggg');
  const concluded = events.findIndex((_, index) => healedAt(events.slice(0, index + 1), samplePlan) !== undefined);
  expect(events[concluded]?.atMs).toBe(5_000);
  expect(healedAt(events, samplePlan)).toEqual(healedAt(events.slice(0, concluded + 1), samplePlan));
});

test('its evidence are the windows and the cause probes that decided', () => {
  const events = course('bbgggggggg');
  const types = healedAt(events, samplePlan)?.evidence.map((seq) => events[seq]?.type);
  expect(types).toEqual([...Array<string>(8).fill('load.measured'), 'probe.measured']);
});

test('an empty journal is not healed', () => {
  expect(healedAt([], samplePlan)).toBeUndefined();
  expect(healedAt([{ seq: 0, atMs: ms(0), ...window() }], samplePlan)).toBeUndefined();
});
