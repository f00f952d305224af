/** `gameday score` on a drill, as a process: the scorecard, its arithmetic and its JSON, from a copied folder anywhere. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeEvent } from '../src/journal/codec.ts';
import type { JournalEvent } from '../src/journal/events.ts';
import { identityOf, keepOwner } from '../src/safety/owner.ts';
import { drillRun, goldenRun } from '../src/verdicts/team/golden.fixture.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

type Said = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

/** A folder that is no project, with one run in it. */
const folderWith = (journal: readonly JournalEvent[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-score-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run/journal.jsonl'), journal.map(encodeEvent).join(''));
  return folder;
};

const score = (journal: readonly JournalEvent[], ...args: readonly string[]): Promise<Said> =>
  gameday(folderWith(journal), 'score', 'run', ...args);

const gameday = (folder: string, ...args: readonly string[]): Promise<Said> =>
  new Promise((done) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: folder, env: { ...process.env, GAMEDAY_HOME: '' }, maxBuffer: 2 ** 24 },
      (_error, stdout, stderr) => done({ code: child.exitCode ?? child.signalCode, stdout, stderr }),
    );
    child.stdin?.end();
  });

test('a drill shows its scorecard, and ends with the code of its run', async () => {
  const { code, stdout, stderr } = await score(goldenRun());
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^gameday drill {2}web-stack-outage {2}evaluation {2}k 5 {2}embedded +run 2026-11-22-a3f\n/);
  expect(stdout).toContain('\nTEAM  75 (70-78)  Practised  at k 5\n');
});

test('points never change the code: nobody did anything, and it is still 0', async () => {
  const { code, stdout } = await score(drillRun({ team: [] }));
  expect(code).toBe(0);
  expect(stdout).toContain('GATES  at most 49.9');
});

test('one item is explained by its name, everything without one', async () => {
  const one = await score(goldenRun(), '--explain', 'right-lead');
  expect(one.stdout).toContain('points = 10 × 0.339036 = 3.3904');
  expect(one.stdout).not.toContain('claims');
  expect((await score(goldenRun(), '--explain')).stdout).toContain('READINESS  73 of 100');
});

test('an item that there is not is refused with the nearest one', async () => {
  const { code, stdout, stderr } = await score(goldenRun(), '--explain', 'right-leed');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe('error: there is no item "right-leed" to explain\n  try  did you mean "right-lead"?\n');
});

test('as JSON it is one document', async () => {
  const { stdout } = await score(goldenRun(), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ scoring: 'v1', team: { total: 75.3813 }, exit: { code: 0 } });
});

test('who fights an outage cannot read in its journal what was broken, until it has ended', async () => {
  const going = goldenRun().filter(({ type }) => type !== 'run.ended');
  const folder = folderWith(going);
  const run = join(folder, 'run');
  // Somebody who lives as long as this test does.
  const somebody = identityOf(process.ppid);
  keepOwner(run, { conductor: somebody, watchdog: somebody, url: 'http://127.0.0.1:9', token: 't' });
  for (const command of ['score', 'replay']) {
    const { code, stdout, stderr } = await gameday(folder, command, 'run');
    expect([code, stdout, stderr.split('\n')[0]]).toEqual([2, '', 'error: run run is still going on']);
  }
  writeFileSync(join(run, 'journal.jsonl'), goldenRun().map(encodeEvent).join(''));
  expect((await gameday(folder, 'score', 'run')).code).toBe(0);
});
