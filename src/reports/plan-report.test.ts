import { expect, test } from 'vitest';
import type { Plan } from '../plan/plan.ts';
import { ms } from '../units.ts';
import { samplePlan } from '../verdicts/sample-plan.fixture.ts';
import { planReport } from './plan-report.ts';

const reportWith = (spikes: Plan['load']['spikes']): string =>
  planReport({ ...samplePlan, load: { ...samplePlan.load, spikes } });

test('what only looks like the cause is told to who runs the game day, with when, what and why', () => {
  const when = { atMs: ms(20_000), forMs: ms(480_000) };
  const report = reportWith([
    { ...when, kind: 'buyers', times: 1.25, why: 'a mail' },
    { ...when, kind: 'burst', ratePerSecond: 24, addresses: 3, why: 'a robot' },
    { ...when, kind: 'burst', ratePerSecond: 5, addresses: 1, why: 'a robot' },
    { ...when, kind: 'uploads', ratePerSecond: 4, why: 'an import' },
  ]);
  const [, section = ''] = /What only looks like the cause\n([\s\S]*?)\n\n/.exec(report) ?? [];
  expect(section.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['at 20s', 'for 8m', '1.25 times as many buyers', 'a mail'],
    ['at 20s', 'for 8m', '24 pages a second for a robot at 3 addresses', 'a robot'],
    ['at 20s', 'for 8m', '5 pages a second for a robot at 1 address', 'a robot'],
    ['at 20s', 'for 8m', '4 uploads a second, thumbnail workers busy', 'an import'],
  ]);
});

test('a plan without red herrings does not speak of them', () => {
  expect(reportWith([])).not.toContain('looks like');
});

test('a title cannot draw on the terminal', () => {
  const { experiment } = samplePlan;
  const evil = { ...experiment, title: 'Outage\u001B]0;PWNED\u0007 \u001B[31mred' };
  expect(planReport({ ...samplePlan, experiment: evil }).split('\n')[0]).toBe(`Outage red  (${experiment.name})`);
});

const monitoring = { metrics: 'postgres_exporter', prometheus: 3 } as const;
const mark = { label: 'gameday', value: 'drill', prefix: '(DRILL) ' };

test('a plan says how the pages of its run are told from real ones, or that they are not', () => {
  const marked = { ...samplePlan, monitoring: { ...monitoring, drillMark: mark } };
  expect(planReport(marked)).toContain(
    '\n  every notification is marked: label gameday="drill", and "(DRILL) …" before what people read\n',
  );
  const unmarked = '\n  notifications are not marked as a drill\n';
  expect(planReport({ ...samplePlan, monitoring: { ...monitoring, drillMark: null } })).toContain(unmarked);
  expect(planReport({ ...marked, environment: 'attached' })).toContain(unmarked);
  expect(planReport(samplePlan)).not.toContain('marked');
});
