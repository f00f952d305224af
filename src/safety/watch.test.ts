import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'vitest';
import type { ConductorConfig } from './conductor.fixture.ts';
import { undoLogFile } from './recovery.ts';
import { makeRunFolder, runFolderFor } from './run-folder.ts';
import { decodeUndoLog } from './undo-log.ts';

type Conductor = {
  readonly child: ChildProcess;
  readonly runFolder: string;
  readonly folder: string;
  readonly watchdog: number;
  readonly said: () => string;
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
};

const minute = 60_000;

/** With an environment's folder that only its record removes. */
const conductor = async (
  { expect, onTestFinished }: TestContext,
  given: Partial<ConductorConfig> = {},
): Promise<Conductor> => {
  const above = mkdtempSync(join(tmpdir(), 'gd-watch-'));
  const runId = `20260101-000000-${randomBytes(3).toString('hex')}`;
  const runFolder = join(above, runId);
  mkdirSync(runFolder, { mode: 0o700 });
  const folder = runFolderFor(runId, 'fault');
  makeRunFolder(folder);
  onTestFinished(() => [above, folder].forEach((each) => rmSync(each, { recursive: true, force: true })));
  const config: ConductorConfig = { runFolder, folder, everyMs: 100, ttlMs: minute, obeys: true, ...given };
  const file = join(above, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'conductor.fixture.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await expect.poll(() => said, { timeout: 20_000 }).toMatch(/watchdog \d+/);
  const watchdog = Number(/watchdog (\d+)/.exec(said)?.[1]);
  return { child, runFolder, folder, watchdog, said: () => said, ended };
};

const states = ({ runFolder }: Conductor): readonly string[] =>
  decodeUndoLog(readFileSync(undoLogFile(runFolder), 'utf8')).map(({ state }) => state);

const log = ({ runFolder }: Conductor): string => readFileSync(join(runFolder, 'watchdog.log'), 'utf8');

// Most of it is waiting for beats that do not come.
describe.concurrent('conductor and watchdog', () => {
  test('a conductor whose record outlives its time is asked, undoes it itself and lives', async (context) => {
    const { expect } = context;
    const one = await conductor(context, { ttlMs: 200 });
    expect(await one.ended).toBe(0);
    expect(one.said()).toContain('alarm: the environment outlived its time: the watchdog asks for the undo');
    expect(states(one)).toEqual(['verified']);
    expect(log(one)).not.toContain('killing');
  });

  test('one that does not undo it when it is asked is killed, and then it is undone', async (context) => {
    const { expect } = context;
    const one = await conductor(context, { ttlMs: 100, obeys: false, everyMs: 20 });
    expect(await one.ended).toBe('SIGKILL');
    await expect.poll(() => states(one), { timeout: 10_000 }).toEqual(['verified']);
    expect(existsSync(one.folder)).toBe(false);
    expect(log(one)).toContain('it does not undo what has outlived its time: killing');
  });

  test('within its time nothing is asked, and a conductor that dies is the end of it', async (context) => {
    const { expect } = context;
    const one = await conductor(context);
    one.child.kill('SIGKILL');
    expect(await one.ended).toBe('SIGKILL');
    await expect.poll(() => states(one), { timeout: 10_000 }).toEqual(['verified']);
    expect(existsSync(one.folder)).toBe(false);
    expect(one.said()).not.toContain('alarm');
  });

  test.for([
    ['SIGKILL', 'alarm: watchdog was killed by SIGKILL'],
    ['SIGSTOP', 'alarm: the watchdog does not answer any more'],
  ] as const)('a conductor whose watchdog gets %s hears of it', async ([signal, words], context) => {
    const { expect } = context;
    const one = await conductor(context, { everyMs: 50 });
    process.kill(one.watchdog, signal);
    expect(await one.ended).toBe(0);
    expect(one.said()).toContain(words);
  });

  test('only its owner can read what a run has written', async (context) => {
    const { expect } = context;
    const { runFolder, folder } = await conductor(context);
    const modes = [runFolder, folder, undoLogFile(runFolder), join(runFolder, 'watchdog.config.json')].map((file) =>
      (statSync(file).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['700', '700', '600', '600']);
  });
});
