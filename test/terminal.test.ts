/** The pseudo-terminal itself: what the tests of the screen lean on. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { openTerminal, type OpenTerminal, type Terminal } from './terminal.fixture.ts';

const shell = (script: string, options: Partial<OpenTerminal> = {}): Terminal =>
  openTerminal(['/bin/sh', '-c', script], { columns: 60, rows: 8, cwd: tmpdir(), ...options });

test('a terminal shows what a program draws, as rows of cells, and hands on its exit code', async () => {
  await using terminal = shell(`printf 'one\\r\\n\\033[31mtwo\\033[0m 🕵️|\\r\\n'; exit 3`);
  expect(await terminal.exited).toBe(3);
  expect(terminal.lines().slice(0, 3)).toEqual(['one', 'two 🕵️|', '']);
  expect(terminal.lines()).toHaveLength(8);
  expect(terminal.coloured()).toBe(true);
});

test('a program that draws without colour is seen to do so', async () => {
  await using terminal = shell(`printf '\\033[1mbold\\033[0m'`);
  await terminal.exited;
  expect(terminal.coloured()).toBe(false);
});

test('keys by name and text arrive as a terminal sends them', async () => {
  await using terminal = shell('stty raw -echo; printf "ready\\r\\n"; head -c 7 | od -An -c');
  await terminal.shows('ready');
  terminal.press('a<up><enter><<tab>');
  await terminal.exited;
  expect(terminal.text()).toMatch(/a 033 {3}\[ {3}A {2}\\r {3}< {2}\\t/);
});

test('a new size reaches the program', async () => {
  await using terminal = shell(`trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done`);
  await terminal.shows('ready');
  terminal.resize(80, 24);
  await terminal.shows('24 80');
  expect(terminal.lines()).toHaveLength(24);
});

test('modes that a program leaves behind are noticed, as are an alternate screen and a hidden cursor', async () => {
  await using tidy = shell(
    `modes=$(stty -g); stty raw; printf '\\033[?1049h\\033[?25l'; stty "$modes"; printf '\\033[?25h\\033[?1049l'`,
  );
  await tidy.exited;
  expect([tidy.modesRestored(), tidy.alternateScreen(), tidy.cursorVisible()]).toEqual([true, false, true]);
  await using untidy = shell(`stty raw -echo; printf '\\033[?1049h\\033[?25l'; kill -KILL $$`);
  expect(await untidy.exited).toBe(137);
  expect([untidy.modesRestored(), untidy.alternateScreen(), untidy.cursorVisible()]).toEqual([false, true, false]);
});

test('waiting for what never comes ends with the screen in the message', async () => {
  await using terminal = shell('echo something else; exec sleep 60');
  await terminal.shows('something else');
  await expect(terminal.shows('the truth', 50)).rejects.toThrow(/50 ms without the truth:\nsomething else/);
  await using over = shell('echo over');
  await expect(over.shows('the truth')).rejects.toThrow(/it ended without showing the truth:\nover/);
});

test('a closed terminal leaves no process, however detached', async () => {
  let left: () => readonly number[];
  {
    await using terminal = shell('setsid sleep 61 & trap "" TERM HUP; echo up; sleep 62');
    await terminal.shows('up');
    await expect.poll(() => terminal.processes('sleep 6').length).toBeGreaterThan(1);
    for (const pid of terminal.processes('sleep 62')) process.kill(pid, 'SIGKILL');
    left = () => terminal.processes('');
  }
  expect(left()).toEqual([]);
});
