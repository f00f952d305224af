/** Docker for tests: whether it is there, and what it has of a run. Asks Docker itself; shares no code with `src/`. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { gameday, leftBy, runsOf, scratchProject, type Gameday } from '../gameday.fixture.ts';

type Answer = { readonly status: number | null; readonly lines: readonly string[]; readonly said: string };

export const ask = (args: readonly string[], input?: Buffer): Answer => {
  const options = { encoding: 'utf8', timeout: 20_000, ...(input === undefined ? {} : { input }) } as const;
  const { status, stdout, stderr } = spawnSync('docker', args, options);
  return { status, lines: (stdout ?? '').split('\n').filter((line) => line !== ''), said: stderr ?? '' };
};

const { status, lines } = ask(['version', '--format', '{{.Server.Version}}']);
export const isRequired = process.env['GAMEDAY_DOCKER'] === 'required';

/** A reason in words, for the name of a test; never one where Docker has to be there. */
export const withoutDocker = status === 0 || isRequired ? undefined : 'Docker does not answer here';
if (isRequired && lines.length === 0) throw new Error('Docker has to answer here, and does not');

/** For the end of a test's name. */
export const skipped = withoutDocker === undefined ? '' : ` (skipped: ${withoutDocker})`;

/** Containers, networks, volumes and images whose Compose project carries the run's id. */
export const inDocker = (runId: string): readonly string[] => {
  const label = 'com.docker.compose.project';
  const kinds = { ps: ['--all'], 'network ls': [], 'volume ls': [] } as const;
  const images = ask(['image', 'ls', '--quiet', '--filter', `label=${label}=gameday-${runId}-f`]).lines;
  const parts = Object.entries(kinds).flatMap(
    ([kind, args]) => ask([...kind.split(' '), ...args, '--format', `${kind} {{.Label "${label}"}}`]).lines,
  );
  return [...parts.filter((line) => line.includes(runId)), ...images.map((id) => `image ${id}`)];
};

export const idOf = (image: string): readonly string[] => ask(['image', 'ls', '--quiet', image]).lines;

export const containerOf = (runId: string, service: string): string => `gameday-${runId}-f-${service}-1`;

/** Does something to a container behind gameday's back. */
export const toContainer = (act: 'kill' | 'pause', runId: string, service: string): void =>
  expect(ask([act, containerOf(runId, service)]).status).toBe(0);

/** A run whose fault is active. One whose baseline the machine's own noise spoilt (exit 4) is begun again, twice at most. */
export const underFault = async (
  experiment: string,
  faultId: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ folder: string; verify: Gameday; runId: string; journal: () => string }> => {
  const folder = scratchProject();
  for (let left = 2; ; left -= 1) {
    const verify = gameday(folder, variables, 'verify', experiment, '--env', 'containers');
    try {
      await verify.shows(`fault injected: ${faultId}`);
    } catch (error) {
      if (left > 0 && (await verify.exited) === 4) continue;
      throw error;
    }
    const runId = runsOf(folder).at(-1) ?? '';
    const journal = (): string => readFileSync(join(folder, '.gameday/runs', runId, 'journal.jsonl'), 'utf8');
    return { folder, verify, runId, journal };
  }
};

/** Here and in Docker. */
export const everything = (runId: string) => (): readonly string[] => [...inDocker(runId), ...leftBy(runId)];

const socket = /^unix:\/\/(.+)/.exec(process.env['DOCKER_HOST'] ?? '')?.[1] ?? '/var/run/docker.sock';

/** A reason in words why Docker cannot be put behind a relay. */
export const withoutSocket = withoutDocker ?? (existsSync(socket) ? undefined : `${socket} is not there`);

/** Docker as it is, at another address, which can be taken away. */
export const relay = async (
  to: 'a socket' | 'a port',
): Promise<{ readonly address: string; readonly cut: () => void }> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: socket, allowHalfOpen: true });
    for (const [from, into] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(from.on('error', () => into.destroy()));
      from.pipe(into);
    }
  });
  const cut = (): void => {
    server.close();
    for (const each of open) each.destroy();
  };
  onTestFinished(cut);
  if (to === 'a socket') {
    await once(server.listen(join(folder, 's')), 'listening');
    return { address: `unix://${join(folder, 's')}`, cut };
  }
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
};

/** Of one run, by their command line. */
export const watchdogsOf = (runId: string): readonly number[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return /watchdog\.js/.test(command) && command.includes(runId) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
