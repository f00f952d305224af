/** Every experiment of the repository, and the full proof of the first. */
import { expect, test } from 'vitest';
import { edit, proven, scratchProject, type Report } from '../gameday.fixture.ts';

const verify = async (...args: readonly string[]) => {
  const run = await proven(scratchProject(), 'verify', ...args, '--json');
  const code = await run.exited;
  const report = JSON.parse(run.stdout()) as Report;
  const open = report.runs.flatMap(({ checks }) => checks.filter((check) => check.outcome !== 'pass'));
  return { code, open, verdicts: report.runs.map(({ runbook }) => runbook?.verdict), report };
};

test.each([
  ['pool-undersized', 'fixed'],
  ['connections-held', 'fixed'],
  ['database-throttled', 'mitigated'],
])('%s ends as expected: %s', async (experiment, verdict) => {
  const { code, open, verdicts } = await verify(experiment);
  expect(open).toEqual([]);
  expect(verdicts).toEqual([verdict]);
  expect(code).toBe(0);
});

test('the full proof shows that it does not heal alone and that the runbook is harmless on a healthy system', async () => {
  const { code, open, verdicts, report } = await verify('web-stack-outage', '--proof', 'full');
  expect(open).toEqual([]);
  expect(verdicts).toEqual(['fixed']);
  expect(code).toBe(0);
  expect(report.runs[0]?.checks.map(({ name }) => name)).toContain('steady state before in the fault-free trial');
});

test('a rule whose threshold is out of reach is no-alert, with the closest value that was seen', async () => {
  const folder = scratchProject();
  edit(folder, 'monitoring/alerts.yml', 'code="53300"}[30s])) > 0.5', 'code="53300"}[30s])) > 5000');
  const run = await proven(folder, 'verify', 'web-stack-outage', '--json', '--quiet');
  expect(await run.exited).toBe(1);
  const runbook = (JSON.parse(run.stdout()) as Report).runs[0]?.runbook;
  expect(runbook?.verdict).toBe('no-alert');
  expect(runbook?.detail).toMatch(/never fired in 2 min: closest value [\d.]+, threshold > 5000/);
  expect(run.stderr()).toBe('');
});
