/** Numbers with the prefixes that people read. */
import { showSignificant } from './numbers.ts';
import type { TemplateValue } from './value.ts';

/** Numbers, and texts that are numbers. */
export const numberOf = (value: TemplateValue): number => {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  const number =
    typeof value === 'string' && value.trim() === value && value !== ''
      ? Number(value.replace(/Inf$/, 'Infinity'))
      : NaN;
  if (typeof value === 'string' && (!Number.isNaN(number) || value === 'NaN')) return number;
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
};

const large = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const small = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

/** Divides by `base` while the value has more than its digits, and says by which prefix. */
const scaled = (value: number, base: number, prefixes: readonly string[]): { value: number; prefix: string } => {
  let [rest, used] = [value, 0];
  while (used < prefixes.length && Math.abs(rest) >= base) {
    rest /= base;
    used += 1;
  }
  return { value: rest, prefix: prefixes[used - 1] ?? '' };
};
const magnified = (value: number): { value: number; prefix: string } => {
  let [rest, used] = [value, 0];
  while (used < small.length && Math.abs(rest) < 1) {
    rest *= 1_000;
    used += 1;
  }
  return { value: rest, prefix: small[used - 1] ?? '' };
};

export const humanize = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return showSignificant(value, 4);
  const { value: rest, prefix } = Math.abs(value) >= 1 ? scaled(value, 1_000, large) : magnified(value);
  return showSignificant(rest, 4) + prefix;
};

export const humanize1024 = (value: number): string => {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return showSignificant(value, 4);
  const { value: rest, prefix } = scaled(
    value,
    1_024,
    large.map((each) => `${each}i`),
  );
  return showSignificant(rest, 4) + prefix;
};

export const humanizeDuration = (value: number): string => {
  if (!Number.isFinite(value)) return showSignificant(value, 4);
  if (value === 0) return '0s';
  if (Math.abs(value) < 1) {
    const { value: rest, prefix } = magnified(value);
    return `${showSignificant(rest, 4)}${prefix}s`;
  }
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  const tail = `${minutes}m ${whole % 60}s`;
  if (days > 0) return `${sign}${days}d ${hours}h ${tail}`;
  if (hours > 0) return `${sign}${hours}h ${tail}`;
  return minutes > 0 ? sign + tail : `${sign}${showSignificant(Math.abs(value), 4)}s`;
};
