/**
 * The undo of a fault is data, on disk before the fault exists. Whoever finds the log later, with none of the memory of the
 * process that wrote it, can put things back: the conductor, the watchdog, or the next start of any command.
 *
 * One line per change of state, each with a checksum over the rest of the line; a line that does not match is one that a
 * crash tore, and only the last can be. A record is settled when the thing was *seen* restored.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Ms } from '../units.ts';

/**
 * What to restore, in words that need no memory: addresses, names, prior values. An address is written without its secret
 * (`reach.ts`); a prior configuration may hold the throw-away password of a replica, and the log is readable by its owner
 * only.
 */
export type UndoRecord =
  /** All that an environment of ours consists of: processes that live in the folder, then the folder itself. */
  | { readonly kind: 'folder.remove'; readonly folder: string }
  /**
   * The same of an environment in Docker: containers, volumes and network of a Compose project named after the run.
   * `containers`: their ids, once they are up and where their processes are seen on this machine, so that without Docker,
   * too, it can be seen whether anything of them runs.
   */
  | { readonly kind: 'containers.remove'; readonly project: string; readonly containers?: readonly string[] }
  /**
   * `postgresql.auto.conf` as it was, to the byte, and a restart where one is pending. `injector`: the application_name of
   * the sessions that changed it; they are ended first, so that nothing of theirs comes after the undo.
   */
  | {
      readonly kind: 'settings.restore';
      readonly operatorUrl: string;
      readonly autoConf: string;
      readonly injector: string;
    }
  /** The service's configuration file as it was, and a restart. */
  | { readonly kind: 'service.restore'; readonly configuration: string }
  | {
      readonly kind: 'toxics.remove';
      readonly toxiproxyUrl: string;
      readonly proxy: string;
      readonly toxics: readonly string[];
    }
  /** Sessions of the injector, known by their application_name. */
  | { readonly kind: 'sessions.end'; readonly operatorUrl: string; readonly applicationName: string };

/** `ended`: nothing of it runs any more, but what is left of it (stopped containers) could not be removed yet. */
export type UndoState = 'intended' | 'injected' | 'undone' | 'verified' | 'ended' | 'failed';

export type UndoEntry = {
  readonly id: string;
  /** For people: `lower-connection-limit: max_connections = 14`. */
  readonly what: string;
  /** How to do it without us. */
  readonly byHand: string;
  /** The id of the record of the environment in which this lives: gone with it. */
  readonly livesIn?: string;
  /** From then on (wall clock, ISO 8601) it is undone even under a conductor that lives. */
  readonly expiresAt: string;
  /** The same as a length of time, for who watches with a clock that nobody sets. */
  readonly ttlMs: Ms;
  readonly record: UndoRecord;
  readonly state: UndoState;
  readonly reason?: string;
};

export type Intention = Pick<UndoEntry, 'what' | 'byHand' | 'livesIn' | 'ttlMs' | 'record'>;

export type UndoLog = {
  /** Durable before it returns. @returns the record's id. @throws {GamedayError} when it cannot be made durable. */
  readonly intend: (entry: Intention) => string;
  /** What is known of a record only when the thing is there. Never throws for a disk that cannot be written. */
  readonly complete: (id: string, record: UndoRecord) => void;
  /** Never throws for a disk that cannot be written. */
  readonly mark: (id: string, state: Exclude<UndoState, 'intended'>, reason?: string) => void;
  /** In the order of intention, each with its latest state. */
  readonly entries: () => readonly UndoEntry[];
  readonly close: () => void;
};

const version = 1;
const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The entries of a log's text; a torn last line is ignored. @throws {Error} where another line is damaged. */
export const decodeUndoLog = (text: string): readonly UndoEntry[] => {
  const entries = new Map<string, UndoEntry>();
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line === '') return;
    const sum = line.slice(0, 12);
    const body = line.slice(13);
    if (checksum(body) !== sum) {
      if (index === lines.length - 1) return;
      throw new Error(`undo log line ${index + 1} is damaged`);
    }
    const change = JSON.parse(body) as { v: number } & UndoEntry;
    if (change.v !== version)
      throw new Error(`undo log line ${index + 1} has version ${change.v}, expected ${version}`);
    const { v: _, ...entry } = change;
    entries.set(entry.id, { ...entries.get(entry.id), ...entry });
  });
  return [...entries.values()];
};

/** Cuts off what a crash left of a line, or ends the line where only its end is missing. */
const mendTail = (descriptor: number, file: string, text: string): void => {
  const start = text.lastIndexOf('\n') + 1;
  const tail = text.slice(start);
  if (checksum(tail.slice(13)) === tail.slice(0, 12)) writeSync(descriptor, '\n');
  else truncateSync(file, Buffer.byteLength(text.slice(0, start)));
  fsyncSync(descriptor);
};

/** True when nothing of it is left to undo. */
export const isSettled = (entry: UndoEntry): boolean => entry.state === 'verified';

/** True when it may still be doing something: neither restored nor seen to have ended. */
export const mayBeActive = (entry: UndoEntry): boolean => !isSettled(entry) && entry.state !== 'ended';

/** What runs no more and waits to be removed, in words, for the end of a run. */
export const leftBehind = (entries: readonly UndoEntry[]): { readonly left?: readonly string[] } => {
  const left = entries.filter(({ state }) => state === 'ended').map(({ what }) => what);
  return left.length === 0 ? {} : { left };
};

/** @throws {GamedayError} ENVIRONMENT_FAILED when it cannot be written: then nothing may be injected. */
export const openUndoLog = (file: string): UndoLog => {
  const descriptor = openSync(file, 'a+', 0o600);
  const text = readFileSync(file, 'utf8');
  const entries = new Map(decodeUndoLog(text).map((entry) => [entry.id, entry]));
  if (text !== '' && !text.endsWith('\n')) mendTail(descriptor, file, text);
  let broken: unknown;
  const write = (change: Partial<UndoEntry> & { id: string; state: UndoState }): void => {
    const body = JSON.stringify({ v: version, ...change });
    try {
      if (broken !== undefined) throw broken;
      writeSync(descriptor, `${checksum(body)} ${body}\n`);
      fsyncSync(descriptor);
    } catch (cause) {
      // Nothing is written behind what may be half a line; the next one to open the log mends it.
      broken = cause;
      throw new GamedayError(
        'ENVIRONMENT_FAILED',
        { message: `the undo log cannot be written: ${reasonOf(cause)}`, hint: `make room for ${file}` },
        { cause },
      );
    }
  };
  const change = (id: string, changed: Partial<UndoEntry>): void => {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`no undo record ${id}`);
    entries.set(id, { ...entry, ...changed });
    try {
      write({ state: entry.state, ...changed, id });
    } catch {
      // A full disk must not stop an undo. On disk the record stays unsettled, and the next party looks again.
    }
  };
  return {
    intend: (entry) => {
      const expiresAt = new Date(Date.now() + entry.ttlMs).toISOString();
      const intended: UndoEntry = { id: `u${entries.size + 1}`, ...entry, expiresAt, state: 'intended' };
      write(intended);
      entries.set(intended.id, intended);
      return intended.id;
    },
    complete: (id, record) => change(id, { record }),
    mark: (id, state, reason) => change(id, reason === undefined ? { state } : { state, reason }),
    entries: () => [...entries.values()],
    close: () => closeSync(descriptor),
  };
};
