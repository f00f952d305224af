/** What a responder types, on a real terminal emulator, by its real bytes. */
import { expect, test } from 'vitest';
import type { Action, Reply } from '../../drill/action.ts';
import { keys } from '../terminal-harness.fixture.ts';
import { nobody, play } from './drill-screen.fixture.tsx';

test('a command is typed, completed and sent; its answer is said', async () => {
  const { type, acted, shows, cursor } = await play({
    replies: [{ type: 'done', title: 'you look at the database', lines: [] }],
  });
  expect(cursor()).toEqual({ x: 2, y: 28 });
  await type('f', 'o', 'c', keys.tab);
  await shows('> focus');
  await type('d', keys.tab);
  await shows('> focus database');
  expect(cursor()).toEqual({ x: 17, y: 28 });
  await type(keys.enter);
  await shows('you look at the database');
  expect(acted).toEqual([{ do: 'focus', component: 'database' }]);
});

test('Tab says what is possible where that is more than one', async () => {
  const { type, shows, screen } = await play();
  await type('hyp ', keys.tab);
  await shows(/database\/connection-limit-too-low {2}database\/slow-query {2}network\/ddos/);
  await type('da', keys.tab);
  await shows('> hyp database/');
  expect(screen()).not.toContain('> hyp database/connection');
});

test('plain words are a note; a command that is wrong is not, and can be corrected', async () => {
  const { type, acted, shows } = await play();
  await type('looks like the network', keys.enter);
  await shows('done 1');
  await type('focus databse', keys.enter);
  await shows('did you mean "database"');
  await type(keys.backspace, keys.backspace, 'ase', keys.enter);
  await shows('done 2');
  expect(acted).toEqual([
    { do: 'note', text: 'looks like the network' },
    { do: 'focus', component: 'database' },
  ]);
});

test('what is pasted is never sent, however many lines it has', async () => {
  const { paste, settled, acted, shows, type, press } = await play();
  paste('env restart postgres\nstop\n');
  await shows('> env restart postgres stop');
  await type(keys.ctrl('u'));
  // A terminal without bracketed paste sends it like this, in one piece.
  press('mitigated\rresolved\r');
  await shows('> mitigated resolved');
  await settled();
  expect(acted).toEqual([]);
});

test('a line that was typed faster than it is read is sent like any other', async () => {
  const { settled, acted, press } = await play();
  press('mitigated\r');
  await settled();
  expect(acted).toEqual([{ do: 'claim', claim: 'mitigated' }]);
});

test('what hits something is done only after its word was typed', async () => {
  const confirm: Reply = { type: 'confirm', word: 'restart', says: 'Ends all sessions of the shop; carts are lost.' };
  const { type, acted, shows, screen } = await play({
    replies: [confirm, confirm, { type: 'done', title: 'restarted', lines: [] }],
  });
  await type('env restart postgres', keys.enter);
  await shows('Ends all sessions of the shop');
  expect(screen()).toContain('Nothing was done yet');
  await type('yes', keys.enter);
  await shows('that is not "restart": nothing was done');
  await type(keys.escape);
  await shows('cancelled: nothing was done');
  expect(acted).toEqual([{ do: 'restart', target: 'postgres' }]);
  await type(keys.up, keys.enter);
  await shows('type restart >');
  await type('restart', keys.enter);
  await shows('restarted');
  expect(acted.at(-1)).toEqual({ do: 'restart', target: 'postgres', confirm: 'restart' });
});

test('a long answer opens in place of the panels, is scrolled, and closes', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `row ${index + 1} of sixty`);
  const { type, shows, screen, lines: rows } = await play({ replies: [{ type: 'done', title: '60 rows', lines }] });
  await type('sql select 1', keys.enter);
  await shows('row 1 of sixty');
  expect(rows().at(-4)).toMatch(/more ↓ ┘$/);
  await type(keys.pageDown);
  await shows('row 20 of sixty');
  expect(screen()).not.toContain('row 1 of');
  await type(keys.pageDown, keys.pageDown, keys.pageDown);
  await shows('row 60 of sixty');
  await type(keys.escape);
  await shows('2 Timeline');
});

test('a log is read from its end', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1} of sixty`);
  const { type, shows, screen } = await play({ replies: [{ type: 'done', title: 'postgres', lines }] });
  await type('logs postgres', keys.enter);
  await shows('line 60 of sixty');
  expect(screen()).not.toContain('line 1 of');
});

test('closing an answer leaves the panels as they were', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `row ${index + 1}`);
  const { type, shows, screen } = await play({ replies: [{ type: 'done', title: '60 rows', lines }] });
  await type('sql x', keys.enter);
  await shows('row 1 ');
  await type(keys.escape);
  await shows('update: Checkout');
  expect(screen()).not.toContain('more ↓ ┘└');
});

test('leaving asks, and what is preselected changes nothing', async () => {
  const { type, shows, left, acted, screen } = await play();
  await type('q');
  await shows('Leave the drill?');
  await type(keys.enter);
  await expect.poll(screen).not.toContain('Leave the drill?');
  await type(keys.ctrl('c'));
  await shows('Leave the drill?');
  await type(keys.escape);
  await expect.poll(screen).not.toContain('Leave the drill?');
  expect(left).toEqual([]);
  await type('q', keys.down, keys.enter);
  expect(left).toEqual(['detach']);
  await type('q', keys.up, keys.enter);
  await shows('done 1');
  expect(acted).toEqual([{ do: 'stop' }]);
});

test('Ctrl-X is the red button: it asks once and is its own answer, whatever was typed and whatever is waited for', async () => {
  const { type, shows, acted } = await play({ replies: [new Promise<never>(() => {})] });
  await type('sql select pg_sleep(60)', keys.enter);
  await shows('sent, waiting for the answer');
  await type('half a com', keys.ctrl('x'));
  await shows('stop: undo everything now and end the drill (Ctrl-X)');
  expect(acted).toHaveLength(1);
  await type(keys.ctrl('x'));
  await expect.poll(() => acted.at(-1)).toEqual({ do: 'stop' });
});

test('a q within words is a letter, and Ctrl-C first clears what was typed', async () => {
  const { type, shows, left, screen } = await play();
  await type('sql q');
  await shows('> sql q');
  await type(keys.ctrl('c'));
  await shows('a command, or a note in plain words');
  expect(screen()).not.toContain('Leave the drill?');
  expect(left).toEqual([]);
});

test('Ctrl-Z is ignored, and said', async () => {
  const { type, shows, acted, left } = await play();
  await type(keys.ctrl('z'));
  await shows('Ctrl-Z is off');
  expect([...acted, ...left]).toEqual([]);
});

test('one command at a time: what is typed meanwhile waits', async () => {
  const answer = Promise.withResolvers<Reply>();
  const acted: Action[] = [];
  const onAction = (action: Action): Promise<Reply> => {
    acted.push(action);
    return answer.promise;
  };
  const { type, shows } = await play({ onAction });
  await type('ack', keys.enter);
  await shows('waiting for the answer');
  await type('resolved', keys.enter);
  await shows('> resolved');
  expect(acted).toEqual([{ do: 'acknowledge' }]);
  answer.resolve({ type: 'refused', problem: 'nothing is firing', hint: null });
  await shows('nothing is firing');
  await shows('> resolved');
});

test('an action that does not get through says so', async () => {
  const { type, shows, screen } = await play({ onAction: nobody });
  await type('ack', keys.enter);
  await shows('nobody is there');
  expect(screen()).not.toContain('waiting for the answer');
});

test('help lists every word', async () => {
  const { type, shows, acted } = await play({ size: [120, 40] });
  await type('?');
  await shows('acknowledge an alert');
  await type(keys.escape);
  await shows('2 Timeline');
  await type('help', keys.enter);
  await shows('acknowledge an alert');
  expect(acted).toEqual([]);
});
