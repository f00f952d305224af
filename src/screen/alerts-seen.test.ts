import { expect, test } from 'vitest';
import type { JournalFact } from '../journal/events.ts';
import { seconds } from '../units.ts';
import { alertsAfter, type AlertSeen } from './alerts-seen.ts';

const named = { alert: 'A', labels: { instance: 'one', severity: 'page' } } as const;
const pended = { type: 'alert.pended', ...named, value: 1 } as const;
const fired = { type: 'alert.fired', ...named, value: 1 } as const;
const delivered = { type: 'alert.delivered', ...named, receiver: 'pager' } as const;
const cleared = { type: 'alert.cleared', ...named, wasFiring: true } as const;
const resolved = { type: 'alert.resolved', ...named, receiver: 'pager' } as const;
const acknowledged = { type: 'team.acknowledged', by: 'primary', alert: null } as const;

/** One fact a second. */
const after = (...facts: readonly JournalFact[]): readonly AlertSeen[] =>
  facts.reduce<readonly AlertSeen[]>(
    (alerts, fact, index) => alertsAfter(alerts, { seq: index, atMs: seconds(index), ...fact }),
    [],
  );

test('an alert goes from pending to resolved, and says since when', () => {
  const facts = [pended, fired, delivered, cleared, resolved];
  expect(
    facts.map(
      (_, index) =>
        after(...facts.slice(0, index + 1)).map(({ stage, sinceMs, firedMs }) => `${stage} ${sinceMs} ${firedMs}`)[0],
    ),
  ).toEqual(['pending 0 null', 'firing 1000 1000', 'delivered 2000 1000', 'cleared 3000 1000', 'resolved 4000 1000']);
});

test('one that was only pending leaves without a trace', () => {
  expect(after(pended, { ...cleared, wasFiring: false })).toEqual([]);
});

test('one that comes back begins anew, and nobody has acknowledged it', () => {
  expect(after(fired, delivered, acknowledged, cleared, resolved, pended)).toMatchObject([
    { stage: 'pending', firedMs: null, receiver: null, acknowledged: false },
  ]);
});

test('an acknowledgement reaches what is firing, or the one that is named', () => {
  const other = { ...fired, alert: 'B' };
  const acks = (alert: string | null) =>
    after(fired, other, { ...pended, alert: 'C' }, { ...acknowledged, alert }).map((seen) => seen.acknowledged);
  expect(acks(null)).toEqual([true, true, false]);
  expect(acks('B')).toEqual([false, true, false]);
});

test('alerts of one name are told apart by their labels, in whatever order these come', () => {
  const turned = { severity: 'page', instance: 'one' };
  expect(after(fired, { ...fired, labels: turned }, { ...fired, labels: { ...turned, instance: 'two' } })).toHaveLength(
    2,
  );
});

test('a second receiver does not make it newer', () => {
  expect(after(fired, delivered, { ...delivered, receiver: 'tickets' })).toMatchObject([
    { stage: 'delivered', sinceMs: 1_000, receiver: 'tickets' },
  ]);
});

test('a notification is about its alert also where a label was added on the way', () => {
  const marked = { ...named, labels: { ...named.labels, gameday: 'drill' } };
  expect(after(fired, { ...delivered, ...marked })).toMatchObject([{ stage: 'delivered', labels: named.labels }]);
  expect(after(fired, { ...delivered, ...marked }, cleared, { ...resolved, ...marked })).toMatchObject([
    { stage: 'resolved', labels: named.labels },
  ]);
  const other = { ...marked, labels: { ...marked.labels, instance: 'two' } };
  expect(after(fired, { ...delivered, ...other })).toMatchObject([{ stage: 'firing' }]);
});
