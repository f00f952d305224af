/**
 * Whether anybody is there. An open socket proves nothing (a frozen screen keeps its own), so every terminal that plays
 * beats once a second. Five silent seconds are worth a line in the journal; after a minute the run is stopped and restored,
 * because nobody would notice what we broke.
 */
import { ms, seconds, type Ms } from '../units.ts';

export type Presence = {
  /** The last sign of life, or the beginning: nobody has longer to come than to come back. */
  readonly heardMs: Ms;
  /** null: no terminal was ever there. */
  readonly beatMs: Ms | null;
  readonly silent: boolean;
  readonly lookedMs: Ms;
};

/** `beat`: of a terminal that stays; `sign`: a single act from anywhere; `look`: time passes. */
export type PresenceInput = { readonly what: 'beat' | 'sign' | 'look'; readonly atMs: Ms };
export type PresenceWord = 'joined' | 'resumed' | 'lost' | 'gone';

const silentAfter = seconds(5);
/** How often is looked, about. */
export const lookEvery = seconds(1);

export const firstPresence = (atMs: Ms): Presence => ({ heardMs: atMs, beatMs: null, silent: false, lookedMs: atMs });

/** @returns The presence afterwards and, where it changed, in which way. `gone` is said at every look from then on. */
export const nextPresence = (
  before: Presence,
  { what, atMs }: PresenceInput,
  lostAfterMs: Ms,
): readonly [Presence, PresenceWord | null] => {
  switch (what) {
    case 'sign':
      return [{ ...before, heardMs: atMs }, null];
    case 'beat': {
      const word = before.beatMs === null ? 'joined' : before.silent ? 'resumed' : null;
      return [{ ...before, heardMs: atMs, beatMs: atMs, silent: false }, word];
    }
    case 'look': {
      // While this very process did not run (a machine that slept), nobody could be heard.
      const asleep = Math.max(0, atMs - before.lookedMs - 2 * lookEvery);
      const shifted = (time: Ms): Ms => ms(Math.min(atMs, time + asleep));
      const heardMs = shifted(before.heardMs);
      const beatMs = before.beatMs === null ? null : shifted(before.beatMs);
      const lost = beatMs !== null && !before.silent && atMs - beatMs >= silentAfter;
      const after = { heardMs, beatMs, silent: before.silent || lost, lookedMs: atMs };
      return [after, atMs - heardMs >= lostAfterMs ? 'gone' : lost ? 'lost' : null];
    }
    default:
      return what satisfies never;
  }
};
