/**
 * Speed, applied to an expression: every duration is divided by it, thresholds are not. That keeps the meaning of gauges,
 * rates, ratios and quantiles; totals over a window, and anything that looks at the clock, would mean something else.
 */
import { formatDuration, ms } from '../units.ts';
import { nodesOf, type Expression, type Node } from './expression.ts';
import type { FunctionName } from './signatures.ts';

export type Compressed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const windowTotals: readonly FunctionName[] = [
  'increase', 'changes', 'resets', 'delta', 'idelta', 'count_over_time', 'sum_over_time',
]; // prettier-ignore

const clockReaders: readonly FunctionName[] = [
  'time', 'timestamp', 'minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year',
]; // prettier-ignore

/**
 * The same expression for a world that runs `speed` times as fast. All text but the durations stays as it is.
 *
 * @param speed 1 or more; at 1 nothing changes and nothing is refused.
 */
export const compressExpression = ({ text, root, durations }: Expression, speed: number): Compressed => {
  if (speed === 1) return { ok: true, text };
  for (const node of nodesOf(root)) {
    const reason = reasonAgainst(node);
    if (reason !== undefined) return { ok: false, reason };
  }
  let compressed = '';
  let end = 0;
  for (const { from, to, ms: written } of durations) {
    const shorter = ms(Math.round(written / speed));
    if (shorter === 0 && written > 0)
      return { ok: false, reason: `${text.slice(from, to)} divided by ${speed} is less than a millisecond` };
    compressed += text.slice(end, from) + formatDuration(shorter);
    end = to;
  }
  return { ok: true, text: compressed + text.slice(end) };
};

const reasonAgainst = (node: Node): string | undefined => {
  if ('at' in node && typeof node.at === 'number') return '@ names a fixed moment of the real clock';
  if (node.kind !== 'call') return undefined;
  if (windowTotals.includes(node.name)) return `${node.name} counts over a window, and a shorter window holds less`;
  if (clockReaders.includes(node.name)) return `${node.name} reads the real clock, which cannot be compressed`;
  if (node.name === 'predict_linear') return 'predict_linear looks a real length of time ahead';
  return undefined;
};
