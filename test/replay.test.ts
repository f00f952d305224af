/** `gameday replay`, as it is used: the built command in a real terminal, and into a pipe. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { encodeEvent } from '../src/journal/codec.ts';
import type { JournalEvent } from '../src/journal/events.ts';
import { sampleRun } from '../src/verdicts/journal.fixture.ts';
import { drillJournal } from './drill.fixture.ts';
import { openTerminal, type OpenTerminal, type Terminal } from './terminal.fixture.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

/** A run that was copied from another machine: a folder with a journal, and no project around it. */
const copied = (journal: readonly JournalEvent[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-copied-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'journal.jsonl'), journal.map(encodeEvent).join(''));
  return folder;
};

const replay = (
  { journal = drillJournal(), ...options }: Partial<OpenTerminal> & { readonly journal?: readonly JournalEvent[] },
  ...args: readonly string[]
): Terminal =>
  openTerminal([process.execPath, program, 'replay', copied(journal), ...args], {
    columns: 120,
    rows: 40,
    cwd: tmpdir(),
    ...options,
  });

/** In the middle of the run exactly, however long the screen took to come up. */
const halfway = async (options: Partial<OpenTerminal> = {}): Promise<Terminal> => {
  const terminal = replay(options);
  await terminal.shows('replay 8x');
  terminal.press(' ');
  await terminal.shows('replay paused');
  terminal.press('5');
  await terminal.shows('replay paused  T+9:35 of 20:41');
  return terminal;
};

/** Nothing of what stood there at another size: the first row and the last of a frame, and nothing beyond its width. */
const isDrawn = (lines: readonly string[], columns: number, rows: number): boolean =>
  (/^ Web stack .* q quit$/s.test(lines.join('\n')) &&
    lines.length === rows &&
    lines.every((line) => line.length <= columns)) ||
  (lines[0] ?? '').startsWith('needs');

test('a drill is seen again at every size, drawn anew whenever it changes, and a key leaves the terminal as it was', async () => {
  await using terminal = await halfway();
  expect([terminal.alternateScreen(), terminal.coloured()]).toEqual([true, true]);
  const first = terminal.text();
  const screens: (readonly string[])[] = [terminal.lines()];
  for (const [columns, rows] of [
    [80, 24],
    [60, 16],
    [200, 60],
    [40, 10],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.shows((screen) => isDrawn(screen.split('\n'), columns, rows));
    if (columns < 100) screens.push(terminal.lines());
  }
  expect(screens).toMatchSnapshot();
  terminal.resize(120, 40);
  await terminal.shows((screen) => screen === first);
  terminal.press('q');
  expect(await terminal.exited).toBe(0);
  expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([false, true, true]);
});

test('NO_COLOR takes the colours and leaves the words', async () => {
  await using terminal = await halfway({ env: { NO_COLOR: '1' } });
  expect(terminal.coloured()).toBe(false);
  await terminal.shows('2 firing');
});

test.for([
  ['CI=1', { env: { CI: '1' } }],
  ['TERM=dumb', { env: { TERM: 'dumb' } }],
  ['a terminal that is too small', { columns: 59, rows: 15 }],
] as const)('%s: it goes line by line, at its speed', async ([, options]) => {
  await using terminal = replay(options, '--at', '16:30', '--speed', '600');
  expect(await terminal.exited).toBe(0);
  expect([terminal.alternateScreen(), terminal.written().includes('\x1b[')]).toEqual([false, false]);
  expect(terminal.written()).toContain('T+20:10 claim: resolved\r\n');
  expect(terminal.written()).not.toContain('T+16:00');
});

test('without an input that is a terminal it goes line by line', async () => {
  await using terminal = replay({ redirect: '</dev/null' }, '--at', '20:00', '--speed', '600');
  expect(await terminal.exited).toBe(0);
  expect(terminal.written()).toContain('T+20:10 claim: resolved\r\n');
});

test('into a pipe it is told at once; a run that nobody played, too', async () => {
  const run = promisify(execFile);
  const startedMs = performance.now();
  const drill = await run(process.execPath, [program, 'replay', copied(drillJournal())]);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(drill.stdout.split('\n').filter((line) => line.includes('hypothesis'))).toEqual([
    'T+3:30 hypothesis suspected: web/cpu-saturated',
    'T+5:45 hypothesis ruled-out: web/cpu-saturated, because load is 0.4',
    'T+9:40 hypothesis confirmed: database/connection-limit-too-low, because max_connections is 20',
  ]);
  const verified = await run(process.execPath, [program, 'replay', copied(sampleRun())]);
  expect(verified.stdout).toContain('T+08.0s fault injected: 1-lower-connection-limit\n');
});

test('a moment or a run that is not one is refused before anything is drawn', async () => {
  await using moment = replay({}, '--at', 'noon');
  expect(await moment.exited).toBe(2);
  expect(moment.text()).toContain('--at is "noon"; expected minutes and seconds after detection');
  await using run = openTerminal([process.execPath, program, 'replay', '/nowhere'], {
    columns: 80,
    rows: 24,
    cwd: tmpdir(),
  });
  expect(await run.exited).toBe(2);
  expect(run.text()).toContain('there is no run "/nowhere"');
});
