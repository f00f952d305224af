import { expect, test } from 'vitest';
import { minutes, ms, seconds } from '../units.ts';
import { briefing } from './drill.fixture.ts';
import { ghostAt, paceOf } from './pace.ts';

const { ghost } = briefing;
/** Seconds from the run's start; it was detected after 100 of them. */
const pace = (reached: Readonly<Record<string, number>>, nowSeconds: number) => {
  const times = Object.fromEntries(
    Object.entries({ detected: 100, ...reached }).map(([name, at]) => [name, seconds(at)]),
  );
  return paceOf(ghost, times, seconds(nowSeconds));
};

test('before detection there is nothing to compare', () => {
  expect(paceOf(ghost, {}, seconds(100))).toBeNull();
});

test('detected, both are level', () => {
  expect(pace({}, 100)).toEqual({ milestone: 'detected', aheadMs: 0, overdue: false });
});

test('what the team has reached earlier than the original is time won, later is time lost', () => {
  expect(pace({ notified: 110 }, 120)).toEqual({ milestone: 'notified', aheadMs: 50_000, overdue: false });
  expect(pace({ notified: 190 }, 200)).toEqual({ milestone: 'notified', aheadMs: -30_000, overdue: false });
});

test('what the original had reached by now and the team has not grows with every second', () => {
  expect(pace({}, 160)).toMatchObject({ milestone: 'detected', overdue: false });
  expect(pace({}, 161)).toEqual({ milestone: 'notified', aheadMs: -1_000, overdue: true });
  expect(pace({}, 190)).toEqual({ milestone: 'notified', aheadMs: -30_000, overdue: true });
});

test('a milestone that was left out is no longer due once a later one is reached', () => {
  const now = 100 + 20 * 60;
  expect(pace({ notified: 110 }, now)).toMatchObject({ milestone: 'escalated', overdue: true });
  expect(pace({ notified: 110, mitigated: 700 }, now)).toEqual({
    milestone: 'mitigated',
    aheadMs: minutes(11),
    overdue: false,
  });
});

test('what the original never did is not compared', () => {
  expect(pace({ acknowledged: 105 }, 110)).toMatchObject({ milestone: 'detected' });
});

test('the ghost stands at the last moment that has passed', () => {
  const { passed, next } = ghostAt(ghost, minutes(2));
  expect(passed.map(({ milestone }) => milestone)).toEqual(['detected', 'notified', 'wrong_lead']);
  expect(next?.milestone).toBe('right_lead');
  expect(ghostAt(ghost, ms(-1)).passed).toEqual([]);
  expect(ghostAt(ghost, minutes(60)).next).toBeNull();
});
