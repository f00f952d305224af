/**
 * The watchdog outlives the conductor and undoes what it left. It hears a heartbeat on its standard input: an end without
 * a farewell means that the conductor died; silence while its own timers run means that it is frozen, and then it is
 * killed first, so that two never undo at once. A record that outlives its time is the conductor's to undo as long as it
 * answers: it is asked once, and killed like a frozen one when it has not done so in time
 * (docs/decisions/0009-one-party-undoes.md).
 */
import { createInterface } from 'node:readline';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { watchDeadlines } from './deadlines.ts';
import { missedMax, type FromWatchdog, type ToWatchdog } from './heartbeat.ts';
import { reachNothing, reachOf } from './reach.ts';
import { recoverRun, undoLogFile } from './recovery.ts';
import type { Undoers } from './rollback.ts';
import { decodeUndoLog, type UndoEntry } from './undo-log.ts';

/** So many looks a conductor that answers has for undoing what has outlived its time: a minute. */
const graceLooks = 120;

export type WatchdogConfig = {
  readonly runFolder: string;
  readonly conductorPid: number;
  /** Between two heartbeats, and two looks. */
  readonly everyMs: number;
};

const [, , configFile = ''] = process.argv;
const { runFolder, conductorPid, everyMs } = JSON.parse(readFileSync(configFile, 'utf8')) as WatchdogConfig;

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
const tell = (message: FromWatchdog): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const killConductor = (why: string): void => {
  clearInterval(looking);
  note(`${why}: killing ${conductorPid}`);
  try {
    process.kill(conductorPid, 'SIGKILL');
  } catch {
    // It is gone; the end of input says the same.
  }
};

let farewell = false;
let missed = 0;
let reach = reachNothing;
/** What lives in a folder of ours goes with it. Anything else needs its own undoer, loaded while all is well. */
let undoers: Promise<Partial<Undoers>> = Promise.resolve({});
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const heard = JSON.parse(line) as ToWatchdog;
  missed = 0;
  if ('beat' in heard) tell({ beat: true });
  else if ('reach' in heard) {
    reach = reachOf(heard.reach);
    undoers = import('../faults/undoers.ts').then((loaded) => loaded.undoers);
  } else farewell = true;
});

const outliving = watchDeadlines();
let looksLeft: number | undefined;
const askFor = (entries: readonly UndoEntry[]): void => {
  const expired = outliving(entries, { wallMs: Date.now(), ownMs: performance.now() }).map(({ what }) => what);
  if (expired.length === 0) looksLeft = undefined;
  else if (looksLeft === undefined) {
    looksLeft = graceLooks;
    note(`asking ${conductorPid} to undo what has outlived its time: ${expired.join('; ')}`);
    tell({ expired });
  } else if (looksLeft-- === 0) killConductor('it does not undo what has outlived its time');
};

const logOf = (folder: string): (() => readonly UndoEntry[]) => {
  const file = undoLogFile(folder);
  let bytes = -1;
  let entries: readonly UndoEntry[] = [];
  return () => {
    const { size } = statSync(file);
    if (size !== bytes) entries = decodeUndoLog(readFileSync(file, 'utf8'));
    bytes = size;
    return entries;
  };
};
const readLog = logOf(runFolder);

const looking = setInterval(() => {
  missed++;
  if (missed >= missedMax) killConductor(`no heartbeat for ${(missedMax * everyMs) / 1_000} s`);
  else askFor(readLog());
}, everyMs);

lines.on('close', () => {
  clearInterval(looking);
  if (farewell) process.exit(0);
  void undo();
});

const undo = async (): Promise<void> => {
  note('the conductor is gone without a farewell: undoing');
  try {
    const residue = await recoverRun(runFolder, 'watchdog', { undoers: await undoers, reach });
    note(residue.length === 0 ? 'everything is undone' : `left: ${residue.map((entry) => entry.what).join('; ')}`);
    process.exit(residue.length === 0 ? 0 : 5);
  } catch (error) {
    note(`undoing failed: ${String(error)}`);
    process.exit(5);
  }
};
process.stdout.write('{"ready":{}}\n');
