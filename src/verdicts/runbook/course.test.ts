import { expect, test } from 'vitest';
import { settling } from './course.ts';
import { entriesOf, journalOf, window, type Entry } from '../journal.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';
import type { JournalEvent, LoadWindow } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';

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

test('a single bad window while it settles is no relapse', () => {
  expect(settling(course('ggggbggggg'), samplePlan).course).not.toBe('broken');
  expect(settling(course('ggbgggbggg'), samplePlan).course).not.toBe('broken');
});

test('three bad windows while it settles are', () => {
  expect(settling(course('ggbgbgbggg'), samplePlan).course).toBe('broken');
});

test('bad windows on a machine that is too busy are nobody’s relapse, but no proof of health either', () => {
  expect(settling(course('ggllllgggg'), samplePlan)).toEqual({ course: 'unknown', busy: true });
});

test('what queued up while the machine was too busy may take two seconds to drain, and no longer', () => {
  expect(settling(course('gglbbbgggg'), samplePlan)).toEqual({ course: 'unknown', busy: true });
  expect(settling(course('gglbbbbggggg'), samplePlan).course).not.toBe('broken');
  expect(settling(course('gglbbbbbbbgg'), samplePlan).course).toBe('broken');
});

test('what was not watched long enough is unknown', () => {
  expect(settling(course('ggg'), samplePlan).course).toBe('unknown');
  expect(settling([], samplePlan).course).toBe('unknown');
  expect(settling(course('gggggggggg'), samplePlan).course).toBe('stayed');
});

test('what was before the settling phase is not held against it', () => {
  const events = journalOf([
    ...entriesOf(course('bbbbbbgggggggggg')).filter(([, { type }]) => !type.startsWith('run.')),
    [3_001, { type: 'phase.entered', phase: 'settle' }],
  ]);
  expect(settling(events, samplePlan).course).toBe('stayed');
});

test('a window in which everybody hangs is bad although nobody failed', () => {
  const hanging = journalOf(
    Array.from({ length: 3 }, (_, index): Entry => [index * 500, window({ buyers: 0, inFlight: 80 })]),
  );
  expect(settling(hanging, samplePlan).course).toBe('broken');
});

const saidOf = (events: readonly JournalEvent[], plan: Plan = samplePlan) => {
  const seen = settling(events, plan);
  return seen.course === 'broken' ? `${seen.by}: ${seen.words}` : seen.course;
};
const probing = (kind: 'cause' | 'steady-state', part: { value: number | null; good: boolean }, fromMs = 0) =>
  course('gggggggggg').map((event): JournalEvent =>
    event.type === 'probe.measured' && event.kind === kind && event.atMs >= fromMs ? { ...event, ...part } : event,
  );

test('a relapse is told by what decided: buyers that failed, buyers that hang, or probes alone', () => {
  expect(saidOf(course('ggbgbgbggg'))).toBe('buyers: 30 of 200 buyers failed');
  const hanging = Array.from({ length: 3 }, (_, index): Entry => [index * 500, window({ buyers: 0, inFlight: 80 })]);
  expect(saidOf(journalOf(hanging))).toBe("buyers: nobody's visit ended in 3 of 3 windows");
  expect(saidOf(probing('steady-state', { value: 3, good: false }))).toBe(
    'probes: "buyers succeed" was bad (3), "nobody waits" was bad (3)',
  );
});

test('a probe that is bad for a moment is noise', () => {
  expect(saidOf(probing('steady-state', { value: 3, good: false }, 4_100))).toBe('stayed');
  expect(saidOf(probing('steady-state', { value: 3, good: false }, 3_600))).toMatch(/^probes: /);
});

test('a cause that is back at the end is a relapse, even where no buyer has felt it', () => {
  expect(saidOf(probing('cause', { value: 0, good: false }, 4_900))).toBe(
    'probes: "max_connections in effect" no longer holds',
  );
});

test('a cause outside our reach may stay', () => {
  expect(saidOf(probing('cause', { value: 0, good: false }), external)).toBe('stayed');
});

test('a cause that nobody measured while it settled may be back', () => {
  expect(saidOf(probing('cause', { value: null, good: false }))).toBe('unknown');
});
