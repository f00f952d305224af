import { expect, test } from 'vitest';
import { sampleRun } from '../verdicts/journal.fixture.ts';
import { ms } from '../units.ts';
import { progressLine } from './progress-line.ts';

test('a run in lines, without its measurements', () => {
  const lines = sampleRun().flatMap((event) => progressLine(event) ?? []);
  expect(lines.slice(0, 12)).toEqual([
    'T+00.0s run 2026-11-22-a3f: web-stack-outage',
    'T+01.0s trial fault',
    'T+01.0s environment up: embedded, PostgreSQL 17.10',
    'T+07.9s fault: max_connections lowered to 14',
    'T+08.0s fault injected: 1-lower-connection-limit',
    'T+08.9s alert pending: ShopErrorRateHigh',
    'T+08.9s alert pending: DatabaseConnectionsRefused',
    'T+09.9s alert fired: ShopErrorRateHigh',
    'T+09.9s alert fired: DatabaseConnectionsRefused',
    'T+10.0s alert delivered to pager: ShopErrorRateHigh',
    'T+10.0s alert delivered to pager: DatabaseConnectionsRefused',
    'T+10.1s runbook found: runbooks/r.md',
  ]);
});

test('a step’s output cannot leave its line', () => {
  const event = {
    seq: 1,
    atMs: ms(123_456),
    type: 'step.finished',
    step: 'look',
    outcome: 'failed',
    detail: 'a\u001b[2J\nb',
    attempts: 1,
  } as const;
  expect(progressLine(event)).toBe('T+123.5s step failed: look: a b');
});
