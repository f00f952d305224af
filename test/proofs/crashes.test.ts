/** Kills of every kind while a fault is active. `src/` is not asked whether it cleaned up: the machine is. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, untilNothing, type Gameday } from '../gameday.fixture.ts';
import { player } from '../player.fixture.ts';

const gamedayProgram = resolve(import.meta.dirname, '../../dist/cli/main.js');

const launcherProgram = resolve(import.meta.dirname, '../../bin/gameday.cjs');

const underFault = async (folder: string): Promise<{ verify: Gameday; runId: string }> => {
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('fault injected: 1-lower-connection-limit');
  return { verify, runId: runsOf(folder)[0] ?? '' };
};

const journal = (folder: string, runId: string): string =>
  readFileSync(join(folder, '.gameday/runs', runId, 'journal.jsonl'), 'utf8');

/** Ids of this run's processes whose command line contains `text`. */
const processes = (runId: string, text: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(runId) && command.includes(text);
      } catch {
        return false;
      }
    });

const kill = (pids: readonly number[], signal: NodeJS.Signals): void => {
  expect(pids).not.toEqual([]);
  for (const pid of pids) process.kill(pid, signal);
};

test.each([
  ['an instance of the shop', 'shop/main.js', 'shop-1 was killed by SIGKILL'],
  ['the fault proxy', 'toxiproxy/main.js', 'fault proxy was killed by SIGKILL'],
  ['the monitoring', 'monitoring/main.js', 'monitoring was killed by SIGKILL'],
  ['the load generator', 'load/main.js', 'load generator was killed by SIGKILL'],
  ['PostgreSQL', 'postgres -D', 'PostgreSQL'],
  ['the watchdog', 'safety/watchdog.js', 'watchdog was killed by SIGKILL'],
])('when %s is killed the run says so, restores everything and ends with 3', async (_, program, message) => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  kill(processes(runId, program).slice(0, 1), 'SIGKILL');
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain(`run failed: ${message}`);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
});

test('kill -9 of the conductor leaves no fault, process or folder, and the watchdog says that it was the one', async () => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('fault injected: 1-lower-connection-limit');
  verify.child.kill('SIGKILL');
  expect(await verify.exited).toBe('SIGKILL');
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  expect(journal(folder, runId).match(/"type":"fault.undone",.*/g)).toEqual([
    expect.stringMatching(/"faultId":"1-lower-connection-limit","undoId":"u\d","by":"watchdog"/) as unknown,
  ]);
  const score = gameday(folder, 'score', runId);
  expect(await score.exited).toBe(3);
  expect(score.stdout()).toContain('the conductor died; undone by the watchdog');
});

test.each([
  ['connections-held', '1-hold-connections'],
  ['database-throttled', '2-throttle-bandwidth'],
  ['pool-undersized', '1-shrink-pool'],
])('when the conductor is killed in %s, its watchdog undoes that, too', async (experiment, fault) => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', experiment);
  await verify.shows(`fault injected: ${fault}`);
  verify.child.kill('SIGKILL');
  await verify.exited;
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  expect(journal(folder, runId)).toMatch(new RegExp(`"faultId":"${fault}","undoId":"u\\d","by":"watchdog"`));
});

/** Behind `bin/`, as a shell has it. What is typed stays open, whoever dies: it is a terminal's. */
const launched = async (folder: string, ...args: readonly string[]) => {
  const typing = spawn('sleep', ['600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const launcher = spawn(process.execPath, [launcherProgram, '-C', folder, ...args], {
    stdio: [typing.stdout, 'pipe', 'pipe'],
    env: { ...process.env, GAMEDAY_HOME: '' },
  });
  // The pipes are the command's as well: they end when that has ended.
  const closed = once(launcher, 'close');
  onTestFinished(async () => {
    launcher.kill('SIGINT');
    typing.kill();
    await closed;
  });
  let said = '';
  for (const stream of [launcher.stdout, launcher.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const shows = async (text: string): Promise<void> =>
    await expect.poll(() => said, { timeout: 60_000 }).toContain(text);
  return { launcher, closed, shows, said: () => said };
};

test('when the launcher is killed, nobody reads the verdict any more: the run ends at once, restored, and none is begun', async () => {
  const folder = scratchProject();
  const { launcher, closed, shows, said } = await launched(folder, 'verify', 'web-stack-outage', 'pool-undersized');
  await shows('fault injected: 1-lower-connection-limit');
  launcher.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  expect(said()).not.toContain('phase heal');
  const [runId = '', ...others] = runsOf(folder);
  expect(others).toEqual([]);
  const stopped = '"type":"run.stopped","by":"nobody","reason":"the process that started it is gone';
  expect(journal(folder, runId)).toContain(stopped);
  expect(journal(folder, runId)).toMatch(/"type":"fault.undone",.*"by":"run"/);
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
});

test('when the launcher of a drill in lines is killed, its input has ended: it is stopped and restored', async () => {
  const folder = scratchProject();
  const { launcher, closed, shows } = await launched(folder, 'drill', 'web-stack-outage', '--plain', '--speed', '30');
  await shows('environment up');
  launcher.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  const [runId = ''] = runsOf(folder);
  expect(journal(folder, runId)).toContain('"type":"run.stopped","by":"primary","reason":"end of input"');
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
});

test('when the launcher of a drill is killed and nobody comes back, the drill is stopped and restored', async () => {
  const folder = scratchProject();
  const drill = player(folder, 'drill', 'web-stack-outage', '--plain', '--speed', '30');
  await drill.shows('environment up');
  drill.child.kill('SIGKILL');
  await drill.exited;
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => leftBy(runId), 120_000)).toEqual([]);
  expect(journal(folder, runId)).toContain('"type":"run.stopped","by":"nobody"');
});

test.each(['--default-signal=INT', '--ignore-signal=INT'])(
  'Ctrl-C is heard by what was started with env %s, as a shell starts it in front or behind',
  async (disposition) => {
    const folder = scratchProject();
    const args = [disposition, process.execPath, gamedayProgram, '-C', folder, 'verify', 'web-stack-outage'];
    const child = spawn('env', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, GAMEDAY_HOME: '' },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'close');
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await expect.poll(() => stderr, { timeout: 60_000 }).toContain('fault injected: 1-lower-connection-limit');
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(stderr).toContain('SIGINT: undoing what is active, please wait …');
    expect(leftBy(runsOf(folder)[0] ?? '')).toEqual([]);
  },
);

test('a terminal that is closed (SIGHUP) ends a run with 143, restored', async () => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  verify.child.kill('SIGHUP');
  expect(await verify.exited).toBe(143);
  expect(leftBy(runId)).toEqual([]);
});

test('"gameday stop --all" ends every run of the project, and says of each that it is restored', async () => {
  const folder = scratchProject();
  const runs = [gameday(folder, 'verify', 'web-stack-outage'), gameday(folder, 'verify', 'pool-undersized')];
  for (const run of runs) await run.shows('phase warm-up');
  const stop = gameday(folder, 'stop', '--all');
  expect(await stop.exited).toBe(0);
  for (const run of runs) expect(await run.exited).toBe(143);
  for (const runId of runsOf(folder)) {
    expect(stop.stdout()).toContain(`${runId} is stopped, and everything is restored.\n`);
    expect(leftBy(runId)).toEqual([]);
  }
});

test('what a run left whose project was deleted is found by its name, and removed', async () => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  kill(processes(runId, 'safety/watchdog.js'), 'SIGKILL');
  verify.child.kill('SIGKILL');
  await verify.exited;
  rmSync(folder, { recursive: true });
  const elsewhere = scratchProject();
  const dry = gameday(elsewhere, 'recover', '--dry-run');
  await dry.exited;
  expect(dry.stdout()).toContain(`${runId}  an environment without a run, in `);
  const recover = gameday(elsewhere, 'recover');
  expect(await recover.exited).toBe(0);
  expect(leftBy(runId)).toEqual([]);
});

test('a frozen conductor is killed by its watchdog, which then undoes', async () => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  verify.child.kill('SIGSTOP');
  expect(await verify.exited).toBe('SIGKILL');
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  expect(journal(folder, runId)).toContain('"by":"watchdog"');
});

test('what is left when conductor and watchdog are killed together is undone by the next command', async () => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  kill(processes(runId, 'safety/watchdog.js'), 'SIGKILL');
  verify.child.kill('SIGKILL');
  await verify.exited;
  // The processes end with their parent; the folder waits for somebody.
  expect(await untilNothing(() => leftBy(runId).filter((each) => /^\d/.test(each)))).toEqual([]);
  expect(leftBy(runId)).not.toEqual([]);

  const before = everythingIn(folder);
  for (const json of [[], ['--json']]) {
    const dry = gameday(folder, 'recover', '--dry-run', ...json);
    expect(await dry.exited).toBe(0);
    expect(dry.stdout()).toContain('lower-connection-limit');
  }
  expect(everythingIn(folder)).toEqual(before);
  expect(leftBy(runId)).not.toEqual([]);

  const list = gameday(folder, 'list');
  expect(await list.exited).toBe(0);
  expect(list.stderr()).toContain(`run ${runId} ended without undoing`);
  expect(leftBy(runId)).toEqual([]);

  const recover = gameday(folder, 'recover');
  expect(await recover.exited).toBe(0);
  expect(recover.stdout()).toBe('Nothing is left of any run.\n');
});

/** Path, size and time of every file. */
const everythingIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });

test('a disk that fills up during a run ends it with 3, restored; its record gets its end from recover', async ({
  skip,
}) => {
  const home = mkdtempSync(join(tmpdir(), 'gd-small-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=120k', 'tmpfs', home]);
  if (mounted.status !== 0) skip('only root may mount a small disk');
  onTestFinished(() => void spawnSync('umount', ['-l', home]));
  const folder = scratchProject();
  const verify = gameday(folder, { GAMEDAY_HOME: home }, 'verify', 'web-stack-outage');
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain('error: the journal cannot be written: ENOSPC: no space left on device, write');
  const [runId = ''] = readdirSync(join(home, 'runs'));
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);

  spawnSync('mount', ['-o', 'remount,size=1m', home]);
  const recover = gameday(folder, { GAMEDAY_HOME: home }, 'recover', runId);
  expect(await recover.exited).toBe(0);
  const again = gameday(folder, { GAMEDAY_HOME: home }, 'score', runId);
  expect(await again.exited).toBe(3);
});
