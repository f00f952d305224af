/** Docker for tests: whether it is there, and what it has of a run. Asks Docker itself; shares no code with `src/`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, type Gameday } from '../gameday.fixture.ts';

const ask = (...args: readonly string[]): { readonly status: number | null; readonly lines: readonly string[] } => {
  const { status, stdout } = spawnSync('docker', args, { encoding: 'utf8', timeout: 20_000 });
  return { status, lines: (stdout ?? '').split('\n').filter((line) => line !== '') };
};

const { status, lines } = ask('version', '--format', '{{.Server.Version}}');
const required = process.env['GAMEDAY_DOCKER'] === 'required';

/** A reason in words, for the name of a test; never one where Docker has to be there. */
export const withoutDocker = status === 0 || required ? undefined : 'Docker does not answer here';
if (required && lines.length === 0) throw new Error('Docker has to answer here, and does not');

/** For the end of a test's name. */
export const skipped = withoutDocker === undefined ? '' : ` (skipped: ${withoutDocker})`;

/** Containers, networks and volumes whose Compose project carries the run's id. */
export const inDocker = (runId: string): readonly string[] => {
  const label = '{{.Label "com.docker.compose.project"}}';
  const kinds = { ps: ['--all'], 'network ls': [], 'volume ls': [] } as const;
  return Object.entries(kinds).flatMap(([kind, args]) =>
    ask(...kind.split(' '), ...args, '--format', `${kind} ${label}`).lines.filter((line) => line.includes(runId)),
  );
};

export const containerOf = (runId: string, service: string): string => `gameday-${runId}-f-${service}-1`;

/** Does something to a container behind gameday's back. */
export const toContainer = (act: 'kill' | 'pause', runId: string, service: string): void =>
  expect(ask(act, containerOf(runId, service)).status).toBe(0);

/** A run whose fault is active. */
export const underFault = async (
  experiment: string,
  faultId: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ folder: string; verify: Gameday; runId: string; journal: () => string }> => {
  const folder = scratchProject();
  const verify = gameday(folder, variables, 'verify', experiment, '--env', 'containers');
  await verify.shows(`fault injected: ${faultId}`);
  const runId = runsOf(folder)[0] ?? '';
  const journal = (): string => readFileSync(join(folder, '.gameday/runs', runId, 'journal.jsonl'), 'utf8');
  return { folder, verify, runId, journal };
};

/** Here and in Docker. */
export const everything = (runId: string) => (): readonly string[] => [...inDocker(runId), ...leftBy(runId)];
