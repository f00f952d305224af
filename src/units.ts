/** Branded numbers for what is easily confused, and the one notation in which people write durations. */

declare const unit: unique symbol;

/** Milliseconds on a monotonic clock, or a length of time; never a wall-clock time. */
export type Ms = number & { readonly [unit]: 'ms' };

export const ms = (n: number): Ms => n as Ms;
export const seconds = (n: number): Ms => ms(n * 1_000);
export const minutes = (n: number): Ms => ms(n * 60_000);

const unitMs = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
} as const;

const pattern =
  /^(?:(?<y>\d+)y)?(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?$/;

/**
 * Reads a duration in Prometheus' notation: `500ms`, `1m30s`, `2h`; each unit at most once, largest first; `0` alone too.
 *
 * @returns undefined when `text` is not a duration.
 */
export const parseDuration = (text: string): Ms | undefined => {
  if (text === '0') return ms(0);
  const groups = text === '' ? undefined : pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  let total = 0;
  for (const [name, factor] of Object.entries(unitMs)) total += Number(groups[name] ?? 0) * factor;
  return ms(total);
};

/** The inverse of `parseDuration`, rounded to whole milliseconds: `formatDuration(ms(90_000))` is `1m30s`. */
export const formatDuration = (duration: Ms): string => {
  let rest = Math.max(0, Math.round(duration));
  if (rest === 0) return '0s';
  let text = '';
  for (const name of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[name]);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unitMs[name];
  }
  return text;
};

/** A short length of time for people: `0.42 s`, `12.3 s`, `2:05 min`. */
export const showSeconds = (duration: Ms): string => {
  if (duration >= 60_000) {
    const whole = Math.round(duration / 1_000);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
  }
  return `${(duration / 1_000).toFixed(duration < 10_000 ? 2 : 1)} s`;
};
