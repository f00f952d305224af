/** Ending a run from outside: the red button, and how long it takes until everything is as before. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { GamedayError } from '../errors.ts';
import type { JournalEvent } from '../journal/events.ts';
import { ownerState, watchdogRuns } from '../safety/owner.ts';
import type { SessionAddress } from '../screen/ipc.ts';
import { sendAction } from '../screen/session-client.ts';
import { minutes } from '../units.ts';

/** A restart of the server on a busy machine, for every fault. */
export const restoredWithin = minutes(3);

/**
 * Presses the red button of a drill. What it says is in the journal; it comes back at once.
 *
 * @throws {GamedayError} ENVIRONMENT_UNREACHABLE where nobody answers, USAGE where it is refused.
 */
export const pressStop = async (address: SessionAddress, reason: string): Promise<void> => {
  const reply = await sendAction(address, { do: 'stop', reason });
  if (reply.type === 'refused') throw new GamedayError('USAGE', { message: reply.problem });
};

/** Waits until nobody works on the run any more, its watchdog included. @returns Whether that was so in time. */
export const hasEnded = async (runFolder: string, withinMs: number): Promise<boolean> => {
  const until = performance.now() + withinMs;
  while (ownerState(runFolder) === 'alive' || watchdogRuns(runFolder)) {
    if (performance.now() > until) return false;
    await sleepFor(100);
  }
  return true;
};

/** What a drill's end says to a shell. A score never does: it is for people. */
export const drillExit = (journal: readonly JournalEvent[]): number => {
  const ended = journal.findLast((event) => event.type === 'run.ended');
  if (ended === undefined) return 3;
  if (ended.residue.length > 0) return 5;
  switch (ended.outcome) {
    case 'completed':
      return 0;
    case 'failed':
      return 3;
    case 'timed-out':
      return 124;
    case 'interrupted':
      return ended.signal === undefined ? 0 : ended.signal === 'SIGINT' ? 130 : 143;
    default:
      return ended.outcome satisfies never;
  }
};
