/** Whatever ends a run, nothing we broke stays broken. */
import { readdirSync, readFileSync } from 'node:fs';
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

test('what "gameday stop" was given as the reason is told by the record, the report and the list, without its secrets', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage', 'pool-undersized');
  await verify.shows('environment up');
  const [runId = ''] = runsOf(folder);
  const { token } = JSON.parse(readFileSync(join(folder, '.gameday/runs', runId, 'owner.json'), 'utf8')) as {
    token: string;
  };
  const stop = gameday(folder, 'stop', '--reason', `the meeting begins (${token}, postgresql://shop:hunter2@db/shop)`);
  expect(await stop.exited).toBe(0);
  expect(await verify.exited).toBe(143);
  const stopped = 'stopped by operator: the meeting begins (***, postgresql://shop:***@db/shop)';
  expect(verify.stderr()).toContain(stopped);
  expect(verify.stderr()).toContain('gameday: not run any more: pool-undersized');
  expect(verify.stdout()).toContain(`TERMINATED  exit 143: ${stopped};`);
  expect(eventsOf(folder, runId).filter(({ type }) => type === 'run.stopped')).toMatchObject([
    { by: 'operator', reason: 'the meeting begins (***, postgresql://shop:***@db/shop)' },
  ]);
  const types = eventsOf(folder, runId).map(({ type, phase }) => phase ?? type);
  expect(types.indexOf('run.stopped')).toBeLessThan(types.indexOf('undo'));
  const score = gameday(folder, 'score', runId);
  expect(await score.exited).toBe(143);
  expect(score.stdout().replaceAll(/\s+/g, ' ')).toContain(`${stopped}; restored`);
  const list = gameday(folder, 'list', 'runs');
  expect(await list.exited).toBe(0);
  expect(list.stdout()).toMatch(/^\S+ +\S+ +web-stack-outage +terminated +inconclusive +stopped by operator: .*\n$/);
  expect(list.stdout()).toContain(`  ${stopped}\n`);
  expect(filesWith('hunter2', folder)).toEqual([]);
  expect(leftBy(runId)).toEqual([]);
});

/** Whatever a run has left, also what nobody reads. */
const filesWith = (text: string, folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, 'utf8').includes(text));

test('SIGTERM while the environment comes up ends with 143 and leaves nothing', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('phase up');
  verify.child.kill('SIGTERM');
  expect(await verify.exited).toBe(143);
  expect(leftBy(runsOf(folder)[0] ?? '')).toEqual([]);
});
