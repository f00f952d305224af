/** Whatever ends a run, nothing we broke stays broken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, untilNothing } from '../gameday.fixture.ts';

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

test('kill -9 of the conductor leaves no fault, process or folder, and the watchdog says that it was the one', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('fault injected: 1-lower-connection-limit');
  verify.child.kill('SIGKILL');
  expect(await verify.exited).toBe('SIGKILL');
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  const undone = eventsOf(folder, runId).filter(({ type }) => type === 'fault.undone');
  expect(undone).toMatchObject([{ faultId: '1-lower-connection-limit', by: 'watchdog' }]);
  const score = gameday(folder, 'score', runId);
  expect(await score.exited).toBe(3);
  expect(score.stdout()).toContain('the conductor died; undone by the watchdog');
});
