/**
 * The record of a run, appended as it happens. There is one writer at a time: the conductor while it lives, then the
 * watchdog or `gameday recover`. What was appended is in the operating system's hands at once, so a killed process loses
 * nothing; the undo log, which must survive the machine as well, is a file of its own.
 */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { GamedayError, reasonOf } from '../errors.ts';
import { ms, type Ms } from '../units.ts';
import { decodeJournal, encodeEvent } from './codec.ts';
import type { JournalEvent, JournalFact } from './events.ts';

export type Journal = {
  /** Everything so far, in order. */
  readonly events: readonly JournalEvent[];
  /**
   * Numbers, stamps and writes one event; listeners hear of it afterwards. Never throws: whoever undoes something must
   * not be stopped by a full disk. A journal that cannot be written any more goes on in memory, and says so once.
   */
  readonly append: (fact: JournalFact) => JournalEvent;
  /** Hears every later event; returns how to stop. */
  readonly subscribe: (listener: (event: JournalEvent) => void) => () => void;
  readonly close: () => void;
};

/** Called once, when an event could not be written (a full disk); the run cannot be proven from then on. */
export type OnBroken = (error: GamedayError) => void;

/** @param redact Takes secrets out of what is written, which is also what everybody hears. */
export const openJournal = (
  file: string,
  nowMs: () => Ms,
  onBroken: OnBroken,
  redact?: (fact: JournalFact) => JournalFact,
): Journal => continueJournal(file, [], nowMs, onBroken, redact);

/** Takes up the journal of a run whose writer is gone: drops a torn last line and goes on behind the last event. */
export const resumeJournal = (file: string): Journal => {
  const { events, bytes } = decodeJournal(readFileSync(file, 'utf8'));
  truncateSync(file, bytes);
  const [first] = events;
  const startedAt = first?.type === 'run.started' ? Date.parse(first.startedAt) : Date.now();
  return continueJournal(
    file,
    events,
    () => ms(Date.now() - startedAt),
    () => {},
  );
};

const continueJournal = (
  file: string,
  before: readonly JournalEvent[],
  nowMs: () => Ms,
  onBroken: OnBroken,
  redact: (fact: JournalFact) => JournalFact = (fact) => fact,
): Journal => {
  const descriptor = openSync(file, 'a', 0o600);
  const events = [...before];
  const listeners = new Set<(event: JournalEvent) => void>();
  let last = events.at(-1)?.atMs ?? ms(0);
  let broken = false;
  const write = (event: JournalEvent): void => {
    if (broken) return;
    try {
      writeSync(descriptor, encodeEvent(event));
    } catch (cause) {
      // Nothing is written behind what may be half a line; a torn last line is one that readers know.
      broken = true;
      const message = `the journal cannot be written: ${reasonOf(cause)}`;
      onBroken(new GamedayError('ENVIRONMENT_FAILED', { message, hint: `make room for ${file}` }, { cause }));
    }
  };
  return {
    events,
    append: (fact) => {
      last = ms(Math.max(last, Math.round(nowMs() * 10) / 10));
      const event = { seq: events.length, atMs: last, ...redact(fact) } as JournalEvent;
      write(event);
      events.push(event);
      for (const listener of listeners) listener(event);
      return event;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => closeSync(descriptor),
  };
};
