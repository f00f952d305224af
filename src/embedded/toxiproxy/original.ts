/**
 * The real server instead of ours, where somebody has its binary: same API, so nobody above can tell. It does not notice
 * that its parent is gone, so a small shell stands between and holds the reading end of a pipe that dies with this process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GamedayError } from '../../errors.ts';
import type { Ms } from '../../units.ts';

/** Background jobs of a shell read /dev/null unless told otherwise: hence the pipe on descriptor 3. */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _; kill "$server"; sleep 2; kill -KILL "$server"; } <&3 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill "$reader"
exit "$status"
`;

export type StartOriginal = {
  /** Path of a `toxiproxy-server`. */
  readonly binary: string;
  readonly logFile: string;
  readonly readyWithinMs: Ms;
  /** Called once when it ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
  readonly signal?: AbortSignal;
};

export type Original = {
  readonly url: string;
  /** As it says itself. */
  readonly version: string;
  /** Twice is harmless. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts it without proxies on a free port of the loopback address, and waits until it answers.
 *
 * @throws {GamedayError} USAGE when `binary` cannot be run, ENVIRONMENT_FAILED when it ends or stays silent.
 */
export const startOriginal = async (options: StartOriginal): Promise<Original> => {
  const { binary, logFile, readyWithinMs, onLost, signal } = options;
  requireProgram(binary);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = openSync(logFile, 'a');
  const command = [binary, '-host', '127.0.0.1', '-port', String(port)];
  const shell = spawn('/bin/sh', ['-c', guard, 'guard', ...command], { detached: true, stdio: ['pipe', log, log] });
  closeSync(log);
  const lifeline = shell.stdin!;
  lifeline.on('error', () => {}); // the shell is gone: `exited` tells
  let lossMatters = false;
  const over = new AbortController();
  const exited = once(shell, 'exit').then(([code]) => {
    lifeline.destroy();
    over.abort();
    if (lossMatters) onLost?.(`toxiproxy-server ended with ${String(code)}`);
  });
  const stop = async (): Promise<void> => {
    lossMatters = false;
    lifeline.end();
    await exited;
  };
  const waiting = AbortSignal.any([over.signal, AbortSignal.timeout(readyWithinMs), ...(signal ? [signal] : [])]);
  const version = await answeredVersion(url, waiting);
  if (version !== undefined && !over.signal.aborted) {
    lossMatters = true;
    return { url, version, stop };
  }
  const ended = over.signal.aborted;
  const logEnd = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
  await stop();
  signal?.throwIfAborted();
  throw new GamedayError('ENVIRONMENT_FAILED', {
    message: `${binary} did not start: ${ended ? 'it ended' : `no answer within ${readyWithinMs} ms`}`,
    hint: logEnd === '' ? `see ${logFile}` : `its log ends: ${logEnd}`,
  });
};

const requireProgram = (binary: string): void => {
  try {
    accessSync(binary, constants.X_OK);
  } catch (cause) {
    const hint = 'give the path of a toxiproxy-server, or leave it out to use the built-in fault proxy';
    throw new GamedayError('USAGE', { message: `${binary} is not a program that can be run`, hint }, { cause });
  }
};

/** The original prints no port, so it cannot choose one itself. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Asks until it answers; undefined when `waiting` ends first. */
const answeredVersion = async (url: string, waiting: AbortSignal): Promise<string | undefined> => {
  while (!waiting.aborted) {
    try {
      const answer = await fetch(`${url}/version`, { signal: waiting });
      const { version } = (await answer.json()) as { version: string };
      return version;
    } catch {
      await sleep(30, undefined, { signal: waiting }).catch(() => {});
    }
  }
  return undefined;
};
