/** When a route speaks or is silent: spans of the clock and the calendar, in the local time of a place. */

/** Both ends included, but for `times`, whose end is not. */
export type Span = { readonly from: number; readonly to: number };

/** Absent: any. Several spans of one field are alternatives; all fields have to hold. */
export type TimeInterval = {
  /** In minutes of the day. */
  readonly times?: readonly Span[];
  /** 0 is Sunday. */
  readonly weekdays?: readonly Span[];
  /** Negative ones count from the end of the month: -1 is its last day. */
  readonly daysOfMonth?: readonly Span[];
  readonly months?: readonly Span[];
  readonly years?: readonly Span[];
  readonly localTime: (atMs: number) => LocalTime;
};

export type TimeIntervals = ReadonlyMap<string, readonly TimeInterval[]>;

export type LocalTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
};

/** The clock of an IANA place, of this machine for `Local`. @throws {RangeError} for a place that nobody knows. */
export const clockOf = (location: string): ((atMs: number) => LocalTime) => {
  const format = new Intl.DateTimeFormat('en-US', {
    ...(location === 'Local' ? {} : { timeZone: location }),
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' },
  });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? NaN;
    const [year, month, day] = [part('year'), part('month'), part('day')];
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    return { year, month, day, weekday, minute: part('hour') * 60 + part('minute') };
  };
};

export const contains = (interval: TimeInterval, atMs: number): boolean => {
  const { year, month, day, weekday, minute } = interval.localTime(atMs);
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const within = (spans: readonly Span[] | undefined, value: number): boolean =>
    spans === undefined || spans.some(({ from, to }) => from <= value && value <= to);
  const days = interval.daysOfMonth?.map(({ from, to }) => ({ from: dayIn(from, lastDay), to: dayIn(to, lastDay) }));
  return (
    (interval.times === undefined || interval.times.some(({ from, to }) => from <= minute && minute < to)) &&
    within(days, day) &&
    within(interval.months, month) &&
    within(interval.weekdays, weekday) &&
    within(interval.years, year)
  );
};

const dayIn = (written: number, lastDay: number): number => (written < 0 ? lastDay + written + 1 : written);

/** The names among `names` whose intervals hold at that moment. */
export const holding = (names: readonly string[], intervals: TimeIntervals, atMs: number): readonly string[] =>
  names.filter((name) => intervals.get(name)?.some((interval) => contains(interval, atMs)));
