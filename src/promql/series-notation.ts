/** Series as Prometheus' own test files write them: `up{job="shop"}`, and its points as `1 1+2x3 _ stale`. */
import { labelsOf, noLabels, type Labels } from './labels.ts';
import { parseNumber } from './literals.ts';
import { parsePromql } from './parse.ts';

/** One slot of a series: a sample, a staleness marker, or nothing. */
export type Point = number | 'stale' | undefined;

/** @throws {Error} when `text` is not one series. */
export const labelsIn = (text: string): Labels => {
  if (/^\s*\{\s*\}\s*$/.test(text)) return noLabels;
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  const { root } = parsed.expression;
  if (root.kind !== 'selector' || root.matchers.some(({ op }) => op !== '='))
    throw new Error(`${text} is not a series; expected a name and labels, such as up{job="shop"}`);
  return labelsOf(root.matchers.map(({ label, value }) => [label, value]));
};

// No hexadecimal: `0x10` is the value 0 repeated.
const number = String.raw`[-+]?(?:\d[\d_.]*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf|nan)`;
const point = new RegExp(`^(?:(_)(?:x(\\d+))?|(stale)|(${number})(?:([-+])(${number}))?(?:x(\\d+))?)$`, 'i');

/**
 * `3` one sample, `_` an empty slot, `_x5` five of them, `stale` a marker, `1x4` the value five times,
 * `1+2x3` the values 1 3 5 7: a repetition has one point more than its number says, as in Prometheus.
 *
 * @throws {Error} naming the first part that is none of these.
 */
export const pointsIn = (text: string): readonly Point[] =>
  text
    .trim()
    .split(/\s+/)
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [whole, gap, gaps, stale, first, sign, step, times] = point.exec(part) ?? [];
      if (whole === undefined || (step !== undefined && times === undefined))
        throw new Error(
          part.includes('{{') ? 'native histograms are not supported' : `${part} is not a value of a series`,
        );
      if (gap !== undefined) return Array<Point>(Number(gaps ?? 1)).fill(undefined);
      if (stale !== undefined) return ['stale' as const];
      const by = step === undefined ? 0 : signed(step) * (sign === '-' ? -1 : 1);
      const values = [signed(first!)];
      for (let count = Number(times ?? 0); count > 0; count--) values.push(values.at(-1)! + by);
      return values;
    });

const signed = (text: string): number => {
  const magnitude = parseNumber(text.replace(/^[-+]/, '')) ?? NaN;
  return text.startsWith('-') ? -magnitude : magnitude;
};
