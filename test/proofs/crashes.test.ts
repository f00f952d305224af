/** Kills of every kind while a fault is active. `src/` is not asked whether it cleaned up: the machine is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, untilNothing, type Gameday } from '../gameday.fixture.ts';

const underFault = async (folder: string): Promise<{ verify: Gameday; runId: string }> => {
  const verify = gameday(folder, 'verify', 'web-stack-outage');
  await verify.shows('fault injected: 1-lower-connection-limit');
  return { verify, runId: runsOf(folder)[0] ?? '' };
};

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

test('a frozen conductor is killed by its watchdog, which then undoes', async () => {
  const folder = scratchProject();
  const { verify, runId } = await underFault(folder);
  verify.child.kill('SIGSTOP');
  expect(await verify.exited).toBe('SIGKILL');
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
  expect(readFileSync(join(folder, '.gameday/runs', runId, 'journal.jsonl'), 'utf8')).toContain('"by":"watchdog"');
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

  const dry = gameday(folder, 'recover', '--dry-run');
  expect(await dry.exited).toBe(0);
  expect(dry.stdout()).toContain('lower-connection-limit');
  expect(leftBy(runId)).not.toEqual([]);

  const list = gameday(folder, 'list');
  expect(await list.exited).toBe(0);
  expect(list.stderr()).toContain(`run ${runId} ended without undoing`);
  expect(leftBy(runId)).toEqual([]);

  const recover = gameday(folder, 'recover');
  expect(await recover.exited).toBe(0);
  expect(recover.stdout()).toBe('Nothing is left of any run.\n');
});

test('a disk that fills up during a run ends it with 3, restored', async ({ skip }) => {
  const home = mkdtempSync(join(tmpdir(), 'gd-small-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=120k', 'tmpfs', home]);
  if (mounted.status !== 0) skip('only root may mount a small disk');
  onTestFinished(() => void spawnSync('umount', ['-l', home]));
  const verify = gameday(scratchProject(), { GAMEDAY_HOME: home }, 'verify', 'web-stack-outage');
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain('error: the journal cannot be written: ENOSPC: no space left on device, write');
  const [runId = ''] = readdirSync(join(home, 'runs'));
  expect(await untilNothing(() => leftBy(runId))).toEqual([]);
});
