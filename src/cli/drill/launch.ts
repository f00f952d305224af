/**
 * Starts the conductor of a drill as a process of its own session: whatever becomes of this terminal, it goes on and
 * restores in the end. It answers with one line, then nothing holds the two together but the session.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { GamedayError, type ErrorCode, type Problem } from '../../errors.ts';
import type { DrillMode } from '../../plan/plan.ts';
import { programPath } from '../../program.ts';
import type { SessionAddress } from '../../screen/ipc.ts';
import type { Ms } from '../../units.ts';
import type { CommandContext } from '../command.ts';
import type { Originals } from '../project/originals.ts';

/** Within it, null means what the experiment says. */
export type DrillOptions = {
  readonly experiment: string;
  readonly mode: DrillMode;
  readonly speed: number | null;
  readonly timeScale: number | null;
  readonly limitMs: Ms | null;
  readonly seed: number;
  readonly originals?: Originals;
  /** What gameday.yaml says unless given. */
  readonly environment?: string;
  /** A person at a terminal has agreed to go on where it looks like production. */
  readonly confirmed?: boolean;
};

/** What the conductor is told, as its only argument. */
export type ConductorConfig = DrillOptions & {
  /** The project's folder. */
  readonly directory: string;
  readonly version: string;
  /** Where its standard error goes; it moves the file into the run's folder. */
  readonly logFile: string;
};

export type PlayedRun = { readonly runId: string; readonly runFolder: string; readonly address: SessionAddress };

/** Its one line on standard output. */
export type ConductorAnswer =
  | { readonly ready: PlayedRun & { readonly warnings: readonly Problem[] } }
  | { readonly failed: { readonly code: ErrorCode | 'BUG'; readonly problems: readonly Problem[] } };

/** @throws {GamedayError} as the conductor did: everything that is wrong, and nothing was started. */
export const launchDrill = async (
  context: CommandContext,
  options: DrillOptions,
): Promise<PlayedRun & { readonly warnings: readonly Problem[] }> => {
  const { signal } = context;
  signal.throwIfAborted();
  const { root, runsFolder } = context.folders();
  mkdirSync(dirname(runsFolder), { recursive: true });
  const logFile = join(dirname(runsFolder), `conductor-${process.pid}-${Date.now()}.log`);
  const config: ConductorConfig = { ...options, directory: root, version: context.version, logFile };
  const log = openSync(logFile, 'ax', 0o600);
  const program = programPath('./conductor.ts', import.meta.url);
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, program, JSON.stringify(config)], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const answered = Promise.withResolvers<ConductorAnswer | undefined>();
  child.once('error', answered.reject);
  const lines = createInterface({ input: child.stdout! });
  lines.once('line', (line) => answered.resolve(JSON.parse(line) as ConductorAnswer));
  lines.once('close', () => answered.resolve(undefined));
  try {
    const answer = await answered.promise;
    signal.throwIfAborted();
    if (answer !== undefined && 'ready' in answer) return answer.ready;
    throw failureOf(answer, logFile);
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
    child.stdout?.destroy();
    child.unref();
    rmSync(logFile, { force: true });
  }
};

const failureOf = (answer: ConductorAnswer | undefined, logFile: string): Error => {
  if (answer === undefined || !('failed' in answer)) {
    const end = textOf(logFile).split('\n').slice(-12).join('\n').trim();
    const hint = end === '' ? 'start it again' : `its log ends: ${end}`;
    return new GamedayError('ENVIRONMENT_FAILED', { message: 'the conductor ended before it was ready', hint });
  }
  const { code, problems } = answer.failed;
  return code === 'BUG'
    ? new Error(problems.map(({ message }) => message).join('\n'))
    : new GamedayError(code, problems);
};

/** It may have been moved into the run's folder already. */
const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
