/**
 * A long-lived child program and its parent's end of it. The contract, the same for every program of ours:
 *
 *  - started as `node main.js CONFIG.json [label]`; the configuration is a file in the run's own folder, so that the
 *    folder's name in `ps` tells whose process it is;
 *  - prints one line `{"ready":…}` on standard output when it can be used, or `{"failed":"why"}` and ends with 1; every
 *    further line on standard output is one JSON message to the parent; standard error is its log;
 *  - ends when its standard input ends, so that it never outlives its parent, whatever killed the parent;
 *  - runs in a process group of its own: a Ctrl-C at the terminal reaches only the conductor, which undoes first.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GamedayError, reasonOf } from './errors.ts';
import type { Ms } from './units.ts';

/** What a program's `main.ts` is given. `stopping` aborts when the parent is gone or asks it to stop (SIGTERM). */
export type ProgramContext<Config> = {
  readonly config: Config;
  readonly stopping: AbortSignal;
  /** Sends one message line to the parent. */
  readonly send: (message: unknown) => void;
  /** Messages from the parent, one JSON document per line of standard input. */
  readonly onMessage: (listener: (message: unknown) => void) => void;
};

/** What a program hands back once it works: what its parent needs to know, and how to close. */
export type Running = { readonly ready: unknown; readonly close: () => Promise<void> };

/** The whole of a program's `main.ts`: reads the configuration, starts, announces itself, ends with its parent. */
export const runProgram = async <Config>(
  start: (context: ProgramContext<Config>) => Promise<Running>,
): Promise<void> => {
  const stopping = new AbortController();
  const send = (message: unknown): void => {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  };
  process.stdout.on('error', () => stopping.abort());
  process.on('SIGTERM', () => stopping.abort());
  process.on('SIGINT', () => stopping.abort());
  const listeners: ((message: unknown) => void)[] = [];
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line === '') return;
    const message: unknown = JSON.parse(line);
    for (const listener of listeners) listener(message);
  });
  lines.on('close', () => stopping.abort());
  try {
    const [, , configFile] = process.argv;
    if (configFile === undefined) throw new Error('usage: main.js CONFIG.json');
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as Config;
    const onMessage = (listener: (message: unknown) => void): void => void listeners.push(listener);
    const running = await start({ config, stopping: stopping.signal, send, onMessage });
    send({ ready: running.ready });
    if (!stopping.signal.aborted)
      await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
    await running.close();
    process.exit(0);
  } catch (error) {
    send({ failed: reasonOf(error) });
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  }
};

/** The path of a sibling program in the form this code itself runs in: `.ts` from source, `.js` when built. */
export const programPath = (url: string, base: string): string =>
  fileURLToPath(new URL(base.endsWith('.ts') ? url : url.replace(/\.ts$/, '.js'), base));

/** A replica is eight of these: small, flat heaps matter more than their last few per cent of speed. */
const smallHeap = [
  '--max-semi-space-size=1',
  '--no-separate-gc-phases',
  '--optimize-for-size',
  '--single-threaded-gc',
  '--v8-pool-size=1',
];

export type StartProgram = {
  /** What people call it: `fault proxy`, `shop 1`. */
  readonly name: string;
  /** From `programPath`. */
  readonly program: string;
  /** Written into `folder` as `NAME.config.json`; may hold passwords, so only the owner can read it. */
  readonly config: unknown;
  /** Where the program lives and what `ps` shows of it. */
  readonly folder: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Beside the search path; nothing else is handed on. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Every message after the ready line. */
  readonly onMessage?: (message: unknown) => void;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
  readonly signal?: AbortSignal;
};

/** A child that is up. `stop` asks first (end of input and SIGTERM) and kills after `graceMs`; twice is harmless. */
export type ChildProgram<Ready> = {
  readonly name: string;
  readonly pid: number;
  readonly ready: Ready;
  readonly send: (message: unknown) => void;
  readonly stop: (graceMs?: number) => Promise<void>;
};

/**
 * Starts a program and waits until it says that it is ready.
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED when it ends or stays silent, with the end of its log.
 */
export const startProgram = async <Ready>(options: StartProgram): Promise<ChildProgram<Ready>> => {
  const { name, program, config, folder, logFile, readyWithinMs, signal } = options;
  signal?.throwIfAborted();
  const configFile = join(folder, `${name.replaceAll(' ', '-')}.config.json`);
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const log = openSync(logFile, 'a');
  const child: ChildProcess = spawn(process.execPath, [...smallHeap, program, configFile, name], {
    cwd: folder,
    detached: true,
    // One heap arena instead of eight per core: these programs are single-threaded where it matters.
    env: { ...options.variables, PATH: process.env['PATH'] ?? '', MALLOC_ARENA_MAX: '1' },
    stdio: ['pipe', 'pipe', log],
  });
  closeSync(log);
  let asked = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // 'close', not 'exit': its last line, which says why it failed, may be read after it has ended.
    child.once('close', (code, killedBy) =>
      resolve(killedBy === null ? `ended with ${code}` : `was killed by ${killedBy}`),
    );
  });
  child.stdin?.on('error', () => {});
  const stop = async (graceMs = 2_000): Promise<void> => {
    asked = true;
    child.stdin?.end();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(timer);
  };
  const tail = (): string => readFileSync(logFile, 'utf8').split('\n').slice(-12).join('\n').trim();
  const ready = Promise.withResolvers<Ready>();
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    const message = JSON.parse(line) as { ready?: Ready; failed?: string };
    if (message.ready !== undefined) ready.resolve(message.ready);
    else if (message.failed !== undefined) ready.reject(new Error(message.failed));
    else options.onMessage?.(message);
  });
  void exited.then((how) => {
    ready.reject(new Error(how));
    if (!asked) options.onLost?.(`${name} ${how}`);
  });
  const timer = setTimeout(() => ready.reject(new Error(`not ready within ${readyWithinMs} ms`)), readyWithinMs);
  const onAbort = (): void => ready.reject(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const value = await ready.promise;
    const send = (message: unknown): void => void child.stdin?.write(`${JSON.stringify(message)}\n`);
    return { name, pid: child.pid ?? 0, ready: value, send, stop };
  } catch (error) {
    asked = true;
    await stop(500);
    signal?.throwIfAborted();
    const end = tail();
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `${name} did not start: ${reasonOf(error)}`,
        hint: end === '' ? `see ${logFile}` : `its log ends: ${end}`,
      },
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
};
