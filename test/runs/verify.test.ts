/** The main job, as a user runs it: the built command, a real PostgreSQL, a real rule, a real runbook. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gameday, leftBy, proven, runsOf, scratchProject, type Report } from '../gameday.fixture.ts';

test('the outage of 2024-06-20 happens, pages, is healed by its runbook and leaves nothing; a copy of the run scores the same', async () => {
  const folder = scratchProject();
  const verify = await proven(folder, 'verify', 'web-stack-outage', '--json');
  const code = await verify.exited;
  const report = JSON.parse(verify.stdout()) as Report;
  const [run] = report.runs;
  expect(run?.checks.filter((check) => check.outcome !== 'pass')).toEqual([]);
  expect(run?.runbook?.verdict).toBe('fixed');
  expect(run?.readiness?.total).toBeGreaterThan(90);
  expect(code).toBe(0);
  const runId = runsOf(folder).at(-1) ?? '';
  expect(leftBy(runId)).toEqual([]);

  // Another machine has the folder and nothing else.
  const elsewhere = scratchProject();
  cpSync(join(folder, '.gameday/runs', runId), join(elsewhere, 'copied'), { recursive: true });
  const score = gameday('/', 'score', join(elsewhere, 'copied'), '--json');
  expect(await score.exited).toBe(0);
  expect(JSON.parse(score.stdout())).toEqual(report);

  // The evidence beside the journal: documents as they were, samples, the log of every process.
  const evidence = (file: string): string => readFileSync(join(folder, '.gameday/runs', runId, file), 'utf8');
  expect(evidence('documents/monitoring/alerts.yml')).toBe(readFileSync(join(folder, 'monitoring/alerts.yml'), 'utf8'));
  expect(evidence('fault/samples.jsonl').split('\n').length).toBeGreaterThan(100);
  expect(evidence('fault/postgres.log')).toContain('remaining connection slots are reserved');
  expect(evidence('fault/access-shop-1.log')).toContain('POST /checkout');
});
