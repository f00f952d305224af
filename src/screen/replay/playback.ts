/**
 * Where a replay stands in its journal and how it moves on. Pure: whoever shows it says how much time has passed. Replay
 * speed is only how fast a journal is shown; what it says of the run's own time stays as it was.
 */
import type { JournalEvent } from '../../journal/events.ts';
import { minutes, ms, seconds, type Ms } from '../../units.ts';

export type Playback = {
  /** On the run's clock, from 0 to `endMs`. */
  readonly atMs: Ms;
  readonly endMs: Ms;
  readonly speed: number;
  readonly paused: boolean;
};

/** What + and − step through; a speed of another value is where it is until one of them is pressed. */
export const speeds = [1, 2, 4, 8, 16, 32, 64] as const;
export const defaultSpeed = 8;

/** How far one press of an arrow jumps. */
export const jumpMs = seconds(30);

export const startPlayback = (
  journal: readonly JournalEvent[],
  { speed, atMs }: { readonly speed: number; readonly atMs: Ms },
): Playback => {
  const endMs = journal.at(-1)?.atMs ?? ms(0);
  return { atMs: within(atMs, endMs), endMs, speed, paused: false };
};

/** After `passedMs` of the watcher's time. */
export const playedOn = (playback: Playback, passedMs: number): Playback =>
  playback.paused ? playback : jumped(playback, passedMs * playback.speed);

export const jumped = (playback: Playback, byMs: number): Playback => jumpedTo(playback, ms(playback.atMs + byMs));

export const jumpedTo = (playback: Playback, atMs: Ms): Playback => {
  const to = within(atMs, playback.endMs);
  return to === playback.atMs ? playback : { ...playback, atMs: to };
};

export const faster = (playback: Playback): Playback => ({
  ...playback,
  speed: speeds.find((speed) => speed > playback.speed) ?? playback.speed,
});

export const slower = (playback: Playback): Playback => ({
  ...playback,
  speed: speeds.findLast((speed) => speed < playback.speed) ?? playback.speed,
});

/** At the end there is nothing to pause: the same key begins again. */
export const pausedOrPlayed = (playback: Playback): Playback =>
  hasEnded(playback) ? { ...playback, atMs: ms(0), paused: false } : { ...playback, paused: !playback.paused };

export const hasEnded = ({ atMs, endMs }: Playback): boolean => atMs >= endMs;

const within = (atMs: Ms, endMs: Ms): Ms => ms(Math.min(endMs, Math.max(0, atMs)));

/** How many events of a journal have happened by `atMs`: the index of the first that has not. */
export const happenedBy = (journal: readonly JournalEvent[], atMs: Ms): number => {
  let [from, to] = [0, journal.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((journal[middle]?.atMs ?? 0) <= atMs) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** When it was detected: what T+ counts from. null where no alert ever fired. */
export const detectedAt = (journal: readonly JournalEvent[]): Ms | null =>
  journal.find((event) => event.type === 'alert.fired')?.atMs ?? null;

/**
 * A moment as people say it, `12:30` or `1:02:30`, counted from detection where there was one.
 *
 * @returns On the run's clock; undefined when `text` is no such moment.
 */
export const momentOf = (text: string, journal: readonly JournalEvent[]): Ms | undefined => {
  const parts = /^(?:(?<h>\d+):)?(?<m>\d{1,3}):(?<s>[0-5]\d)$/.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const sinceMs = Number(parts['h'] ?? 0) * minutes(60) + minutes(Number(parts['m'])) + seconds(Number(parts['s']));
  return ms((detectedAt(journal) ?? 0) + sinceMs);
};
