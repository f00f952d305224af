/**
 * A conductor with one fault and nothing else: the real undo log, watchdog, injection and rollback, against a bed. At one
 * point of its way it says so and stands still until it is told to go on, so that whoever started it can kill what it likes.
 *
 * Nothing in `src/` knows of these points: what is written to the log is seen by wrapping it, and what goes over the wire by
 * Node's own diagnostics channels.
 */
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { launcherGone } from '../../src/cli/terminal/launcher.ts';
import type { Environment } from '../../src/environments/environment.ts';
import { faults } from '../../src/faults/catalogue.ts';
import type { Held } from '../../src/faults/fault.ts';
import { undoers } from '../../src/faults/undoers.ts';
import { openJournal } from '../../src/journal/journal.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { startClock } from '../../src/clock.ts';
import { injectFaults } from '../../src/run/injection.ts';
import { identityOf, keepOwner } from '../../src/safety/owner.ts';
import { reachOf } from '../../src/safety/reach.ts';
import { journalFile, undoLogFile } from '../../src/safety/recovery.ts';
import { rollback } from '../../src/safety/rollback.ts';
import { openUndoLog, type UndoLog } from '../../src/safety/undo-log.ts';
import { openWatch } from '../../src/safety/watch.ts';
import { minutes, ms } from '../../src/units.ts';
import type { Addresses } from './bed.ts';
import { actsAt } from './control.ts';

/** Where it stands still; `nth` counts what goes over the wire in that phase, from 1. */
export type Point =
  | { readonly phase: 'recording' | 'recorded' | 'held' | 'settling' }
  | { readonly phase: 'injecting' | 'undoing'; readonly nth: number };

export type HolderConfig = {
  readonly runFolder: string;
  readonly runId: string;
  readonly fault: string;
  readonly params: unknown;
  /** null: it never stands still. */
  readonly point: Point | null;
  /** How long it holds the fault when nobody interrupts it. */
  readonly holdMs: number;
  readonly everyMs: number;
  readonly addresses: Addresses;
};

const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as HolderConfig;
const { runFolder, runId, fault, params, addresses, everyMs } = config;

const say = (text: string): void => void writeSync(1, `${text}\n`);

let point = config.point;
const pass = (phase: Point['phase'], nth?: number): void => {
  if (point?.phase !== phase || ('nth' in point && point.nth !== nth)) return;
  point = null;
  say('standing');
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      // Whoever started this is gone when there is nothing to read: then nobody says "go on" any more.
      if (readSync(0, Buffer.alloc(1)) === 0) process.exit(1);
      return;
    } catch {
      Atomics.wait(asleep, 0, 0, 5);
    }
  }
};

let phase: 'injecting' | 'undoing' | null = null;
let sent = 0;
const onWire = (): void => {
  if (phase === null) return;
  sent += 1;
  pass(phase, sent);
};
const enter = (next: typeof phase): void => {
  sent = 0;
  phase = next;
};
subscribe('net.client.socket', onWire);
subscribe('undici:request:create', onWire);

const watchedLog = (log: UndoLog): UndoLog => ({
  ...log,
  intend: (entry) => {
    pass('recording');
    const id = log.intend(entry);
    pass('recorded');
    enter('injecting');
    return id;
  },
  mark: (id, state, reason) => {
    if (state === 'verified') pass('settling');
    log.mark(id, state, reason);
  },
});

const acts = actsAt(addresses.controlUrl);
const environment = {
  postgres: {
    operatorUrl: addresses.operatorUrl,
    serviceRole: 'service',
    neighbourRole: 'neighbour',
    connectionString: () => addresses.neighbourUrl,
  },
  toxiproxy: { url: addresses.toxiproxyUrl, proxy: addresses.proxy },
  service: { urls: [], readConfiguration: acts.readConfiguration, writeConfiguration: acts.writeConfiguration },
  restart: acts.restart,
  undoId: null,
} as unknown as Environment;

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort(new Error(signal)));
const gone = launcherGone(process);
gone.addEventListener('abort', () => ending.abort(gone.reason));
const clock = startClock();
const journal = openJournal(journalFile(runFolder), clock.nowMs, (error) => ending.abort(error));
const log = watchedLog(openUndoLog(undoLogFile(runFolder)));
const urls = [addresses.operatorUrl, addresses.toxiproxyUrl];
const watch = await openWatch({ runFolder, everyMs, onAlarm: (reason) => ending.abort(new Error(reason)) });
watch.tellReach(urls);
const conductor = identityOf(process.pid);
keepOwner(runFolder, { conductor, watchdog: identityOf(watch.pid), url: '', token: '' });
say(`conductor ${process.pid}, watchdog ${watch.pid}`);

const held: Held[] = [];
try {
  await injectFaults({
    plan: { faults: [{ id: `1-${fault}`, fault, params, description: fault, atMs: ms(0) }] } as unknown as Plan,
    faults,
    runId,
    environment,
    undoLog: log,
    clock,
    record: (fact) => void journal.append(fact),
    signal: ending.signal,
    ttlMs: minutes(5),
    onHeld: (each) => held.push(each),
    onIntended: () => {},
  });
  enter(null);
  say('held');
  pass('held');
  await clock.sleep(ms(config.holdMs), ending.signal);
} catch (error) {
  say(`ending: ${String(error)}`);
}
enter(null);
await Promise.all(held.map((each) => each.release()));
enter('undoing');
const residue = await rollback({ log, undoers, acts, reach: reachOf(urls) });
enter(null);
await watch.farewell();
say('over');
process.exit(residue.length === 0 ? 0 : 5);
