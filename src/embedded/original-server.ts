/**
 * The program of a real server as a child. It does not notice that its parent is gone, so a small shell stands between
 * the two and holds the reading end of a pipe that dies with this process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Ms } from '../units.ts';

/** Background jobs of a shell read /dev/null unless told otherwise: hence the pipe on descriptor 3. */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _; kill "$server"; sleep 5; kill -KILL "$server"; } <&3 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill "$reader" 2>/dev/null
exit "$status"
`;

export type StartOriginalServer<Ready> = {
  /** What people call it. */
  readonly name: string;
  /** The path of its program, absolute. */
  readonly binary: string;
  readonly args: readonly string[];
  /** Where it works and is at home, by which whoever removes an environment finds it. */
  readonly folder: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Asked again and again until it does not throw; what it throws says what is missing. */
  readonly whenReady: () => Promise<Ready>;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: ((reason: string) => void) | undefined;
  /** Ends the start, not the server. */
  readonly signal?: AbortSignal | undefined;
};

/** `stop` twice is harmless. */
export type OriginalServer<Ready> = { readonly ready: Ready; readonly stop: () => Promise<void> };

/** @throws {GamedayError} ENVIRONMENT_FAILED when it cannot be started, ends by itself or is not ready in time. */
export const startOriginalServer = async <Ready>(
  options: StartOriginalServer<Ready>,
): Promise<OriginalServer<Ready>> => {
  const { name, binary, args, folder, logFile, signal } = options;
  signal?.throwIfAborted();
  const log = openSync(logFile, 'a');
  const child = spawn('/bin/sh', ['-c', guard, 'guard', binary, ...args], {
    cwd: folder,
    detached: true,
    // Nothing else: variables of a shell (a token, a log level) would make another server of it.
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  child.stdin!.on('error', () => {}); // it has ended: `exited` tells
  let isNeeded = false;
  const exited = ended(child);
  const over = new AbortController();
  void exited.then((how) => {
    over.abort(new Error(how));
    if (isNeeded) options.onLost?.(`${name} ${how}`);
  });
  const stop = async (): Promise<void> => {
    isNeeded = false;
    child.stdin?.end();
    await exited;
  };
  try {
    const ready = await untilReady(options, over.signal);
    isNeeded = true;
    return { ready, stop };
  } catch (error) {
    const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
    await stop();
    signal?.throwIfAborted();
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `${name} (${binary}) did not start: ${reasonOf(error)}`,
        hint: end === '' ? `see ${logFile}` : `its log ends: ${end}`,
      },
      { cause: error },
    );
  }
};

/** How it ended, in words; never rejects. */
const ended = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, killedBy) => resolve(`ended with ${killedBy ?? `status ${code}`}`));
  });

const untilReady = async <Ready>(
  { whenReady, readyWithinMs, signal }: StartOriginalServer<Ready>,
  over: AbortSignal,
): Promise<Ready> => {
  const waiting = signal === undefined ? over : AbortSignal.any([over, signal]);
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    try {
      const ready = await whenReady();
      waiting.throwIfAborted(); // somebody else may have answered on its port
      return ready;
    } catch (error) {
      waiting.throwIfAborted();
      if (performance.now() > deadline)
        throw new Error(`not ready within ${readyWithinMs / 1_000} s: ${reasonOf(error)}`, { cause: error });
    }
    await sleep(50, undefined, { signal: waiting }).catch(() => waiting.throwIfAborted());
  }
};
