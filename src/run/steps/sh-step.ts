/**
 * A shell text, run so that it behaves the same everywhere and leaves nothing behind: an environment of its own, no standard
 * input, a process group that is ended as a whole.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { reasonOf } from '../../errors.ts';
import type { Step } from '../../documents/runbook.ts';
import type { Attempt, AttemptBound, StepContext } from './attempt.ts';

/** Between asking the group to end and ending it. */
const graceMs = 500;
/** A child left in the background may hold the pipes open for ever; what is written this soon after the end still counts. */
const drainMs = 300;
const headBytes = 65_536;
const tailBytes = 196_608;

const shells = [
  ['bash', '--noprofile', '--norc', '-eu', '-o', 'pipefail', '-c'],
  ['sh', '-eu', '-c'],
] as const;

export const attemptShell = async (step: Step, context: StepContext, { signal }: AttemptBound): Promise<Attempt> => {
  if (signal.aborted) return { type: 'stopped' };
  let failure: unknown;
  for (const [shell, ...options] of shells) {
    const child = spawn(shell, [...options, step.body], {
      cwd: context.shell.cwd,
      env: environmentOf(step, context),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const started = await new Promise<boolean>((resolve) => {
      child.once('spawn', () => resolve(true));
      child.once('error', (error) => {
        failure = error;
        resolve(false);
      });
    });
    if (started) return await follow(child, signal);
  }
  return { type: 'refused', kind: 'unreachable', reason: `no shell could be started: ${reasonOf(failure)}` };
};

const follow = async (child: ChildProcess, signal: AbortSignal): Promise<Attempt> => {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup(child, 'SIGTERM');
    kill = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, killedBy) =>
      resolve(code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy])),
    );
  });
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const exit = await exited;
  signal.removeEventListener('abort', stop);
  clearTimeout(kill);
  const drained = new AbortController();
  await Promise.race([
    Promise.all([stdout.ended, stderr.ended]),
    sleep(drainMs, undefined, { signal: drained.signal }).catch(() => {}),
  ]);
  drained.abort();
  signalGroup(child, 'SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (signal.aborted) return { type: 'stopped' };
  return { type: 'answered', facts: { exit, stdout: stdout.text(), stderr: stderr.text(), rows: [] } };
};

const signalGroup = (child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // Nobody of the group is left.
  }
};

/** Keeps the beginning and the end of what may be endless. */
const collect = (stream: Readable | null): { readonly text: () => string; readonly ended: Promise<void> } => {
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let lost = 0;
  stream?.on('data', (chunk: Buffer) => {
    const room = headBytes - head.length;
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
    if (chunk.length <= room) return;
    const longer = Buffer.concat([tail, chunk.subarray(Math.max(0, room))]);
    lost += Math.max(0, longer.length - tailBytes);
    tail = longer.subarray(Math.max(0, longer.length - tailBytes));
  });
  return {
    text: () => `${head.toString()}${lost > 0 ? `\n… ${lost} bytes left out …\n` : ''}${tail.toString()}`,
    ended: new Promise((resolve) => {
      if (stream === null) resolve();
      stream?.once('close', resolve);
    }),
  };
};

/** Nothing of our own environment gets through: no key of a cloud, no option of a language, no profile. */
const environmentOf = ({ on }: Step, { shell, vars, connectionString }: StepContext): Record<string, string> => ({
  ...Object.fromEntries(vars),
  ...shell.env,
  ...(on === undefined ? {} : loginOf(connectionString(on.role, on.via))),
  PATH: shell.path,
  HOME: shell.cwd,
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  TERM: 'dumb',
});

/** The connection of a step as the variables that psql and every other client of PostgreSQL read. */
const loginOf = (connectionString: string): Record<string, string> => {
  const { host, port, user, password, database } = new Client({ connectionString });
  const login = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
  return Object.fromEntries(
    Object.entries(login).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
};
