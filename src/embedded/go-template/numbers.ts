/** Floats as Go prints them, which is what templates, labels and the API show. */

/** The shortest digits that read back the same, as d.ddd and a power of ten. */
const shortest = (value: number): { digits: string; power: number } => {
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  return { digits: mantissa.replace('.', ''), power: Number(power) };
};

const special = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value > 0 ? '+Inf' : '-Inf';
};

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '');

const exponent = (digits: string, power: number): string => {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};

const plain = (digits: string, power: number): string => {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return digits.padEnd(power + 1, '0');
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
};

/** `%v` and `%g` with as many digits as needed: with an exponent below 1e-4 and from 1e6 upwards. */
export const showGo = (value: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  const { digits, power } = shortest(value);
  const shown = power < -4 || power >= 6 ? exponent(digits, power) : plain(digits, power);
  return signOf(value) + shown;
};

/** `%e` with as many digits as needed: the value of an alert in the API. */
export const showExponent = (value: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  const { digits, power } = shortest(value);
  return signOf(value) + exponent(digits, power);
};

/** `%.Ng` */
export const showSignificant = (value: number, count: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  const wanted = Math.max(1, count);
  const [mantissa = '0', written = '0'] = exponential(Math.abs(value), wanted - 1).split('e');
  const power = Number(written);
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  return signOf(value) + (power < -4 || power >= wanted ? exponent(digits, power) : plain(digits, power));
};

/** `%.Nf` */
export const showFixed = (value: number, decimals: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  const magnitude = Math.abs(value);
  if (magnitude < 1e21)
    return signOf(value) + (evenTie(magnitude.toFixed(100), decimals) ?? magnitude.toFixed(decimals));
  // toFixed gives up there, where doubles are whole numbers anyway.
  return `${signOf(value)}${BigInt(magnitude)}${decimals > 0 ? `.${'0'.repeat(decimals)}` : ''}`;
};

/** `%.Ne` */
export const showScientific = (value: number, decimals: number): string => {
  const named = special(value);
  if (named !== undefined) return named;
  return signOf(value) + exponential(Math.abs(value), decimals).replace(/e([-+])(\d)$/, 'e$10$2');
};

const exponential = (magnitude: number, decimals: number): string => {
  const [digits = '', power = ''] = magnitude.toExponential(100).split('e');
  const tie = evenTie(digits, decimals);
  return tie === undefined ? magnitude.toExponential(decimals) : `${tie}e${power}`;
};

/**
 * Go rounds what lies exactly in the middle to the even digit, JavaScript always up. From all digits of a number: the
 * lower neighbour where that one is right, and undefined where JavaScript rounds as Go does.
 */
const evenTie = (exact: string, decimals: number): string | undefined => {
  const cut = exact.indexOf('.') + 1 + decimals;
  const kept = exact.slice(0, decimals === 0 ? cut - 1 : cut);
  return /^50*$/.test(exact.slice(cut)) && /[02468]$/.test(kept) ? kept : undefined;
};
