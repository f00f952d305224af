import { describe, expect, test } from 'vitest';
import { readReference } from './reference.ts';

const file = 'postmortems/outage.reference.yaml';
const written = `version: 1
postmortem: { file: outage.md, sha256: "${'0a'.repeat(32)}" }
granularity: 5m
severity: SEV-1
rootCause: { component: database, cause: database/limit, text: too few connections }
timeline:
  - { at: 0m, milestone: detected }
  - { at: 10m, milestone: wrong_lead, component: web-server }
  - { at: 90m, milestone: escalated, to: dba }
  - { at: 150m, milestone: resolved }
actionItems:
  - { id: settings, text: Review limits, check: { auditPools: {} } }
  - { id: alerts, text: Add alerts, check: { alertFires: Refused } }
  - { id: tests, text: Schedule tests, check: { scheduledVerifyWithin: 30d } }
  - { id: docs, text: Document it, check: { runbookVerified: Refused } }
  - { id: training, text: Train the team, check: { drilledWithin: 100d } }
  - { id: review, text: Review it, check: { attested: { by: ops, date: 2024-07-01, expires: 2025-07-01 } } }
  - { id: later, text: Think about it }
`;

const problemsAfter = (from: string, to: string): readonly string[] => {
  const read = readReference({ file, text: written.replace(from, to) });
  return read.ok ? [] : read.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`);
};

test('a reference is read with its times in milliseconds and each check in its own form', () => {
  const read = readReference({ file, text: written });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  expect(read.value.postmortem.file).toBe('postmortems/outage.md');
  expect(read.value.timeline[1]).toEqual({
    at: { file, line: 8, column: 5 },
    atMs: 600_000,
    milestone: 'wrong_lead',
    component: 'web-server',
  });
  expect(read.value.actionItems.map(({ check }) => check)).toEqual([
    { type: 'auditPools' },
    { type: 'alertFires', alert: 'Refused' },
    { type: 'scheduledVerifyWithin', withinMs: 2_592_000_000 },
    { type: 'runbookVerified', alert: 'Refused' },
    { type: 'drilledWithin', withinMs: 8_640_000_000 },
    { type: 'attested', by: 'ops', date: '2024-07-01', expires: '2025-07-01' },
    undefined,
  ]);
});

describe('refused in a reference', () => {
  test.each([
    ['a hash that is none', '0a0a', 'xyz', 'expected the 64 hexadecimal digits'],
    ['a milestone nobody knows', 'milestone: resolved', 'milestone: resolvd', 'did you mean "resolved"?'],
    ['time that goes back', 'at: 90m', 'at: 5m', '5m comes after 10m; expected times that never go back'],
    ['a lead without its component', ', component: web-server', '', 'a wrong_lead is about a component'],
    ['a component of something else', 'milestone: resolved', 'milestone: resolved, component: x', 'this is resolved'],
    [
      'an escalation target elsewhere',
      'milestone: resolved',
      'milestone: resolved, to: dba',
      'to belongs to escalated',
    ],
    ['a check in two forms', 'auditPools: {}', 'auditPools: {}, alertFires: X', 'this one has several'],
    ['a check in no form', 'auditPools: {}', '', 'this one has none'],
    ['a check nobody knows', 'auditPools: {}', 'auditPool: {}', 'did you mean "auditPools"?'],
    ['an action item twice', 'id: docs', 'id: alerts', 'id "alerts" is used twice'],
    ['a date that is none', 'date: 2024-07-01', 'date: 2024-13-01', 'expected a date such as 2025-01-15'],
    [
      'an empty timeline',
      written.slice(written.indexOf('\n  - { at: 0m'), written.indexOf('\nactionItems')),
      ' []',
      'expected at least 1 entry',
    ],
    ['another version', 'version: 1', 'version: 2', 'version is 2; expected 1, the only version there is'],
  ])('%s', (_, from, to, problem) => {
    const problems = problemsAfter(from, to).filter((line) => line.includes(problem));
    expect(problems).toHaveLength(1);
  });

  test('a time that goes back is shown where it is written', () => {
    expect(problemsAfter('at: 90m', 'at: 5m')).toEqual([
      '9:11 5m comes after 10m; expected times that never go back | put the entries in the order of time',
    ]);
  });
});
