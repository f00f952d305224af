/**
 * Commands of a team as children of ours: their service, what fills its database, their load. They do not notice that their
 * parent is gone, and may have children of their own (npm, a shell), so a small shell stands between and holds the reading
 * end of a pipe that dies with this process; what it ends, it ends as a whole process group.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { CommandLine } from '../../documents/service-settings.ts';
import type { Ms } from '../../units.ts';

/**
 * A shell's background jobs read /dev/null unless told otherwise: hence the pipe on descriptor 3. What it has to say of its
 * jobs does not belong into their log: hence the descriptor 4. It takes no TERM itself, so that it can tell how the command
 * ended; its first word is the environment's folder, by which `removal.ts` finds it.
 */
const guard = `
trap : TERM
exec 3<&0 4>&2 </dev/null 2>/dev/null
"$@" 2>&4 3<&- 4>&- &
command=$!
echo "$command" >"$PID_FILE"
{
  trap : TERM
  read -r _
  kill -TERM 0
  attempts=50
  while [ $attempts -gt 0 ] && kill -0 "$command"; do attempts=$((attempts - 1)); sleep 0.1; done
  kill -KILL 0
} <&3 4>&- &
reader=$!
exec 3<&- 4>&-
while :; do
  wait "$command"
  status=$?
  kill -0 "$command" || break
done
kill -KILL "$reader"
wait "$reader"
exit "$status"
`;

export type TeamCommand = {
  readonly command: CommandLine;
  readonly cwd: string;
  /** Nothing else is handed on but what a program needs to find others and its home. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the environment that it belongs to. */
  readonly folder: string;
  readonly pidFile: string;
  /** Its standard output and error are appended here. */
  readonly logFile: string;
};

export type RunningCommand = {
  /** How it ended, in words; never rejects. */
  readonly exited: Promise<string>;
  /** From now on its end is somebody's loss, unless it was asked for. */
  readonly needed: (onLost: (how: string) => void) => void;
  /** Asks first, kills after five seconds, together with whatever it has started; twice is harmless. */
  readonly stop: () => Promise<void>;
};

/** What it says when all went well. */
export const endedWell = 'ended with status 0';
const stopWithinMs = 5_000;
/** For what a command leaves behind when it ends at once. */
const stragglersWithinMs = 1_000;
const handedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

export const startTeamCommand = ({ command, cwd, env, folder, pidFile, logFile }: TeamCommand): RunningCommand => {
  // A shell that is told to end would not wait for what it runs.
  const words = typeof command === 'string' ? ['/bin/sh', '-c', `trap : TERM\n${command}`] : command;
  const own = Object.fromEntries(handedOn.flatMap((name) => valueOf(name)));
  const log = openSync(logFile, 'a');
  const shell = spawn('/bin/sh', ['-c', guard, folder, ...words], {
    cwd,
    detached: true,
    env: { ...own, ...env, GAMEDAY_FOLDER: folder, PID_FILE: pidFile },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  shell.stdin!.on('error', () => {}); // it has ended: `exited` tells
  const exited = new Promise<string>((resolve) => {
    shell.once('error', (error) => resolve(`could not be started: ${error.message}`));
    shell.once('exit', (code, killedBy) => resolve(`ended with ${killedBy ?? `status ${code}`}`));
  });
  const group = shell.pid;
  const tell = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return group !== undefined && process.kill(-group, signal);
    } catch {
      return false; // nobody is left
    }
  };
  let asked = false;
  return {
    exited,
    needed: (onLost) => void exited.then((how) => asked || onLost(how)),
    stop: async () => {
      asked = true;
      if (!tell('SIGTERM')) return;
      await Promise.race([exited, sleepFor(stopWithinMs, undefined, { ref: false })]);
      for (let left = stragglersWithinMs; left > 0 && tell(0); left -= 50) await sleepFor(50);
      tell('SIGKILL');
      await exited;
    },
  };
};

/** How it ended; that it has not within `within`; or that it was stopped, once `signal` is aborted. */
export const endedWithin = (exited: Promise<string>, within: Ms, signal: AbortSignal | undefined): Promise<string> => {
  const late = new Promise<string>((resolve) =>
    setTimeout(() => resolve(`is not done after ${within / 1_000} s`), within).unref(),
  );
  const stopped = new Promise<string>((resolve) =>
    signal?.addEventListener('abort', () => resolve('was stopped'), { once: true }),
  );
  return Promise.race([exited, late, stopped]);
};

const valueOf = (name: string): readonly (readonly [string, string])[] => {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value]];
};
