/**
 * The small shapes that documents share. A message that begins with "expected" is completed by `yaml.ts` with the place and
 * the actual value (`load.rate is "fast"; expected …`); every other message stands alone.
 */
import { posix } from 'node:path';
import { z } from 'zod';
import { parseDuration, type Ms } from '../units.ts';

const expectedDuration = 'expected a duration such as 30s or 5m';

/** `2m`, `1m30s`, `0s` → milliseconds. */
export const duration = z.string(expectedDuration).transform((text, context): Ms => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: expectedDuration });
  return z.NEVER;
});

/** A duration that is not nothing. */
export const someTime = duration.refine((length) => length > 0, 'expected a duration longer than 0s');

/** `60/s` → 60. */
export const perSecond = (what: string, example: string) => {
  const expected = `expected ${what} per second, such as ${example}`;
  return z.string(expected).transform((written, context) => {
    const rate = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(written)?.[1]);
    if (rate > 0) return rate;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
};

/** Text with something in it. */
export const text = z.string().refine((value) => value.trim() !== '', 'expected text that is not empty');

export const count = z.int().min(1);
export const share = z.number().min(0).max(1);
export const labels = z.record(z.string(), z.string());
export const isoDate = z.iso.date('expected a date such as 2025-01-15');

/** The one version of a format that exists. */
export const versionOne = z.literal(1, 'expected 1, the only version there is');

/** `../postmortems/x.md`, written in `experiments/y.yaml`, is `postmortems/x.md`. */
export const besideFile = (file: string, written: string): string => posix.join(posix.dirname(file), written);

/** For `superRefine`: every value of `key` may occur only once in the list. */
export const uniqueBy =
  <Entry>(key: string & keyof Entry, identity: (entry: Entry) => string = (entry) => String(entry[key])) =>
  (entries: readonly Entry[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const value = identity(entry);
      if (seen.has(value)) {
        const message = `${key} "${String(entry[key])}" is used twice; expected a ${key} of its own for each entry`;
        context.addIssue({
          code: 'custom',
          path: [index, key],
          message,
          params: { hint: `give one of them another ${key}` },
        });
      }
      seen.add(value);
    }
  };
