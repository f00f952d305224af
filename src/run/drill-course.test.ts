import { describe, expect, test } from 'vitest';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import { ms, seconds } from '../units.ts';
import { journalOf, window, type Entry } from '../verdicts/journal.fixture.ts';
import { samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { drillCourse } from './drill-course.ts';

const fault = (type: 'fault.intended' | 'fault.injected'): JournalFact =>
  type === 'fault.injected'
    ? { type, faultId: '1' }
    : { type, faultId: '1', fault: 'x', description: 'x', undoId: 'u1' };
const labels = { severity: 'page' };
const alert = (type: 'alert.delivered' | 'alert.resolved', name = 'Down'): JournalFact => ({
  ...{ type, alert: name, labels, receiver: 'pager' },
});
const claim: JournalFact = { type: 'team.claimed', by: 'primary', claim: 'resolved' };

const illFromMs = 10_000;
const healedFromMs = 30_000;

/** Every half second the buyers and all probes: ill from 10 s to 30 s. */
const measured = (toMs: number): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let atMs = 500; atMs <= toMs; atMs += 500) {
    const ill = atMs > illFromMs && atMs <= healedFromMs;
    for (const { name } of samplePlan.steadyState)
      entries.push([
        atMs - 100,
        { type: 'probe.measured', kind: 'steady-state', name, value: ill ? 0.9 : 0, good: !ill },
      ]);
    for (const { name } of samplePlan.truth.healed)
      entries.push([atMs - 100, { type: 'probe.measured', kind: 'cause', name, value: ill ? 0 : 1, good: !ill }]);
    entries.push([atMs, window(ill ? { buyers: 30, buyersFailed: 25 } : { buyers: 30, buyersFailed: 0 })]);
  }
  return entries;
};

const courseOf = (entries: readonly Entry[], holdMs = seconds(10)) => {
  const course = drillCourse(samplePlan, holdMs);
  const sorted = [...entries].toSorted(([a], [b]) => a - b);
  const journal: readonly JournalEvent[] = journalOf(sorted, samplePlan);
  for (const event of journal) course.hear(event);
  return course;
};

const injected: readonly Entry[] = [
  [9_000, fault('fault.intended')],
  [9_100, fault('fault.injected')],
];

describe('"resolved"', () => {
  test.each([
    [20_000, 'while it is ill', false],
    [34_000, 'before eight of ten windows were good', false],
    [39_500, 'just before it has been well for as long as it has to be', false],
    [40_100, 'when it has', true],
    [60_000, 'later', true],
  ])('at %i ms, %s: %s', (atMs, _, resolved) => {
    const course = courseOf([...measured(atMs - 50), ...injected, [atMs, claim]]);
    expect(course.resolved()).toBe(resolved);
  });

  test('is not true of a service that never fell ill, and "mitigated" is never enough', () => {
    const calm = measured(60_000).filter(([atMs]) => atMs <= illFromMs || atMs > healedFromMs + 500);
    expect(courseOf([...calm, ...injected, [60_000, claim]]).resolved()).toBe(false);
    const mitigated: JournalFact = { type: 'team.claimed', by: 'primary', claim: 'mitigated' };
    expect(courseOf([...measured(60_000), ...injected, [60_000, mitigated]]).resolved()).toBe(false);
  });

  test('once false can be said again', () => {
    expect(courseOf([...measured(60_000), ...injected, [20_000, claim], [59_000, claim]]).resolved()).toBe(true);
  });
});

test('detected is when the first alert that pages after the injection fired; a warm-up or a ticket is no page', () => {
  const fired = (name: string): JournalFact => ({ type: 'alert.fired', alert: name, labels, value: 1 });
  const noise: readonly Entry[] = [
    [5_000, fired('Noise')],
    [5_100, alert('alert.delivered', 'Noise')],
  ];
  expect(courseOf([...noise, ...injected]).detectedMs()).toBeUndefined();
  const ticket: JournalFact = { type: 'alert.delivered', alert: 'Ticket', labels, receiver: 'tickets' };
  const course = courseOf([
    ...noise,
    ...injected,
    [11_000, fired('Ticket')],
    [11_100, ticket],
    [12_000, fired('Down')],
    [13_000, fired('Later')],
    [14_000, alert('alert.delivered', 'Down')],
    [15_000, alert('alert.delivered', 'Later')],
  ]);
  expect(course.detectedMs()).toBe(ms(12_000));
});

test('it is quiet when every expected alert that was delivered is over; what else fires is not waited for', () => {
  const [first = '', second = ''] = samplePlan.alerts.map(({ name }) => name);
  expect(courseOf([[1_000, alert('alert.delivered', first)]]).quiet()).toBe(false);
  expect(courseOf([[1_000, alert('alert.delivered', 'Ticket')]]).quiet()).toBe(true);
  const both: readonly Entry[] = [
    [1_000, alert('alert.delivered', first)],
    [1_100, alert('alert.delivered', second)],
    [2_000, alert('alert.resolved', first)],
  ];
  expect(courseOf(both).quiet()).toBe(false);
  expect(courseOf([...both, [3_000, alert('alert.resolved', second)]]).quiet()).toBe(true);
});
