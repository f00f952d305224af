/** Silences: matchers that mute for a while. They are asked at every flush, so an expiry shows at a group's next tick. */
import { randomUUID } from 'node:crypto';
import type { Labels } from './labels.ts';
import { matchesAll, type Matcher } from './matchers.ts';

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
   * Adds a silence, or replaces the one called `id`.
   *
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

export const silenceStore = (): SilenceStore => {
  const silences = new Map<string, Silence>();
  return {
    put: (silence, id, nowMs) => {
      if (id !== undefined && !silences.has(id)) throw new Error(`silence ${id} not found`);
      if (silence.matchers.length === 0) throw new Error('at least one matcher required');
      if (silence.matchers.every(({ matches }) => matches({})))
        throw new Error('at least one matcher must not match the empty string');
      if (silence.endsAt <= silence.startsAt) throw new Error('end time must be after start time');
      if (silence.endsAt < nowMs) throw new Error('end time cannot be in the past');
      const key = id ?? randomUUID();
      const startsAt = id === undefined ? Math.max(silence.startsAt, nowMs) : silence.startsAt;
      silences.set(key, { ...silence, startsAt, id: key, updatedAt: nowMs });
      return key;
    },
    get: (id) => silences.get(id),
    all: () => [...silences.values()],
    expire: (id, nowMs) => {
      const silence = silences.get(id);
      if (silence === undefined) return false;
      if (silenceState(silence, nowMs) !== 'expired')
        silences.set(id, { ...silence, startsAt: Math.min(silence.startsAt, nowMs), endsAt: nowMs, updatedAt: nowMs });
      return true;
    },
    silencing: (labels, nowMs) =>
      [...silences.values()]
        .filter((silence) => silenceState(silence, nowMs) === 'active' && matchesAll(silence.matchers, labels))
        .map(({ id }) => id),
  };
};
