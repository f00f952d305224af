/** `gameday say`, `resume` and `stop` as processes, against a session in the test's own hands. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeEvent } from '../src/journal/codec.ts';
import { identityOf, keepOwner } from '../src/safety/owner.ts';
import { done, fakeSession, startedEvent, type FakeSession } from '../src/screen/session.fixture.ts';
import { ms } from '../src/units.ts';
import { gameday, scratchProject } from './gameday.fixture.ts';
import { player } from './player.fixture.ts';
import { openTerminal } from './terminal.fixture.ts';

const runId = '20261122-100000-a3f0';

/** A project in which a run goes on, whose conductor is the process `pid`. */
const goingOn = (session: FakeSession, pid = process.pid, role: 'drill' | 'verify' = 'drill'): string => {
  const project = scratchProject();
  const folder = join(project, '.gameday/runs', runId);
  mkdirSync(folder, { recursive: true });
  const conductor = identityOf(pid);
  const { url, token } = session;
  const primary = role === 'drill' ? { primaryToken: token } : {};
  keepOwner(folder, { conductor, watchdog: conductor, url, token, ...primary });
  return project;
};

const said = async (project: string, ...words: readonly string[]) => {
  const { exited, stdout, stderr } = gameday(project, 'say', ...words);
  return { code: await exited, stdout: stdout(), stderr: stderr() };
};

test('what is said in a shell is done in the drill, and its reply is printed clean', async () => {
  const session = await fakeSession(() => done('2 rows', 'a\u001b[2J 1', 'b 2'));
  const project = goingOn(session);
  expect(await said(project, 'hyp', 'network/ddos', 'ruled-out', 'because', 'no', 'burst')).toEqual({
    code: 0,
    stdout: '2 rows\n  a 1\n  b 2\n',
    stderr: '',
  });
  expect((await said(project, 'sql select -1')).code).toBe(0);
  expect(session.acted).toEqual([
    { do: 'hypothesise', cause: 'network/ddos', status: 'ruled-out', because: 'no burst' },
    { do: 'sql', text: 'select -1' },
  ]);
});

test('wrong words end with 2 and everything that is wrong with them, and nothing is sent', async () => {
  const session = await fakeSession();
  const project = goingOn(session);
  const { code, stdout, stderr } = await said(project, 'hyp', 'network/dos', 'perhaps');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    [
      'error: "network/dos" is no COMPONENT/CLASS',
      '  try  did you mean "network/ddos"?',
      'error: "perhaps" is no suspected|confirmed|ruled-out',
      '  try  use one of: suspected, confirmed, ruled-out',
      '',
    ].join('\n'),
  );
  expect(session.acted).toEqual([]);
});

test('what hits something is done with its word only, and what is refused ends with 2', async () => {
  const session = await fakeSession((action) => {
    if (action.do !== 'restart')
      return { type: 'refused', problem: 'no alert has come yet', hint: 'wait for the page' };
    if (action.confirm === 'postgres') return done('restarted');
    return { type: 'confirm', word: 'postgres', says: 'this ends 20 sessions' };
  });
  const project = goingOn(session);
  expect(await said(project, 'env', 'restart', 'postgres')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: nothing was done yet: this ends 20 sessions\n  try  say it again with --confirm "postgres"\n',
  });
  expect((await said(project, 'env', 'restart', 'postgres', '--confirm', 'postgres')).stdout).toBe('restarted\n');
  expect(await said(project, 'ack')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: no alert has come yet\n  try  wait for the page\n',
  });
});

test('with no drill, one that is over, or a run that nobody plays, it ends with 3 or 2 and says what to do', async () => {
  const none = await said(scratchProject(), 'ack');
  expect([none.code, none.stderr]).toEqual([
    3,
    'error: no run is going on in this project\n' +
      '  try  start one in another terminal: gameday drill NAME, or gameday verify NAME; gameday list shows the names\n',
  ]);
  const session = await fakeSession();
  const unplayed = await said(goingOn(session, process.pid, 'verify'), 'ack');
  expect([unplayed.code, unplayed.stderr.split('\n')[0]]).toEqual([
    2,
    `error: run ${runId} is no drill: nobody plays it`,
  ]);
  const project = goingOn(session);
  await session.end();
  const gone = await said(project, 'ack');
  expect([gone.code, gone.stderr]).toEqual([3, expect.stringMatching(/^error: the run does not answer: /)]);
});

test('a drill is taken up again line by line, with everything that has happened', async () => {
  const session = await fakeSession();
  session.say(90_000, { type: 'alert.fired', alert: 'DatabaseDown', labels: {}, value: 1 });
  const again = player(goingOn(session), 'resume', '--plain');
  await again.shows('on call: alert fired: DatabaseDown\n');
  await again.say('ack', 'done\n');
  await again.say('quit', `gameday resume ${runId}`);
  expect(await again.exited).toBe(0);
  expect(session.acted).toEqual([{ do: 'acknowledge' }]);
  expect(session.beats()).toBeGreaterThan(0);
});

test('on a terminal a line drill has a prompt, leaves the terminal as it is, and Ctrl-C stops the run', async () => {
  const session = await fakeSession((action) => {
    if (action.do === 'stop') session.say(9_000, { type: 'run.ended', outcome: 'interrupted', residue: [] });
    return done('done');
  });
  const project = goingOn(session, spawn('sleep', ['4'], { stdio: 'ignore' }).pid);
  const command = [process.execPath, resolve(import.meta.dirname, '../dist/cli/main.js'), 'resume', '--plain'];
  await using terminal = openTerminal(command, { columns: 100, rows: 30, cwd: project });
  await terminal.shows(/ends the drill\.\n> ?$/m);
  terminal.press('ack<enter>');
  await terminal.shows(/> ack\ndone\n> ?$/m);
  terminal.press('<ctrlC>');
  await terminal.shows('interrupted: restoring …');
  expect(await terminal.exited).toBe(130);
  expect([terminal.modesRestored(), terminal.alternateScreen()]).toEqual([true, false]);
  expect(session.acted).toEqual([{ do: 'acknowledge' }, { do: 'stop', reason: 'interrupted' }]);
});

test('the red button stops the run from any shell and waits until its conductor has ended', async () => {
  const conductor = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void conductor.kill());
  const session = await fakeSession(() => {
    conductor.kill();
    return done('stopping');
  });
  const project = goingOn(session, conductor.pid);
  const ended = { seq: 1, atMs: ms(9), type: 'run.ended', outcome: 'interrupted', residue: [] } as const;
  const journal = join(project, '.gameday/runs', runId, 'journal.jsonl');
  writeFileSync(journal, [startedEvent, ended].map(encodeEvent).join(''));
  const stop = gameday(project, 'stop', '--reason', 'the meeting begins');
  expect(await stop.exited).toBe(0);
  expect(stop.stdout()).toBe(`${runId} is stopped, and everything is restored.\n`);
  expect(session.acted).toEqual([{ do: 'stop', reason: 'the meeting begins' }]);
  expect(await gameday(project, 'stop', runId).exited).toBe(3);
});

test('a stop that left something says what, and ends with 5', async () => {
  const conductor = spawn('sleep', ['60'], { stdio: 'ignore' });
  const session = await fakeSession(() => {
    conductor.kill();
    return done('stopping');
  });
  const project = goingOn(session, conductor.pid);
  const residue = ['max_connections = 20; by hand: alter system reset max_connections'];
  const ended = { seq: 1, atMs: ms(9), type: 'run.ended', outcome: 'interrupted', residue } as const;
  const journal = join(project, '.gameday/runs', runId, 'journal.jsonl');
  writeFileSync(journal, [startedEvent, ended].map(encodeEvent).join(''));
  const stop = gameday(project, 'stop');
  expect(await stop.exited).toBe(5);
  expect(stop.stderr()).toContain(`error: ${runId} may still be active: ${residue[0]}\n`);
});

test('a run that nobody plays is asked to end like any process', async () => {
  const conductor = spawn('sleep', ['60'], { stdio: 'ignore' });
  const session = await fakeSession();
  const project = goingOn(session, conductor.pid, 'verify');
  const ended = { seq: 1, atMs: ms(9), type: 'run.ended', outcome: 'interrupted', residue: [] } as const;
  const journal = join(project, '.gameday/runs', runId, 'journal.jsonl');
  writeFileSync(journal, [startedEvent, ended].map(encodeEvent).join(''));
  const stop = gameday(project, 'stop');
  expect(await stop.exited).toBe(0);
  expect(conductor.signalCode).toBe('SIGTERM');
});
