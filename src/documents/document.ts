/** What every document is read into: a value that remembers where it stood, or all of its problems at once. */
import type { Place, Problem } from '../errors.ts';

/** A text from outside and the path by which people know it (relative to the project where it lies inside). */
export type Source = { readonly file: string; readonly text: string };

/** The outcome of reading: the value only when there is no problem. Readers never throw for what a person wrote. */
export type Read<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A value with the place where it was written. */
export type Placed = { readonly at: Place };
