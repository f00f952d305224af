/** `gameday` on a terminal: the home screen of the built command, and where there is none. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { scratchProject } from './gameday.fixture.ts';
import { openTerminal, type OpenTerminal, type Terminal } from './terminal.fixture.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

const home = (options: Partial<OpenTerminal> = {}): Terminal =>
  openTerminal([process.execPath, program], { columns: 100, rows: 30, cwd: scratchProject(), ...options });

test('the first start explains itself on one screen, then shows what can be drilled, and leaves the terminal as it was', async () => {
  await using terminal = home({ columns: 80, rows: 24 });
  await terminal.shows('How to remove it');
  terminal.press('<enter>');
  await terminal.shows('no drill yet');
  await terminal.shows('Web stack outage of 2024-06-20');
  // Neither cause nor fault nor runbook: whoever looks here is to be drilled.
  expect(terminal.text()).not.toMatch(/connection-limit|max_connections|DatabaseConnectionsRefused/);
  terminal.resize(60, 16);
  await terminal.shows((screen) => screen.split('\n').length === 16 && screen.includes('Enter drill'));
  terminal.press('<enter>');
  await terminal.shows('Drill: Web stack outage');
  terminal.press('<escape>');
  await terminal.shows('Experiments');
  terminal.press('q');
  expect(await terminal.exited).toBe(0);
  expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([false, true, true]);
});

test('NO_COLOR takes the colours of it', async () => {
  await using terminal = home({ env: { NO_COLOR: '1' } });
  await terminal.shows('Before the first run');
  expect(terminal.coloured()).toBe(false);
});

test.for([
  ['in CI', { env: { CI: '1' } }],
  ['on a dumb terminal', { env: { TERM: 'dumb' } }],
  ['without an input', { redirect: '</dev/null' }],
] as const)('%s there is no home screen, and the command says what there is instead', async ([, options]) => {
  await using terminal = home(options);
  expect(await terminal.exited).toBeLessThan(3);
  expect([terminal.alternateScreen(), terminal.written().includes('\x1b[?1049h')]).toEqual([false, false]);
  expect(terminal.text()).toMatch(/gameday drill|gameday verify|--help/);
});
