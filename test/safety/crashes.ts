/** Which crashes there are: every one once, or as many as wanted by chance. */
import { seededRandom } from '../../src/load/random.ts';
import type { Point } from './holder.ts';
import { broken, victims, type Crash } from './round.ts';

const faults = Object.keys(broken) as readonly Crash['fault'][];

/** What goes over the wire between the record and the end of the injection, and of the undo: connections and requests. */
const sends: Readonly<Record<Crash['fault'], { readonly injecting: number; readonly undoing: number }>> = {
  'lower-connection-limit': { injecting: 3, undoing: 3 },
  // Of eight sessions, of which one is opened like another.
  'hold-connections': { injecting: 4, undoing: 2 },
  'throttle-bandwidth': { injecting: 3, undoing: 3 },
  'add-latency': { injecting: 4, undoing: 4 },
  'shrink-pool': { injecting: 3, undoing: 3 },
};

const pointsOf = (fault: Crash['fault']): readonly Point[] => {
  const each = (phase: 'injecting' | 'undoing'): readonly Point[] =>
    Array.from({ length: sends[fault][phase] }, (_, index) => ({ phase, nth: index + 1 }));
  return [
    { phase: 'recording' },
    { phase: 'recorded' },
    ...each('injecting'),
    { phase: 'held' },
    ...each('undoing'),
    { phase: 'settling' },
  ];
};

export const everyCrash = (): readonly Crash[] =>
  faults.flatMap((fault) =>
    victims
      .filter((victim) => victim !== 'nobody')
      .flatMap((victim) => pointsOf(fault).map((point) => ({ fault, victim, point }))),
  );

/** The same seed, the same crashes. A fifth of them come at no point in particular, but so many milliseconds in. */
export const randomCrashes = (seed: number, many: number): readonly Crash[] => {
  const random = seededRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const oneOf = <Each>(of: readonly Each[]): Each => of[below(of.length)]!;
  return Array.from({ length: many }, () => {
    const fault = oneOf(faults);
    const victim = oneOf(victims);
    const point = random() < 0.2 ? ({ phase: 'later', afterMs: below(500) } as const) : oneOf(pointsOf(fault));
    return { fault, victim, point };
  });
};
