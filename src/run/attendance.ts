/** Who plays a drill, as the run sees them: the desk their actions arrive at, and whether they are still there. */
import type { Clock } from '../clock.ts';
import { briefingOf } from '../drill/briefing.ts';
import type { JournalFact } from '../journal/events.ts';
import type { Journal } from '../journal/journal.ts';
import type { Plan, PlannedDrill } from '../plan/plan.ts';
import { formatDuration, seconds, type Ms } from '../units.ts';
import type { Acts } from './acts.ts';
import { openDesk } from './desk/desk.ts';
import { firstPresence, lookEvery, nextPresence, type PresenceInput } from './presence.ts';
import type { ReadRunbook } from './scenes.ts';
import type { DrillDesk } from './session/session.ts';
import type { StageDoor } from './stage.ts';

export type Attend = {
  readonly plan: Plan;
  readonly drill: PlannedDrill;
  readonly runId: string;
  readonly startedAt: Date;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly door: StageDoor;
  readonly acts: Acts;
  readonly readRunbook: ReadRunbook;
  readonly runbooks: ReadonlyMap<string, string>;
  readonly lostAfterMs?: Ms;
  /** Takes secrets out of what a player is answered: a log or a row may hold one. */
  readonly redact: <Value>(value: Value) => Value;
  /** Ends the run. */
  readonly stop: (fact: JournalFact) => void;
};

const lostAfter = seconds(60);
const words = { joined: 'session.joined', resumed: 'session.resumed', lost: 'session.lost' } as const;

export const attend = (parts: Attend): DrillDesk & Disposable => {
  const { plan, drill, runId, startedAt, journal, clock, door, runbooks, stop, redact } = parts;
  const { lostAfterMs = lostAfter } = parts;
  const briefing = briefingOf({ runId, startedAt: startedAt.toISOString(), plan }, [...runbooks.keys()].toSorted());
  /** What is being undone already needs no stopping. */
  const stopUndone = (fact: JournalFact): void => {
    if (door.state() !== 'closed') stop(fact);
  };
  const answer = openDesk({
    ...parts,
    drill,
    briefing,
    onStop: (by, reason) => stopUndone({ type: 'run.stopped', by, reason }),
  });
  let presence = firstPresence(clock.nowMs());
  const notice = (what: PresenceInput['what']): void => {
    if (journal.events.at(-1)?.type === 'run.ended') return; // clients only read on
    const [next, word] = nextPresence(presence, { what, atMs: clock.nowMs() }, lostAfterMs);
    presence = next;
    if (word === 'gone')
      stopUndone({ type: 'run.stopped', by: 'nobody', reason: `nobody was there for ${formatDuration(lostAfterMs)}` });
    else if (word !== null) journal.append({ type: words[word], role: 'primary' });
  };
  const looking = setInterval(() => notice('look'), lookEvery);
  return {
    journal,
    briefing,
    nowMs: clock.nowMs,
    answer: async (wanted, by) => redact(await answer(wanted, by)),
    onBeat: () => notice('beat'),
    onSign: () => notice('sign'),
    [Symbol.dispose]: () => clearInterval(looking),
  };
};
