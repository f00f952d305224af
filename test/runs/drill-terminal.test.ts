/** The real screen in a real terminal, and what is left of both when one of them is lost. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, untilNothing } from '../gameday.fixture.ts';
import { openTerminal, type Terminal } from '../terminal.fixture.ts';

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');

const open = (folder: string, ...args: readonly string[]): Terminal =>
  openTerminal([process.execPath, '--liftoff-only', program, '-C', folder, ...args], {
    columns: 100,
    rows: 30,
    cwd: folder,
  });

const asBefore = (terminal: Terminal): void =>
  expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([false, true, true]);

test('a screen that was killed gives the terminal back, and the drill is taken up again on a new one', async () => {
  const folder = scratchProject();
  await using terminal = open(folder, 'drill', 'web-stack-outage', '--speed', '30');
  await terminal.shows((screen) => screen.includes('Timeline') && terminal.alternateScreen(), 20_000);
  terminal.signal('screen/main.js', 'SIGKILL');
  expect(await terminal.exited).toBe(137);
  asBefore(terminal);
  const [runId = ''] = runsOf(folder);
  expect(terminal.text()).toContain(`gameday: the drill goes on; take it up again: gameday resume ${runId}`);

  await using again = open(folder, 'resume');
  await again.shows((text) => text.includes('Timeline') && again.alternateScreen(), 20_000);
  // A signal to the launcher stops the drill, and everything is restored before the shell has its terminal again.
  again.signal('cli/main.js', 'SIGTERM');
  expect(await again.exited).toBe(143);
  asBefore(again);
  expect(again.written()).toContain('gameday: stopping the drill and restoring …');
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
});

test('gameday alone on a terminal is the app, and q leaves it; where there is no room for it, it is help', async () => {
  const folder = scratchProject();
  await using terminal = open(folder);
  await terminal.shows((screen) => screen.includes('Before the first run') && terminal.alternateScreen(), 20_000);
  terminal.press('<enter>');
  await terminal.shows('Web stack outage');
  terminal.press('q');
  expect(await terminal.exited).toBe(0);
  asBefore(terminal);
  const piped = gameday(folder);
  expect(await piped.exited).toBe(0);
  expect(piped.stdout()).toMatch(/^Usage: gameday /);
});
