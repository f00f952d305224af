/** A whole drill on a whole screen, in a real terminal: paged, repaired by the runbook, resolved, scored, talked about. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { leftBy, runsOf, scratchProject, untilNothing } from '../gameday.fixture.ts';
import { openTerminal, type Terminal } from '../terminal.fixture.ts';

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');

/**
 * Enter is pressed when the line is seen: what arrives in one piece was pasted, and a paste sends nothing.
 *
 * @param then What the line itself does not say.
 */
const say = async (terminal: Terminal, line: string, then: string | RegExp): Promise<void> => {
  terminal.press(line);
  await terminal.shows(`> ${line}`);
  terminal.press('<enter>');
  await terminal.shows(then, 20_000);
};

/** Esc alone: with a letter close behind it, a terminal would mean another key. */
const escape = async (terminal: Terminal, then: string | RegExp): Promise<void> => {
  terminal.press('<escape>');
  await terminal.shows(then);
};

/**
 * A drill whose replica the machine's own noise kept from coming to rest breaks nothing and ends (exit 4), perhaps after a
 * page of that noise; it is begun again, twice at most.
 */
const pagedByTheOutage = async (folder: string, columns: number, rows: number): Promise<Terminal> => {
  const options = ['--speed', '30', '--time-scale', '10', '--mode', 'evaluation'];
  const command = [process.execPath, program, 'drill', 'web-stack-outage', ...options];
  for (let left = 2; ; left -= 1) {
    const terminal = openTerminal(command, { columns, rows, cwd: folder });
    await terminal.shows(/PAGED|nothing was broken/, 40_000);
    if (left === 0 || isBroken(folder)) return terminal;
    await terminal[Symbol.asyncDispose]();
  }
};

const isBroken = (folder: string): boolean =>
  readFileSync(join(folder, '.gameday/runs', runsOf(folder).at(-1) ?? '', 'journal.jsonl'), 'utf8').includes(
    '"type":"fault.intended"',
  );

test.for([
  [120, 40],
  [80, 24],
] as const)(
  'a drill is played on a screen of %ix%i from the page to the debrief, and leaves nothing',
  async ([columns, rows]) => {
    const folder = scratchProject();
    await using terminal = await pagedByTheOutage(folder, columns, rows);
    await say(terminal, 'ack', 'acknowledged');
    await say(terminal, 'focus database', /focus(?:: | {2,})database/);
    // A mistake is told and not recorded; what was pasted is not sent.
    await say(terminal, 'focus databse', 'did you mean "database"?');
    await escape(terminal, /^> +a command/m);
    await say(terminal, 'runbook DatabaseConnectionsRefused', '## Meaning');
    await say(terminal, 'run raise-the-limit', 'type run raise-the-limit >');
    await say(terminal, 'run raise-the-limit', /passed/);
    await say(terminal, 'run restart-the-database', 'type run restart-the-database >');
    await say(terminal, 'run restart-the-database', /restart-the-database.*passed|passed.*restart-the-data/);
    await escape(terminal, 'Timeline');
    await say(terminal, 'mitigated', 'claim: mitigated');
    await terminal.shows(/resolved at\s+pager/, 30_000);
    // Too early it is recorded and not believed; who waits a little and says it again is right.
    const over = /Scorecard|Enter.*scorecard| over /;
    while (!over.test(terminal.text())) {
      terminal.press('resolved');
      await terminal.shows((screen) => screen.includes('> resolved') || over.test(screen));
      terminal.press('<enter>');
      await terminal.shows(over, 2_000).catch(() => {});
    }
    if (!terminal.text().includes('Scorecard')) terminal.press('<enter>');
    await terminal.shows('Scorecard', 20_000);
    await terminal.shows('TIMELINE');
    terminal.press('<tab>');
    await terminal.shows('Item 2 of');
    terminal.press('<enter>');
    await terminal.shows('Events');
    await escape(terminal, 'Enter: why');
    terminal.press('D');
    await terminal.shows('Question 1 of');
    await say(terminal, 'The database was not on our list.', 'Question 2 of');
    await escape(terminal, 'Scorecard');
    terminal.press('q');
    expect(await terminal.exited).toBe(0);
    expect([terminal.alternateScreen(), terminal.cursorVisible(), terminal.modesRestored()]).toEqual([
      false,
      true,
      true,
    ]);
    // The result stays in the scrollback of the normal screen.
    expect(terminal.written()).toMatch(/TEAM .*\d/);

    const runId = runsOf(folder).at(-1) ?? '';
    expect(await untilNothing(() => runsOf(folder).flatMap((each) => leftBy(each)))).toEqual([]);
    const debrief = readFileSync(join(folder, '.gameday/runs', runId, 'debrief.json'), 'utf8');
    expect(JSON.parse(debrief)).toMatchObject({ answers: [{ answer: 'The database was not on our list.' }] });
  },
);
