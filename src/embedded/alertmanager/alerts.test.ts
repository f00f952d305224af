import { expect, test } from 'vitest';
import { ms } from '../../units.ts';
import { alertStore, compareAlerts, mergedAlert, receivedAlert, type Alert } from './alerts.ts';

const timeoutMs = ms(1_000);
const received = (nowMs: number, labels: Record<string, string>, startsAt?: number, endsAt?: number): Alert =>
  receivedAlert({ labels, annotations: {}, startsAt, endsAt, generatorURL: '' }, nowMs, timeoutMs);
const times = ({ startsAt, endsAt }: Alert): number[] => [startsAt, endsAt];

test('an alert without times starts when it is received and ends after resolve_timeout', () => {
  expect(times(received(100, { a: '1' }))).toEqual([100, 1_100]);
  expect(times(received(100, { a: '1' }, undefined, 90)), 'only an end: it was that moment').toEqual([90, 90]);
});

test('labels without a value are dropped, and an alert without labels or with its end before its start is refused', () => {
  expect(received(0, { b: '', a: '1' }).labels).toEqual({ a: '1' });
  expect(() => received(0, { a: '' })).toThrow('at least one label pair required');
  expect(() => received(0, { a: '1' }, 5, 4)).toThrow('start time must be before end time');
});

test('a resolve without a start keeps the start that is known', () => {
  const firing = received(100, { a: '1' });
  expect(times(mergedAlert(firing, received(500, { a: '1' }, undefined, 500), 500))).toEqual([100, 500]);
});

test('an alert that is heard of again lives on; one that was told its end explicitly keeps the later end', () => {
  const guessed = received(100, { a: '1' });
  expect(times(mergedAlert(guessed, received(600, { a: '1' }), 600))).toEqual([100, 1_600]);
  const explicit = received(100, { a: '1' }, 100, 9_000);
  expect(times(mergedAlert(explicit, received(600, { a: '1' }), 600))).toEqual([100, 9_000]);
});

test('an alert that fires again after it was resolved is a new one', () => {
  const old = received(100, { a: '1' }, 100, 200);
  expect(times(mergedAlert(old, received(500, { a: '1' }), 500))).toEqual([500, 1_500]);
});

test('the store holds one alert per label set and shows those that fire', () => {
  const store = alertStore();
  store.put(received(0, { a: '1' }), 0);
  store.put(received(10, { a: '1' }), 10);
  store.put(received(10, { a: '2' }, undefined, 10), 10);
  expect(store.firing(20).map(({ labels }) => labels)).toEqual([{ a: '1' }]);
  expect(store.firing(1_010), 'nobody has confirmed it since').toEqual([]);
});

test('alerts are ordered by job, then instance, then labels; those without come last', () => {
  const sets = [{ x: '1' }, { job: 'b' }, { job: 'a', instance: '2' }, { job: 'a', instance: '1', x: '9' }];
  const sorted = sets.map((labels) => received(0, labels)).toSorted(compareAlerts);
  expect(sorted.map(({ labels }) => labels)).toEqual([sets[3], sets[2], sets[1], sets[0]]);
});
