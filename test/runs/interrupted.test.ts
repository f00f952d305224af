/** Whatever ends a run, nothing we broke stays broken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject } from '../gameday.fixture.ts';

const eventsOf = (folder: string, runId: string): readonly Record<string, unknown>[] =>
  readFileSync(join(folder, '.gameday/runs', runId, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('Ctrl-C while a fault is active undoes it first and ends with 130; a second one does not hurry it', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('fault injected: 1-lower-connection-limit');
  verify.child.kill('SIGINT');
  verify.child.kill('SIGINT');
  expect(await verify.exited).toBe(130);
  expect(verify.stderr()).toContain('SIGINT: undoing what is active, please wait …');
  const [runId = ''] = runsOf(folder);
  expect(leftBy(runId)).toEqual([]);
  expect(eventsOf(folder, runId).map(({ type }) => type)).toContain('fault.verified');
  expect(verify.stdout()).toContain('INTERRUPTED  exit 130: interrupted, restored');
});

test('SIGTERM while the environment comes up ends with 143 and leaves nothing', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('phase up');
  verify.child.kill('SIGTERM');
  expect(await verify.exited).toBe(143);
  expect(leftBy(runsOf(folder)[0] ?? '')).toEqual([]);
});
