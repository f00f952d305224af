/** Every experiment of the repository, in the embedded replica. */
import { expect, test } from 'vitest';
import { edit, proven, scratchProject, type Report } from '../gameday.fixture.ts';
import { proveOutage } from '../outage.fixture.ts';
import { experiments } from '../outages.ts';

test.each(experiments)('%s shows in the embedded replica all that its proof has to show', async (experiment) => {
  expect((await proveOutage('embedded', experiment)).contradictions).toEqual([]);
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
