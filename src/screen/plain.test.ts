import { expect, onTestFinished, test, vi } from 'vitest';
import { startClock } from '../clock.ts';
import type { Action, Reply } from '../drill/action.ts';
import type { JournalFact } from '../journal/events.ts';
import { playPlain, type PlainParts } from './plain.ts';
import { done, fakeSession, type FakeSession } from './session.fixture.ts';

const labels = { severity: 'page' };
const delivered: JournalFact = {
  type: 'alert.delivered',
  alert: 'DatabaseConnectionsRefused',
  labels,
  receiver: 'pager',
};
const fired: JournalFact = { type: 'alert.fired', alert: 'DatabaseConnectionsRefused', labels, value: 3 };

/** A drill at a desk: lines are typed, and what was written can be read. */
const sit = (session: FakeSession, interactive = false, atEndOfInput: PlainParts['atEndOfInput'] = 'stop') => {
  const typed: string[] = [];
  let waiting: ((result: IteratorResult<string>) => void) | undefined;
  let closed = false;
  const interruption = new AbortController();
  let text = '';
  const next = (): Promise<IteratorResult<string>> => {
    const line = typed.shift();
    if (line !== undefined) return Promise.resolve({ done: false, value: line });
    if (closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => (waiting = resolve));
  };
  const give = (line: string | null): void => {
    if (line === null) closed = true;
    if (waiting === undefined) {
      if (line !== null) typed.push(line);
      return;
    }
    waiting(line === null ? { done: true, value: undefined } : { done: false, value: line });
    waiting = undefined;
  };
  const terminal = { write: (more: string) => void (text += more), lines: { next }, columns: 100, interactive };
  const ended = playPlain(session, terminal, { clock: startClock(), signal: interruption.signal, atEndOfInput });
  onTestFinished(async () => {
    give(null);
    session.say(9_000_000, { type: 'run.ended', outcome: 'interrupted', residue: [] });
    await ended;
  });
  return {
    text: () => text,
    type: give,
    interrupt: () => interruption.abort(),
    ended,
    shows: (what: string) => vi.waitFor(() => expect(text).toContain(what), { timeout: 5_000 }),
  };
};

test('what happens is told in sentences, whose times count from the alert that pages', async () => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  session.say(4_000, { type: 'alert.pended', alert: 'DatabaseConnectionsRefused', labels, value: 3 });
  session.say(90_000, fired);
  session.say(90_000, delivered);
  session.say(151_000, { type: 'team.noted', by: 'primary', text: 'odd \u001b[2J\nthing 🚨' });
  await desk.shows('⏎thing');
  expect(desk.text()).toBe(
    [
      'Web stack outage of 2024-06-20: training, 30m at most.',
      'You are on call, and all is quiet. Times count from the alert that pages you.',
      'The original team is told beside yours, 5 times as fast as it was.',
      'help shows the words, charts the measurements, stop undoes everything and ends the drill.',
      'on call: alert pending: DatabaseConnectionsRefused',
      'on call: alert fired: DatabaseConnectionsRefused',
      'T+0:00 the original team, after 0s: detected',
      'T+0:00 alert delivered to pager: DatabaseConnectionsRefused',
      'T+1:00 the original team, after 5m: notified',
      'T+1:01 note: odd ⏎thing ',
      '',
    ].join('\n'),
  );
});

test('measurements are told every 30 s, and whenever they are asked for', async () => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  desk.type('charts');
  await desk.shows('on call: nothing was measured yet');
  session.say(90_000, fired);
  session.say(90_000, delivered);
  for (let atMs = 91_000; atMs <= 122_000; atMs += 500) {
    session.say(atMs, { type: 'connections.measured', used: 20, limit: 20, waiting: atMs / 1_000 });
    session.say(atMs, {
      type: 'load.measured',
      windowMs: 500,
      buyers: 30,
      buyersFailed: 20,
      requests: 50,
      requestsFailed: 37,
      p50Ms: 900,
      p95Ms: 2_100,
      lagP99Ms: 1,
      inFlight: 9,
      dropped: 0,
      errors: {},
    });
  }
  await desk.shows('T+0:31 connections');
  desk.type('charts');
  await desk.shows('122 waiting');
  const told = desk
    .text()
    .split('\n')
    .filter((line) => line.includes('connections '));
  expect(told).toEqual([
    'T+0:01 connections 20 of 20, 91 waiting; 74 % of requests fail; p95 2.1 s',
    'T+0:31 connections 20 of 20, 121 waiting; 74 % of requests fail; p95 2.1 s',
    'T+0:32 connections 20 of 20, 122 waiting; 74 % of requests fail; p95 2.1 s',
  ]);
});

test('a line becomes an action, its reply is printed clean, and a mistake never leaves this terminal', async () => {
  const session = await fakeSession(() => done('3 rows', 'a\u001b]0;x\u0007 1', 'b 2'));
  const desk = sit(session);
  await desk.shows('You are on call');
  desk.type('sql select 1');
  await desk.shows('3 rows\n  a 1\n  b 2\n');
  desk.type('focus databse');
  await desk.shows('error: "databse" is no COMPONENT\n  try  did you mean "database"?\n');
  desk.type('help');
  await desk.shows(
    'hyp COMPONENT/CLASS [suspected|confirmed|ruled-out] [because REASON]: say what you think is broken\n',
  );
  desk.type('');
  desk.type('users cannot pay');
  await vi.waitFor(() => expect(session.acted).toHaveLength(2));
  expect(session.acted).toEqual([
    { do: 'sql', text: 'select 1' },
    { do: 'note', text: 'users cannot pay' },
  ]);
});

test('what hits something is done when its word is typed, and nothing else is taken for it', async () => {
  const reply = (action: Action): Reply =>
    action.do === 'restart' && action.confirm === undefined
      ? { type: 'confirm', word: 'postgres', says: 'This ends 20 sessions.' }
      : done('restarted');
  const session = await fakeSession(reply);
  const desk = sit(session);
  await desk.shows('You are on call');
  desk.type('env restart postgres');
  await desk.shows('This ends 20 sessions.\nTo do it, type: postgres\n');
  desk.type('quit');
  await desk.shows('Not done.\n');
  desk.type('env restart postgres');
  desk.type('postgres');
  await desk.shows('restarted\n');
  expect(session.acted).toEqual([
    { do: 'restart', target: 'postgres' },
    { do: 'restart', target: 'postgres' },
    { do: 'restart', target: 'postgres', confirm: 'postgres' },
  ]);
});

test('only an alert that has reached somebody can be acknowledged by name', async () => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  desk.type('ack DatabaseConnectionsRefused');
  await desk.shows('error: there is no ALERT yet');
  session.say(90_000, fired);
  session.say(90_000, delivered);
  session.say(91_000, { type: 'alert.delivered', alert: 'DatabaseConnectionsRefused', labels, receiver: 'pager' });
  await desk.shows('delivered to pager');
  desk.type('ack databaseconnectionsrefused');
  await desk.shows('done\n');
  expect(session.acted).toEqual([{ do: 'acknowledge', alert: 'DatabaseConnectionsRefused' }]);
});

test.each([
  ['the end of the input', 'end of input', (desk: ReturnType<typeof sit>) => desk.type(null)],
  ['a Ctrl-C', 'interrupted', (desk: ReturnType<typeof sit>) => desk.interrupt()],
])('%s stops the run, and says so', async (_, reason, leave) => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  leave(desk);
  await vi.waitFor(() => expect(session.acted).toEqual([{ do: 'stop', reason }]));
  expect(desk.text()).toContain(`${reason}: `);
});

test('quit leaves the run as it is', async () => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  desk.type('quit');
  expect(await desk.ended).toEqual({ type: 'left' });
  expect(session.acted).toEqual([]);
  await vi.waitFor(() => expect(session.listening()).toBe(0));
});

test('who only took the drill up does not stop it for the others when the input ends', async () => {
  const session = await fakeSession();
  const desk = sit(session, false, 'leave');
  await desk.shows('You are on call');
  desk.type(null);
  expect(await desk.ended).toEqual({ type: 'left' });
  expect(session.acted).toEqual([]);
});

test('a conductor that is gone ends it', async () => {
  const session = await fakeSession();
  const desk = sit(session);
  await desk.shows('You are on call');
  await session.end();
  expect(await desk.ended).toEqual({ type: 'lost' });
  expect(desk.text()).toContain('The run is gone.');
}, 15_000);

test('a terminal has a prompt, which is there again behind what came in between', async () => {
  const session = await fakeSession();
  const desk = sit(session, true);
  await desk.shows('ends the drill.\n> ');
  session.say(90_000, fired);
  session.say(90_000, delivered);
  await desk.shows('> \nT+0:00 the original team, after 0s: detected\n');
  await desk.shows('alert fired: DatabaseConnectionsRefused\n> ');
  desk.type('ack');
  await desk.shows('> done\n> ');
  expect(session.acted).toEqual([{ do: 'acknowledge' }]);
});
