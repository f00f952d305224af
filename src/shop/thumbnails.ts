/**
 * The shop's own background work: thumbnails of the pictures that merchants upload. It is done beside the requests, in the
 * thread pool, and on a short leash: a twentieth of a core, however much waits. When pictures come faster than that, the
 * worker is busy all of its time, and nobody else notices: a busy host is not always an ill one.
 */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { ms } from '../units.ts';

export type Thumbnails = {
  /** @returns false when too many wait already: the picture is not taken. */
  readonly take: () => boolean;
  /** How much of its budget the worker used within the last three seconds: 0 idle, 1 as busy as it may be. */
  readonly busyRatio: () => number;
  /** What waits is forgotten. */
  readonly close: () => void;
};

/** Of one core. */
const budget = 0.05;
/** For so long a smaller file is looked for: a picture costs the same on every machine, and 1.25 of them are made a second. */
const worthMs = 40;
/** Pictures; a few seconds of work, so that the worker is idle soon after the uploads end. */
const waitingMax = 5;
const latelyMs = 3_000;

/** Work, and the rest that pays for it: together as long as the work alone would take on the budget. */
type Spell = { readonly fromMs: number; readonly untilMs: number };

export const openThumbnails = (clock: Clock): Thumbnails => {
  const closing = new AbortController();
  let spells: readonly Spell[] = [];
  let waiting = 0;
  let working = false;

  const work = async (): Promise<void> => {
    working = true;
    while (waiting > 0 && !closing.signal.aborted) {
      const fromMs = clock.nowMs();
      await makeThumbnail(clock);
      waiting -= 1;
      const nowMs = clock.nowMs();
      const untilMs = fromMs + (nowMs - fromMs) / budget;
      spells = [...spells.filter((spell) => spell.untilMs > nowMs - latelyMs), { fromMs, untilMs }];
      await clock.sleep(ms(untilMs - nowMs), closing.signal).catch(() => {});
    }
    working = false;
  };

  return {
    take: () => {
      if (waiting >= waitingMax) return false;
      waiting += 1;
      if (!working) void work();
      return true;
    },
    busyRatio: () => {
      const nowMs = clock.nowMs();
      const sinceMs = nowMs - latelyMs;
      const within = ({ fromMs, untilMs }: Spell): number =>
        Math.max(0, Math.min(untilMs, nowMs) - Math.max(fromMs, sinceMs));
      return spells.reduce((sum, spell) => sum + within(spell), 0) / latelyMs;
    },
    close: () => closing.abort(),
  };
};

/** Nobody looks at the picture, which is made up; the work on it is real: level after level, in search of a smaller file. */
const makeThumbnail = async (clock: Clock): Promise<void> => {
  const startedMs = clock.nowMs();
  const picture = randomBytes(32_768).toString('hex');
  for (let level = 1; clock.nowMs() - startedMs < worthMs; level = (level % 9) + 1) await compress(picture, { level });
};

const compress = promisify(deflate);
