/** A whole drill over pipes, line by line: paged, looked around, repaired by the runbook, resolved, scored. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { leftBy, runsOf, scratchProject, untilNothing } from '../gameday.fixture.ts';
import { player } from '../player.fixture.ts';

test('a drill is played line by line from the page to the scorecard, and leaves nothing', async () => {
  const folder = scratchProject();
  const drill = player(
    folder,
    'drill',
    'web-stack-outage',
    '--plain',
    '--speed',
    '30',
    '--time-scale',
    '10',
    '--mode',
    'evaluation',
  );
  await drill.shows(/T\+0:\d\d alert delivered to pager: DatabaseConnectionsRefused/);
  await drill.say('ack', /acknowledged/);
  await drill.say('focus databse', 'error: "databse" is no COMPONENT\n  try  did you mean "database"?');
  await drill.say('focus database', /T\+\S+ focus: database/);
  await drill.say('charts', /connections \d+ of 20, \d+ waiting; \d+ % of requests fail; p95 [\d.]+ s/);
  await drill.say('hyp database/connection-limit-too-low', /hypothesis suspected: database\/connection-limit-too-low/);
  await drill.say('logs postgres remaining connection slots', /FATAL: {2}remaining connection slots are reserved/);
  await drill.say('runbook databaseconnectionsrefused', '[1] buyers-fail');
  await drill.say('run 1', 'step passed: buyers-fail');
  // What changes something asks for its word, and another word does not do it.
  await drill.say('run raise-the-limit', 'To do it, type: run raise-the-limit\n');
  await drill.say('yes', 'Not done.\n');
  await drill.say('run 3', 'To do it, type: run raise-the-limit\n');
  await drill.say('run raise-the-limit', 'step passed: raise-the-limit');
  await drill.say('run 4', 'To do it, type: run restart-the-database\n');
  await drill.say('run restart-the-database', 'step passed: restart-the-database');
  await drill.say('helped restart-the-database yes', 'step restart-the-database helped');
  await drill.say('mitigated', /claim: mitigated/);
  await drill.shows(/alert resolved at pager: DatabaseConnectionsRefused/);
  // Too early it is recorded and not believed; nobody is told. Who waits a little and says it again is right.
  const over = /T\+\S+ run completed\n/;
  while (!over.test(drill.stdout())) {
    await drill.say('resolved', /claim: resolved|error: /);
    await Promise.race([drill.shows(over), sleepFor(1_000)]);
  }
  await drill.shows('Question 1 of ');
  await drill.say('The database was not on our list.', 'Question 2 of ');
  drill.child.stdin?.end();
  expect(await drill.exited).toBe(0);

  // The scorecard: a rating and a range, and the postmortem beside the run.
  expect(drill.stdout()).toMatch(/TEAM .*\d/);
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  const kept = (file: string): unknown =>
    JSON.parse(readFileSync(join(folder, '.gameday/runs', runId, file), 'utf8')) as unknown;
  expect(kept('debrief.json')).toMatchObject({ answers: [{ answer: 'The database was not on our list.' }] });
  expect(kept('summary.json')).toMatchObject({
    mode: 'drill',
    experiment: 'web-stack-outage',
    drill: { mode: 'evaluation', timeScale: 10, team: { total: expect.any(Number) as number } },
  });
}, 90_000);
