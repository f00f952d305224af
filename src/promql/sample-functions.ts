/** Functions that look at one sample's value at a time: the value and any further numbers → a number. */
import { roundTo } from './numbers.ts';
import type { FunctionName } from './signatures.ts';

const radians = Math.PI / 180;
const dateOf = (seconds: number): Date => new Date(seconds * 1_000);

const dayOfYear = (date: Date): number =>
  (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 0)) /
  86_400_000;

const daysInMonth = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

export const sampleFunctions = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: (value: number, to = 1) => roundTo(value, to),
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sgn: Math.sign,
  clamp: (value: number, least = NaN, most = NaN) => clamp(value, least, most),
  clamp_min: (value: number, least = NaN) => Math.max(least, value),
  clamp_max: (value: number, most = NaN) => Math.min(most, value),
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  cos: Math.cos,
  cosh: Math.cosh,
  sin: Math.sin,
  sinh: Math.sinh,
  tan: Math.tan,
  tanh: Math.tanh,
  deg: (value: number) => value / radians,
  rad: (value: number) => value * radians,
} as const satisfies Partial<Record<FunctionName, (value: number, ...further: number[]) => number>>;

/** Parts of a Unix time in seconds, in UTC; of the evaluation time itself where no vector is given. */
export const calendarFunctions = {
  minute: (seconds) => dateOf(seconds).getUTCMinutes(),
  hour: (seconds) => dateOf(seconds).getUTCHours(),
  day_of_week: (seconds) => dateOf(seconds).getUTCDay(),
  day_of_month: (seconds) => dateOf(seconds).getUTCDate(),
  day_of_year: (seconds) => dayOfYear(dateOf(seconds)),
  days_in_month: (seconds) => daysInMonth(dateOf(seconds)),
  month: (seconds) => dateOf(seconds).getUTCMonth() + 1,
  year: (seconds) => dateOf(seconds).getUTCFullYear(),
} as const satisfies Partial<Record<FunctionName, (seconds: number) => number>>;

export type SampleFunctionName = keyof typeof sampleFunctions;
export const isSampleFunction = (name: FunctionName): name is SampleFunctionName =>
  Object.hasOwn(sampleFunctions, name);

export type CalendarFunctionName = keyof typeof calendarFunctions;
export const isCalendarFunction = (name: FunctionName): name is CalendarFunctionName =>
  Object.hasOwn(calendarFunctions, name);
