/** A drill outlives its terminal: it is taken up again, or stopped from anywhere, and restores either way. */
import { expect, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, untilNothing } from '../gameday.fixture.ts';
import { player } from '../player.fixture.ts';

test('a drill whose launcher was killed goes on, is taken up again, and is stopped from another shell', async () => {
  const folder = scratchProject();
  const first = player(folder, 'drill', 'web-stack-outage', '--plain', '--speed', '30');
  await first.say('note before', 'note: before');
  first.child.kill('SIGKILL');
  expect(await first.exited).toBe('SIGKILL');
  const [runId = ''] = runsOf(folder);
  const second = player(folder, 'resume', runId, '--plain');
  await second.shows('note: before');
  const say = gameday(folder, 'say', 'update', 'we are at it');
  expect(await say.exited).toBe(0);
  await second.shows('update: we are at it');
  const stop = gameday(folder, 'stop', '--reason', 'enough');
  await second.shows('stopped by primary: enough');
  expect(await stop.exited).toBe(0);
  second.child.stdin?.end(); // Nobody answers the questions of the debrief.
  expect(await second.exited).toBe(0);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  const list = gameday(folder, 'list', 'runs');
  await list.exited;
  expect(list.stdout()).toContain(`${runId}  `);
  expect(list.stdout()).toContain('interrupted');
});

test('Ctrl-C in a drill stops it and restores before the command ends', async () => {
  const folder = scratchProject();
  const drill = player(folder, 'drill', 'web-stack-outage', '--plain', '--speed', '30');
  await drill.shows('environment up');
  drill.child.kill('SIGINT');
  expect(await drill.exited).toBe(130);
  expect(drill.stdout()).toContain('interrupted: restoring …\n');
  expect(leftBy(runsOf(folder)[0] ?? '')).toEqual([]);
});
