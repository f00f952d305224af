/** Silences: matchers that mute for a while. They are asked at every flush, so an expiry shows at a group's next tick. */
import { randomUUID } from 'node:crypto';
import type { Labels } from './labels.ts';
import { matchesAll, showMatchers, type Matcher } from './matchers.ts';

/** Times are wall-clock milliseconds. */
export type Silence = {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
};

export type SilenceState = 'pending' | 'active' | 'expired';

export const silenceState = ({ startsAt, endsAt }: Silence, nowMs: number): SilenceState =>
  nowMs < startsAt ? 'pending' : nowMs < endsAt ? 'active' : 'expired';

export type SilenceStore = {
  /**
   * Adds a silence, or changes the one called `id`. What that one has done already stays true: other matchers or a past
   * that would change make a new silence, and the old one ends now.
   *
   * @returns The id of the silence that is in force.
   * @throws {Error} when there is no silence of that name, no matcher, only matchers that match everything, or no time left.
   */
  readonly put: (silence: Omit<Silence, 'id' | 'updatedAt'>, id: string | undefined, nowMs: number) => string;
  readonly get: (id: string) => Silence | undefined;
  readonly all: () => readonly Silence[];
  /** Ends it now; one that has ended stays as it is. False when there is none of that name. */
  readonly expire: (id: string, nowMs: number) => boolean;
  /** The ids of the active silences that mute `labels`. */
  readonly silencing: (labels: Labels, nowMs: number) => readonly string[];
};

/** There is none of that name. */
export class NoSilence extends Error {
  constructor() {
    super('silence not found');
  }
}

/** Without saying something else of the past. */
const canChange = (old: Silence, wanted: Pick<Silence, 'matchers' | 'startsAt'>, nowMs: number): boolean => {
  const state = silenceState(old, nowMs);
  if (state === 'expired' || showMatchers(old.matchers) !== showMatchers(wanted.matchers)) return false;
  return state === 'active' ? wanted.startsAt === old.startsAt : wanted.startsAt >= nowMs;
};

export const silenceStore = (): SilenceStore => {
  const silences = new Map<string, Silence>();
  const expire = (silence: Silence, nowMs: number): void => {
    if (silenceState(silence, nowMs) === 'expired') return;
    const startsAt = Math.min(silence.startsAt, nowMs);
    silences.set(silence.id, { ...silence, startsAt, endsAt: nowMs, updatedAt: nowMs });
  };
  return {
    put: (silence, id, nowMs) => {
      const old = id === undefined ? undefined : silences.get(id);
      if (id !== undefined && old === undefined) throw new NoSilence();
      if (silence.matchers.length === 0) throw new Error('at least one matcher required');
      if (silence.matchers.every(({ matches }) => matches({})))
        throw new Error('at least one matcher must not match the empty string');
      if (silence.endsAt <= silence.startsAt) throw new Error('end time must be after start time');
      if (silence.endsAt < nowMs) throw new Error('end time cannot be in the past');
      if (old !== undefined && canChange(old, silence, nowMs)) {
        silences.set(old.id, { ...silence, id: old.id, updatedAt: nowMs });
        return old.id;
      }
      if (old !== undefined) expire(old, nowMs);
      const key = randomUUID();
      silences.set(key, { ...silence, startsAt: Math.max(silence.startsAt, nowMs), id: key, updatedAt: nowMs });
      return key;
    },
    get: (id) => silences.get(id),
    all: () => [...silences.values()],
    expire: (id, nowMs) => {
      const silence = silences.get(id);
      if (silence !== undefined) expire(silence, nowMs);
      return silence !== undefined;
    },
    silencing: (labels, nowMs) =>
      [...silences.values()]
        .filter((silence) => silenceState(silence, nowMs) === 'active' && matchesAll(silence.matchers, labels))
        .map(({ id }) => id),
  };
};
