/**
 * The originals in the place of the stand-ins: the same verdict, and the same promise that nothing is left. Where there
 * is no original, a program with its flags and its API takes its place; `PROMETHEUS=PATH` and `TOXIPROXY=PATH` name real ones.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programIn, prometheusIn, toxiproxyIn } from '../../src/environments/embedded/originals.fixture.ts';
import {
  gameday,
  leftBy,
  proven,
  runsOf,
  scratchProject,
  untilNothing,
  type Gameday,
  type Report,
} from '../gameday.fixture.ts';

const programs = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const originals = (): readonly string[] => {
  const folder = programs();
  const { PROMETHEUS: prometheus = prometheusIn(folder), TOXIPROXY: toxiproxy = toxiproxyIn(folder) } = process.env;
  return ['--prometheus', prometheus, '--toxiproxy', toxiproxy];
};

/** Processes that are at home in a folder of this run, whatever their command line says. */
const atHomeIn = (runId: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && new RegExp(`HOME=[^\0]*${runId}`).test(readFileSync(`/proc/${pid}/environ`, 'utf8'));
    } catch {
      return false;
    }
  });

const underFault = async (
  ...options: readonly string[]
): Promise<{ folder: string; verify: Gameday; runId: string }> => {
  const folder = scratchProject();
  const verify = gameday(folder, 'verify', 'web-stack-outage', ...options);
  await verify.shows('fault injected: 1-lower-connection-limit');
  return { folder, verify, runId: runsOf(folder)[0] ?? '' };
};

test('a slow network through a given fault proxy and a given Prometheus is found as through the built-in ones', async () => {
  const folder = scratchProject();
  const verify = await proven(folder, 'verify', 'database-throttled', '--json', ...originals());
  const code = await verify.exited;
  const { runs } = JSON.parse(verify.stdout()) as Report;
  expect(runs[0]?.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(runs[0]?.runbook?.verdict).toBe('mitigated');
  expect(code).toBe(0);
  const runId = runsOf(folder).at(-1) ?? '';
  expect([...leftBy(runId), ...atHomeIn(runId)]).toEqual([]);

  const score = gameday(folder, 'score', runId);
  expect(await score.exited).toBe(0);
  expect(score.stdout().replaceAll(/\s+/g, ' ')).toMatch(/monitoring by Prometheus [\d.]+.* by Toxiproxy [\d.]+/);
  const backtest = gameday(folder, 'rules', 'backtest', runId, '--rules', join(folder, 'monitoring/alerts.yml'));
  expect(await backtest.exited).toBe(0);
});

test('originals end with a conductor that is killed together with its watchdog', async () => {
  const { folder, verify, runId } = await underFault(...originals());
  const watchdog = leftBy(runId).find((each) => each.includes('safety/watchdog.js')) ?? '';
  expect(atHomeIn(runId).length).toBeGreaterThan(3);
  process.kill(Number.parseInt(watchdog, 10), 'SIGKILL');
  verify.child.kill('SIGKILL');
  await verify.exited;
  // Its folder waits for the next command.
  const left = () => [...leftBy(runId).filter((each) => /^\d/.test(each)), ...atHomeIn(runId)];
  expect(await untilNothing(left, 10_000)).toEqual([]);
  await gameday(folder, 'list').exited;
  expect(leftBy(runId)).toEqual([]);
});

test('a Prometheus that is killed ends the run with 3, restored', async () => {
  const { verify, runId } = await underFault(...originals());
  const server = leftBy(runId).find((each) => each.includes('--storage.tsdb.path') && !/^\d+ \S*sh /.test(each)) ?? '';
  process.kill(Number.parseInt(server, 10), 'SIGKILL');
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain('run failed: Prometheus ended with status 137');
  expect(await untilNothing(() => [...leftBy(runId), ...atHomeIn(runId)])).toEqual([]);
});

test('an original that says its version and then does not come up ends the run with 3 and its path', async () => {
  const folder = scratchProject();
  const says = `[ "$1" = --version ] && echo 'prometheus, version 1.2.3' && exit\necho no room >&2; exit 9`;
  const program = programIn(programs(), 'prometheus', says);
  const verify = gameday(folder, 'verify', 'web-stack-outage', '--prometheus', program);
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain(`Prometheus (${program}) did not start: ended with status 9`);
  const [runId = ''] = runsOf(folder);
  expect(await untilNothing(() => [...leftBy(runId), ...atHomeIn(runId)])).toEqual([]);
});
