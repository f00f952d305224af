/**
 * A child that cannot outlive us. PostgreSQL does not notice that its parent is gone, so a small shell stands between:
 * it holds the reading end of a pipe whose other end dies with this process, whatever killed it. The same pipe carries
 * the names of signals to pass on; its end means "quit". The shell is the server's own parent, so the process id it
 * signals is never somebody else's, and it ends with the server's exit status.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * Background jobs of a shell read /dev/null unless told otherwise: hence the pipe on descriptor 3. They also start with
 * INT and QUIT ignored, so a QUIT sent before the server has installed its handlers is lost: hence the repetition. A
 * server needs up to 5 s for an immediate stop when a session is frozen; after 6 s it is killed.
 */
const script = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{
  while read -r signal; do kill -"$signal" "$server"; done
  attempts=60
  while [ $attempts -gt 0 ]; do kill -QUIT "$server" || exit; attempts=$((attempts - 1)); sleep 0.1; done
  kill -KILL "$server"
} <&3 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill "$reader"
exit "$status"
`;

export type GuardedCommand = {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Another account to run as; needs root. */
  readonly uid?: number;
  readonly gid?: number;
};

export type Guarded = {
  /** How it ended, in words; never rejects. */
  readonly exited: Promise<string>;
  readonly signal: (name: 'INT' | 'QUIT' | 'KILL') => void;
};

/** Starts `command` under a guard, in a process group of its own: a Ctrl-C at the terminal does not reach it. */
export const startGuarded = ({ command, cwd, logFile, ...account }: GuardedCommand): Guarded => {
  const log = openSync(logFile, 'a');
  const shell = spawn('/bin/sh', ['-c', script, 'guard', ...command], {
    ...account,
    cwd,
    detached: true,
    env: serverEnvironment(),
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const lifeline = shell.stdin!;
  lifeline.on('error', () => {}); // the shell is gone: `exited` tells
  const exited = new Promise<string>((resolve) => {
    shell.once('error', (error) => resolve(`could not be started: ${error.message}`));
    shell.once('exit', (code, killedBy) => {
      lifeline.destroy(); // a guard that was killed itself leaves the server to its reader, which quits it now
      resolve(killedBy === null ? `ended with status ${code}` : `lost its guard to ${killedBy}`);
    });
  });
  return { exited, signal: (name) => void lifeline.write(`${name}\n`) };
};

/** Nothing of the caller's environment but the search path: PGPORT or LC_MESSAGES would change the server's behaviour. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'] ?? '', LC_ALL: 'C' });
