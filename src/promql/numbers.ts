/** Arithmetic where PromQL differs from JavaScript, or where plain addition would lose digits. */

/** Sum with a running compensation (Neumaier's form of Kahan's). */
export const sumOf = (values: readonly number[]): number => {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    if (!Number.isFinite(next)) lost = 0;
    else if (Math.abs(sum) >= Math.abs(value)) lost += sum - next + value;
    else lost += value - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
};

/** Mean; taken step by step where the sum itself would overflow. */
export const meanOf = (values: readonly number[]): number => {
  const sum = sumOf(values);
  if (Number.isFinite(sum) || !values.every(Number.isFinite)) return sum / values.length;
  let mean = 0;
  for (const [index, value] of values.entries()) mean += value / (index + 1) - mean / (index + 1);
  return mean;
};

/** Variance of a whole population, by Welford; NaN where a value is not finite. */
export const varianceOf = (values: readonly number[]): number => {
  let mean = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    const distance = value - mean;
    mean += distance / (index + 1);
    squares += distance * (value - mean);
  }
  return squares / values.length;
};

/** The least value; NaN only where there is nothing else. */
export const minOf = (values: readonly number[]): number =>
  values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least), NaN);

/** The greatest value; NaN only where there is nothing else. */
export const maxOf = (values: readonly number[]): number =>
  values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most), NaN);

/** The φ-quantile with linear interpolation; NaN sorts first. Outside [0, 1] it is infinite. */
export const quantileOf = (phi: number, values: readonly number[]): number => {
  if (values.length === 0 || Number.isNaN(phi)) return NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const sorted = values.toSorted((left, right) =>
    Number.isNaN(left) ? (Number.isNaN(right) ? 0 : -1) : Number.isNaN(right) ? 1 : left - right,
  );
  const rank = phi * (sorted.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(sorted.length - 1, lower + 1);
  const share = rank - lower;
  return sorted[lower]! * (1 - share) + sorted[upper]! * share;
};

/** As in C: 1 to any power is 1, and so is -1 to an infinite one. */
export const powerOf = (base: number, exponent: number): number => {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  return base ** exponent;
};

/** Rounds to the nearest multiple of `to`, halves upwards. */
export const roundTo = (value: number, to: number): number => {
  const inverse = 1 / to;
  return Math.floor(value * inverse + 0.5) / inverse;
};

/** Shortest decimal digits without an exponent: `1000000000000000000000`, `0.0000001`, `+Inf`. */
export const showPlain = (value: number): string => {
  if (!Number.isFinite(value)) return showValue(value);
  const [, sign = '', whole = '', fraction = '', power] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(String(value)) ?? [];
  if (power === undefined) return showValue(value);
  const shift = Number(power);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
};

/** As the HTTP API prints a sample: like JavaScript, but `+Inf`, `-Inf` and `-0`. */
export const showValue = (value: number): string => {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : Object.is(value, -0) ? '-0' : String(value);
};
