/**
 * The watchdog outlives the conductor and undoes what it left. It hears a heartbeat on its standard input: an end without
 * a farewell means that the conductor died; silence while its own timers run means that it is frozen, and then it is
 * killed first, so that two never undo at once.
 */
import { createInterface } from 'node:readline';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { heartbeatMs } from './heartbeat.ts';
import { recoverRun } from './recovery.ts';

/** So many looks in a row without a heartbeat mean frozen. */
const missedMax = 12;

export type WatchdogConfig = { readonly runFolder: string; readonly conductorPid: number };

const [, , configFile = ''] = process.argv;
const { runFolder, conductorPid } = JSON.parse(readFileSync(configFile, 'utf8')) as WatchdogConfig;

// Only a farewell or the conductor's end may end it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.stdout.on('error', () => {});

const note = (text: string): void => {
  try {
    appendFileSync(join(runFolder, 'watchdog.log'), `${new Date().toISOString()} ${text}\n`);
  } catch {
    // A full disk, or a folder that is gone: undoing comes first.
  }
};

let farewell = false;
let missed = 0;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  missed = 0;
  if (line.includes('"farewell"')) farewell = true;
});
const looking = setInterval(() => {
  missed++;
  if (missed < missedMax) return;
  clearInterval(looking);
  note(`no heartbeat from ${conductorPid} for ${(missedMax * heartbeatMs) / 1_000} s: killing it`);
  try {
    process.kill(conductorPid, 'SIGKILL');
  } catch {
    // It is gone; the end of input says the same.
  }
}, heartbeatMs);
lines.on('close', () => {
  clearInterval(looking);
  if (farewell) process.exit(0);
  note('the conductor is gone without a farewell: undoing');
  recoverRun(runFolder, 'watchdog').then(
    (residue) => {
      note(residue.length === 0 ? 'everything is undone' : `left: ${residue.map((entry) => entry.what).join('; ')}`);
      process.exit(residue.length === 0 ? 0 : 5);
    },
    (error: unknown) => {
      note(`undoing failed: ${String(error)}`);
      process.exit(5);
    },
  );
});
process.stdout.write('{"ready":{}}\n');
