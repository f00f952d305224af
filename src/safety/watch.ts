/**
 * The conductor's end of its watchdog: it is started before anything that could need undoing, told where the undo leads,
 * and said farewell to when nothing is left. A run without a watchdog that answers must not go on.
 */
import { join } from 'node:path';
import { dockerVariables } from '../environments/containers/docker.ts';
import { programPath, startProgram } from '../program.ts';
import { seconds } from '../units.ts';
import { heartbeatMs, missedMax, type FromWatchdog, type ToWatchdog } from './heartbeat.ts';
import type { WatchdogConfig } from './watchdog.ts';

export type Watch = {
  readonly pid: number;
  /** Before the first fault on something that outlives the run: its addresses, secrets included, which are never written down. */
  readonly tellReach: (urls: readonly string[]) => void;
  /** It ends without undoing anything. */
  readonly farewell: () => Promise<void>;
};

export type OpenWatch = {
  readonly runFolder: string;
  /** It died, or does not answer, or says that a fault has outlived its time: stop injecting and roll back. */
  readonly onAlarm: (reason: string) => void;
  /** Between two heartbeats; both sides use it. */
  readonly everyMs?: number;
};

/** @throws {GamedayError} ENVIRONMENT_FAILED when it does not come up. */
export const openWatch = async ({ runFolder, onAlarm, everyMs = heartbeatMs }: OpenWatch): Promise<Watch> => {
  let unanswered = 0;
  const config: WatchdogConfig = { runFolder, conductorPid: process.pid, everyMs };
  const child = await startProgram({
    name: 'watchdog',
    program: programPath('watchdog.ts', import.meta.url),
    config,
    folder: runFolder,
    logFile: join(runFolder, 'watchdog.log'),
    readyWithinMs: seconds(10),
    variables: dockerVariables(), // it may have to remove containers
    onMessage: (message) => {
      const heard = message as FromWatchdog;
      unanswered = 0;
      if ('expired' in heard) onAlarm(`${heard.expired.join(', ')} outlived its time: the watchdog asks for the undo`);
    },
    onLost: onAlarm,
  });
  const tell = (message: ToWatchdog): void => child.send(message);
  const beating = setInterval(() => {
    if (unanswered === missedMax) onAlarm('the watchdog does not answer any more');
    unanswered += 1;
    tell({ beat: true });
  }, everyMs);
  return {
    pid: child.pid,
    tellReach: (urls) => tell({ reach: urls }),
    farewell: async () => {
      clearInterval(beating);
      tell({ farewell: true });
      await child.stop();
    },
  };
};
