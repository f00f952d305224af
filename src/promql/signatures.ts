/** Every function of the language that is evaluated here: what it takes and what it gives. */
import type { ValueType } from './expression.ts';

export type Signature = {
  readonly takes: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  /** The last argument may be given any number of times, also never. */
  readonly repeats: boolean;
  readonly gives: ValueType;
};

const taking = (takes: readonly ValueType[], gives: ValueType = 'vector'): Signature => ({
  takes,
  gives,
  optional: 0,
  repeats: false,
});
const optional = (signature: Signature, count = 1): Signature => ({ ...signature, optional: count });

const ofVector = taking(['vector']);
const ofRange = taking(['matrix']);
const ofTime = optional(ofVector);

export const signatures = {
  abs: ofVector,
  absent: ofVector,
  absent_over_time: ofRange,
  acos: ofVector,
  acosh: ofVector,
  asin: ofVector,
  asinh: ofVector,
  atan: ofVector,
  atanh: ofVector,
  avg_over_time: ofRange,
  ceil: ofVector,
  changes: ofRange,
  clamp: taking(['vector', 'scalar', 'scalar']),
  clamp_max: taking(['vector', 'scalar']),
  clamp_min: taking(['vector', 'scalar']),
  cos: ofVector,
  cosh: ofVector,
  count_over_time: ofRange,
  day_of_month: ofTime,
  day_of_week: ofTime,
  day_of_year: ofTime,
  days_in_month: ofTime,
  deg: ofVector,
  delta: ofRange,
  deriv: ofRange,
  exp: ofVector,
  first_over_time: ofRange,
  floor: ofVector,
  histogram_fraction: taking(['scalar', 'scalar', 'vector']),
  histogram_quantile: taking(['scalar', 'vector']),
  hour: ofTime,
  idelta: ofRange,
  increase: ofRange,
  irate: ofRange,
  label_join: { takes: ['vector', 'string', 'string', 'string'], optional: 0, repeats: true, gives: 'vector' },
  label_replace: taking(['vector', 'string', 'string', 'string', 'string']),
  last_over_time: ofRange,
  ln: ofVector,
  log10: ofVector,
  log2: ofVector,
  max_over_time: ofRange,
  min_over_time: ofRange,
  minute: ofTime,
  month: ofTime,
  pi: taking([], 'scalar'),
  predict_linear: taking(['matrix', 'scalar']),
  present_over_time: ofRange,
  quantile_over_time: taking(['scalar', 'matrix']),
  rad: ofVector,
  rate: ofRange,
  resets: ofRange,
  round: optional(taking(['vector', 'scalar'])),
  scalar: taking(['vector'], 'scalar'),
  sgn: ofVector,
  sin: ofVector,
  sinh: ofVector,
  sort: ofVector,
  sort_desc: ofVector,
  sqrt: ofVector,
  stddev_over_time: ofRange,
  stdvar_over_time: ofRange,
  sum_over_time: ofRange,
  tan: ofVector,
  tanh: ofVector,
  time: taking([], 'scalar'),
  timestamp: ofVector,
  vector: taking(['scalar']),
  year: ofTime,
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof signatures;

export const isFunctionName = (name: string): name is FunctionName => Object.hasOwn(signatures, name);
