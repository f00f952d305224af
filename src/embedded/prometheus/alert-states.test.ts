import { expect, test } from 'vitest';
import { labelsOf } from '../../promql/labels.ts';
import { ms } from '../../units.ts';
import { isDue, nextAlerts, type ActiveAlerts, type Found } from './alert-states.ts';

const labels = labelsOf([['alertname', 'PoolExhausted']]);
const found = (value: number): Found => ({ labels, annotations: { summary: `${value}` }, value });

/** The states over evaluations at 0, 10, 20 … ms; `.` is one without the condition, a digit one with that value. */
const course = (forMs: number, keepFiringForMs: number, evaluations: string): string => {
  let alerts: ActiveAlerts = new Map();
  const seen: string[] = [];
  for (const [index, point] of evaluations.split('').entries()) {
    const rule = { forMs: ms(forMs), keepFiringForMs: ms(keepFiringForMs) };
    alerts = nextAlerts(alerts, point === '.' ? [] : [found(Number(point))], rule, index * 10);
    seen.push([...alerts.values()].map(({ state }) => state[0]).join('') || '-');
  }
  return seen.join('');
};

test.each([
  ['without for it fires in the first evaluation', 0, 0, '..1', '--f'],
  ['for is counted from the first true evaluation and met exactly', 20, 0, '.1111', '-ppff'],
  ['for between two evaluations is rounded up to the next', 11, 0, '1111', 'ppff'],
  ['one false evaluation starts a pending alert anew', 20, 0, '11.111', 'pp-ppf'],
  ['a firing alert ends with the first false evaluation', 10, 0, '11..', 'pfii'],
  ['after its end it begins anew, pending', 10, 0, '11.11', 'pfipf'],
  ['keep_firing_for holds a firing alert up until its time has passed', 0, 20, '1....', 'fffii'],
  ['keep_firing_for starts over when the condition comes back', 0, 20, '1.1...', 'fffffi'],
  ['keep_firing_for does not hold a pending alert', 20, 20, '1.', 'p-'],
])('%s', (_, forMs, keepFiringForMs, evaluations, states) => {
  expect(course(forMs, keepFiringForMs, evaluations)).toBe(states);
});

test('while it is held up, value and annotations stay as they were last seen', () => {
  const rule = { forMs: ms(0), keepFiringForMs: ms(50) };
  const first = nextAlerts(new Map(), [found(7)], rule, 0);
  const [held] = [...nextAlerts(first, [], rule, 10).values()];
  expect(held).toMatchObject({ state: 'firing', value: 7, annotations: { summary: '7' }, keepFiringSinceMs: 10 });
});

test('an alert that ended is kept for 15 minutes', () => {
  const rule = { forMs: ms(0), keepFiringForMs: ms(0) };
  const ended = nextAlerts(nextAlerts(new Map(), [found(1)], rule, 0), [], rule, 10);
  expect(nextAlerts(ended, [], rule, 900_010).size).toBe(1);
  expect(nextAlerts(ended, [], rule, 900_011).size).toBe(0);
});

test('it is sent when it fires, again after the delay, and once more when it ends', () => {
  const rule = { forMs: ms(10), keepFiringForMs: ms(0) };
  const due = (alerts: ActiveAlerts, atMs: number): boolean =>
    [...alerts.values()].some((alert) => isDue(alert, atMs, ms(100)));
  const sent = (alerts: ActiveAlerts, atMs: number): ActiveAlerts =>
    new Map([...alerts].map(([key, alert]) => [key, { ...alert, lastSentAtMs: atMs }]));
  const pending = nextAlerts(new Map(), [found(1)], rule, 0);
  expect(due(pending, 0)).toBe(false);
  const firing = nextAlerts(pending, [found(1)], rule, 10);
  expect(due(firing, 10)).toBe(true);
  expect(due(sent(firing, 10), 110)).toBe(false);
  expect(due(sent(firing, 10), 111)).toBe(true);
  const ended = nextAlerts(sent(firing, 10), [], rule, 20);
  expect(due(ended, 20)).toBe(true);
  expect(due(sent(ended, 20), 30)).toBe(false);
});
