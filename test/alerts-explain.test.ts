/** `gameday alerts explain` as a process, on a run that was copied to anywhere. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeEvent } from '../src/journal/codec.ts';
import type { JournalEvent } from '../src/journal/events.ts';
import { identityOf, keepOwner } from '../src/safety/owner.ts';
import { drillRun } from '../src/verdicts/team/golden.fixture.ts';
import { sampleRun } from '../src/verdicts/journal.fixture.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

const folderWith = (journal: readonly JournalEvent[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-explain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run/journal.jsonl'), journal.map(encodeEvent).join(''));
  return folder;
};

const explain = (folder: string, ...args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((done) => {
    const child = execFile(
      process.execPath,
      [program, 'alerts', 'explain', ...args],
      { cwd: folder, env: { ...process.env, GAMEDAY_HOME: '' } },
      (_error, stdout, stderr) => done({ code: child.exitCode ?? child.signalCode, stdout, stderr }),
    );
    child.stdin?.end();
  });

/** Its alerts fire past their bound. */
const late = sampleRun({ story: { firesMs: 14_000, runbookMs: 15_000, wellMs: 20_000 } });

test('all alerts of a run, or one of them, with the code of the run', async () => {
  const folder = folderWith(late);
  const all = await explain(folder, 'run');
  expect([all.code, all.stderr]).toEqual([1, '']);
  expect(all.stdout.match(/^✘ FAIL {2}\w+/gm)).toEqual([
    '✘ FAIL  ShopErrorRateHigh',
    '✘ FAIL  DatabaseConnectionsRefused',
  ]);
  const one = await explain(folder, 'run', 'ShopErrorRateHigh');
  expect([one.code, one.stdout]).toEqual([1, `${all.stdout.split('\n\n')[0]}\n`]);
  const json = await explain(folder, 'run', 'ShopErrorRateHigh', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    ...{ schemaVersion: 1, runId: '2026-11-22-a3f', unexpected: [] },
    expected: [{ alert: 'ShopErrorRateHigh', outcome: 'fail', cause: { reason: 'too-slow' } }],
  });
});

test('a drill is explained like any other run', async () => {
  const { code, stdout } = await explain(folderWith(drillRun({ team: [] })), 'run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✔ pass {2}/);
});

test('an alert that the run does not know is a question of spelling', async () => {
  const { code, stdout, stderr } = await explain(folderWith(late), 'run', 'ShopErorRateHigh');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    'error: alert "ShopErorRateHigh" is not expected in this run, and did not fire unexpectedly\n' +
      '  try  did you mean "ShopErrorRateHigh"?\n',
  );
});

test('a run that is not there is refused, and so is one that is still fought', async () => {
  const folder = folderWith(late.slice(0, -1));
  expect(await explain(folder, 'rum')).toMatchObject({ code: 2, stdout: '' });
  keepOwner(join(folder, 'run'), {
    ...{ conductor: identityOf(process.pid), watchdog: identityOf(process.pid) },
    ...{ url: 'http://127.0.0.1:1', token: '' },
  });
  const { code, stderr } = await explain(folder, 'run');
  expect(code).toBe(2);
  expect(stderr).toContain('run run is still going on');
});
