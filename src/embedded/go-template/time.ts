/** Go's time.Time and time.Duration, as far as templates ask them. */
import { textOf, typed, type TemplateValue } from './value.ts';

/** @param zone An IANA name; UTC unless given. */
export const timeValue = (atMs: number, zone = 'UTC'): TemplateValue => {
  /** Only where it is asked for: a thousand alerts have two thousand times. */
  const local = (): Local => localParts(atMs, zone);
  const show = (): string => format(local(), '2006-01-02 15:04:05.999999999 -0700 MST');
  const part = (name: 'year' | 'day' | 'hour' | 'minute' | 'second') => (): TemplateValue => BigInt(local()[name]);
  return typed(
    { atMs },
    {
      ...{ name: 'time.Time', show, json: rfc3339(atMs) },
      methods: {
        Format: (layout) => format(local(), textOf(layout)),
        String: show,
        Unix: () => BigInt(Math.floor(atMs / 1_000)),
        UnixMilli: () => BigInt(Math.floor(atMs)),
        UTC: () => timeValue(atMs),
        ...{ Year: part('year'), Day: part('day'), Hour: part('hour') },
        ...{ Minute: part('minute'), Second: part('second') },
        IsZero: () => atMs === zeroMs,
      },
    },
  );
};

/** Go's zero time. */
export const zeroMs = Date.parse('0001-01-01T00:00:00Z');

/** RFC 3339 in UTC as Go prints it: no more digits after the second than needed. */
export const rfc3339 = (atMs: number): string => new Date(atMs).toISOString().replace(/\.?0+Z$/, 'Z');

/** @throws {Error} when it is no time. */
export const momentOf = (value: TemplateValue): number => {
  if (typeof value === 'object' && 'atMs' in value && typeof value.atMs === 'number') return value.atMs;
  throw new Error('wrong type for value; expected time.Time');
};

/** `1h2m3.5s`, `59.2ms` */
export const durationValue = (lastsMs: number): TemplateValue => {
  const show = (): string => showDuration(lastsMs);
  const float = (perUnit: number) => (): TemplateValue => lastsMs / perUnit;
  const methods = { String: show, Seconds: float(1_000), Minutes: float(60_000), Hours: float(3_600_000) };
  return typed({ lastsMs }, { name: 'time.Duration', show, json: lastsMs * 1e6, methods });
};

const showDuration = (lastsMs: number): string => {
  const sign = lastsMs < 0 ? '-' : '';
  const rest = Math.abs(lastsMs);
  if (rest === 0) return '0s';
  if (rest < 1_000) return `${sign}${Number(rest.toPrecision(12))}ms`;
  const [hours, minutes] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const tail = `${Number(((rest % 60_000) / 1_000).toFixed(6))}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${tail}`;
  return minutes > 0 ? `${sign}${minutes}m${tail}` : sign + tail;
};

type Local = {
  readonly [part in 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'offset']: number;
} & { readonly weekday: number; readonly zone: string };

/** @throws {RangeError} for a zone that nobody knows. */
const localParts = (atMs: number, zone: string): Local => {
  const offset = zone === 'UTC' ? 0 : offsetMinutes(atMs, zone);
  const date = new Date(atMs + offset * 60_000);
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
    ...{ fraction: date.getUTCMilliseconds(), weekday: date.getUTCDay(), offset },
    zone: zone === 'UTC' ? zone : (zoneName(atMs, zone, 'en-GB', 'short') ?? zone),
  };
};

const offsetMinutes = (atMs: number, zone: string): number => {
  const name = zoneName(atMs, zone, 'en-US', 'longOffset');
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

const zoneName = (atMs: number, timeZone: string, locale: string, timeZoneName: 'short' | 'longOffset') =>
  new Intl.DateTimeFormat(locale, { timeZone, timeZoneName })
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')?.value;

const monthNames = 'January February March April May June July August September October November December'.split(' ');
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** The parts of Go's reference time, Mon Jan 2 15:04:05 MST 2006; longer ones first. */
const tokens =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|_2|01|02|03|04|05|06|15|PM|pm|[.,]0+|[.,]9+|[1-5]/g;

const format = (at: Local, layout: string): string => {
  const two = (value: number): string => String(value).padStart(2, '0');
  const twelve = at.hour % 12 === 0 ? 12 : at.hour % 12;
  const sign = at.offset < 0 ? '-' : '+';
  const [hours, minutes] = [two(Math.floor(Math.abs(at.offset) / 60)), two(Math.abs(at.offset) % 60)];
  const month = monthNames[at.month - 1] ?? '';
  const weekday = dayNames[at.weekday] ?? '';
  const parts: Readonly<Record<string, string>> = {
    ...{ January: month, Jan: month.slice(0, 3), '01': two(at.month), '1': String(at.month) },
    ...{ Monday: weekday, Mon: weekday.slice(0, 3) },
    ...{ '02': two(at.day), _2: String(at.day).padStart(2), '2': String(at.day) },
    ...{ '2006': String(at.year).padStart(4, '0'), '06': two(at.year % 100) },
    ...{ '15': two(at.hour), '03': two(twelve), '3': String(twelve), PM: at.hour < 12 ? 'AM' : 'PM' },
    pm: at.hour < 12 ? 'am' : 'pm',
    ...{ '04': two(at.minute), '4': String(at.minute), '05': two(at.second), '5': String(at.second) },
    ...{ MST: at.zone, '-07:00': `${sign}${hours}:${minutes}`, '-0700': sign + hours + minutes, '-07': sign + hours },
    'Z07:00': at.offset === 0 ? 'Z' : `${sign}${hours}:${minutes}`,
    Z0700: at.offset === 0 ? 'Z' : sign + hours + minutes,
  };
  const digits = String(at.fraction).padStart(3, '0').padEnd(9, '0');
  return layout.replaceAll(tokens, (token) => {
    const known = parts[token];
    if (known !== undefined) return known;
    const shown = digits.slice(0, token.length - 1);
    if (token[1] === '0') return token[0] + shown;
    const needed = shown.replace(/0+$/, '');
    return needed === '' ? '' : token[0] + needed;
  });
};
