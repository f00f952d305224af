/** Whatever becomes of a screen, its terminal is usable afterwards: a stand-in for the screen in a real pseudo-terminal. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openTerminal, type Terminal } from '../../../test/terminal.fixture.ts';

const here = (file: string): string => resolve(import.meta.dirname, file);

const show = (how: string): Terminal =>
  openTerminal([process.execPath, here('screen-host.fixture.ts'), here('screen.fixture.ts'), how], {
    columns: 80,
    rows: 16,
    cwd: tmpdir(),
  });

const pidOf = (terminal: Terminal): number => Number(/ (\d+)$/m.exec(terminal.text())?.[1]);

const usable = (terminal: Terminal): unknown => ({
  alternate: terminal.alternateScreen(),
  cursor: terminal.cursorVisible(),
  modes: terminal.modesRestored(),
});
const asBefore = { alternate: false, cursor: true, modes: true };

test('a screen that says goodbye is left alone', async () => {
  await using terminal = show('done');
  expect(await terminal.exited).toBe(0);
  expect(terminal.text()).toContain('{"type":"done"}');
  expect(usable(terminal)).toEqual(asBefore);
  // The reset that a dead screen needs would move the cursor of a living terminal.
  expect(terminal.written()).not.toContain('\x1b[?2026l');
});

test('a screen that is never told what to show ends, and leaves the terminal alone', async () => {
  await using terminal = show('unsaid');
  expect(await terminal.exited).toBe(3);
  expect(terminal.text()).toContain('{"type":"rejected","code":3,"says":"no project"}');
  expect(usable(terminal)).toEqual(asBefore);
  expect(terminal.written()).not.toContain('\x1b[?');
});

test('a screen that was killed leaves a usable terminal and the code of its death', async () => {
  await using terminal = show('steady');
  await terminal.shows('steady ');
  expect(terminal.alternateScreen()).toBe(true);
  process.kill(pidOf(terminal), 'SIGKILL');
  expect(await terminal.exited).toBe(137);
  expect(terminal.text()).toContain('{"type":"died","code":137,"says":""}');
  expect(usable(terminal)).toEqual(asBefore);
});

test('what a screen said of its own crash is told when the terminal can show it', async () => {
  await using terminal = show('crash');
  expect(await terminal.exited).toBe(1);
  expect(terminal.text()).toContain('"says":"TypeError: what nobody thought of"');
  expect(usable(terminal)).toEqual(asBefore);
});

test('a screen is asked to end, and may ask back while it lives', async () => {
  await using terminal = show('steady');
  await terminal.shows('heard: no x');
  terminal.signal('screen-host.fixture.ts', 'SIGUSR2');
  expect(await terminal.exited).toBe(0);
  expect(terminal.text()).toContain('{"type":"closed"}');
  expect(usable(terminal)).toEqual(asBefore);
});
