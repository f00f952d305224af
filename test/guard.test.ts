/** `bin/` outlives the command that it started: a terminal that was taken is given back, whoever is killed. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTerminal, type Terminal } from './terminal.fixture.ts';

const bin = resolve(import.meta.dirname, '../bin');

/** Takes the terminal as a screen does; it never ends by itself. */
const screen = `process.stdin.setRawMode(true); process.stdout.write('\\x1b[?1049h\\x1b[?25lscreen\\r\\n'); setInterval(() => {}, 1_000);`;

/** An installed command whose program is `main`. */
const installed = (main: string): Terminal => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-guard-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(bin, join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist/cli'), { recursive: true });
  writeFileSync(join(folder, 'screen.cjs'), screen);
  writeFileSync(join(folder, 'dist/cli/main.js'), main);
  const command = [process.execPath, join(folder, 'bin/gameday.cjs')];
  return openTerminal(command, { columns: 80, rows: 16, cwd: folder });
};

const takingTheTerminal = `
  const child = require('child_process').spawn(process.execPath, ['screen.cjs'], { stdio: 'inherit' });
  process.send({ terminalTaken: { pid: child.pid, runId: 'RUN' } });
  process.on('disconnect', () => { child.kill('SIGKILL'); process.exit(3); });
  setInterval(() => {}, 1_000);`;

const asBefore = (terminal: Terminal): void => {
  expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([false, true, true]);
};

test('a launcher that was killed leaves a usable terminal, no screen, and a word on how to go on', async () => {
  await using terminal = installed(takingTheTerminal);
  await terminal.shows('screen');
  expect(terminal.alternateScreen()).toBe(true);
  terminal.signal('dist/cli/main.js', 'SIGKILL');
  expect(await terminal.exited).toBe(137);
  expect(terminal.text()).toContain('gameday: the drill goes on; take it up again: gameday resume RUN\n');
  asBefore(terminal);
  expect(terminal.processes('screen.cjs')).toEqual([]);
});

test('a command that never took the terminal and was killed leaves it alone', async () => {
  await using terminal = installed(`process.stdout.write('up\\n'); setInterval(() => {}, 1_000);`);
  await terminal.shows('up');
  terminal.signal('dist/cli/main.js', 'SIGKILL');
  expect(await terminal.exited).toBe(137);
  expect(terminal.written()).not.toContain('\x1b[?1049l');
});

test('the command learns that the one who started it is gone', async () => {
  await using terminal = installed(takingTheTerminal);
  await terminal.shows('screen');
  terminal.signal('bin/gameday.cjs', 'SIGKILL');
  expect(await terminal.exited).toBe(137);
  await expect.poll(() => terminal.processes('dist/cli/main.js')).toEqual([]);
});

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

test.each([
  ['alone', `'${process.execPath}' '${program}' recover --terminal`],
  [
    'behind bin/',
    `'${process.execPath}' -e "require('${bin}/ready.cjs').handOver('dist/cli/main.js', ['recover', '--terminal'], true)"`,
  ],
])(
  'gameday recover --terminal, %s, mends a terminal whose screen died with all that could have restored it',
  async (_, command) => {
    const spoil = String.raw`stty raw -echo; printf '\033[?1049h\033[?25l'`;
    const shell = ['/bin/sh', '-c', `${spoil}; ${command}`];
    await using terminal = openTerminal(shell, { columns: 80, rows: 16, cwd: tmpdir() });
    expect(await terminal.exited).toBe(0);
    asBefore(terminal);
  },
);
