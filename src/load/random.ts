/** Numbers that look random and are the same for the same seed; good enough for arrivals, useless for secrets. */

/**
 * A counter in steps of the golden ratio, each value scrambled by the finaliser of MurmurHash3 (Austin Appleby, public domain).
 *
 * @returns A function whose values are uniform in [0, 1), in steps of 2^-32.
 */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};
