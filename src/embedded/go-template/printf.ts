/** Go's `printf` for the values that templates have; a verb that does not fit its value says so in the text. */
import { showFixed, showGo, showScientific, showSignificant } from './numbers.ts';
import { showValue, type TemplateValue } from './value.ts';

const verb = /%([-+ 0#]*)(\d+)?(?:\.(\d*))?([a-zA-Z%]|$)/g;

export const printf = (format: string, values: readonly TemplateValue[]): string => {
  let used = 0;
  const text = format.replace(verb, (_, flags: string, width?: string, precision?: string, letter = '') => {
    if (letter === '%') return '%';
    if (letter === '') return '%!(NOVERB)';
    if (used >= values.length) return `%!${letter}(MISSING)`;
    const value = values[used++];
    const decimals = precision === undefined ? undefined : Number(precision);
    const shown = formatted(value, letter, decimals, flags);
    return shown === undefined ? `%!${letter}(${typed(value)})` : padded(shown, flags, Number(width ?? 0));
  });
  const extra = values.slice(used).map((value) => typed(value));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
};

const typed = (value: TemplateValue): string => {
  const type = { number: 'float64', bigint: 'int', string: 'string', boolean: 'bool' }[typeof value as string];
  return type === undefined ? '<nil>' : `${type}=${showValue(value)}`;
};

/** undefined when the verb is not for such a value. */
const formatted = (
  value: TemplateValue,
  letter: string,
  precision: number | undefined,
  flags: string,
): string | undefined => {
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const signed = (shown: string): string => (/^[-+]/.test(shown) || plus === '' ? shown : plus + shown);
  if (letter === 'v' && precision === undefined) return showValue(value);
  if (typeof value === 'number') {
    if (letter === 'f' || letter === 'F') return signed(showFixed(value, precision ?? 6));
    if (letter === 'e') return signed(showScientific(value, precision ?? 6));
    if (letter !== 'g' && letter !== 'v') return undefined;
    return signed(precision === undefined ? showGo(value) : showSignificant(value, precision));
  }
  if (typeof value === 'bigint') {
    if (letter === 'd' || letter === 'v') return signed(String(value));
    return letter === 'x' ? value.toString(16) : undefined;
  }
  if (typeof value === 'string') {
    if (letter === 's' || letter === 'v') return Array.from(value).slice(0, precision).join('');
    return letter === 'q' ? JSON.stringify(value) : letter === 'x' ? hexOf(value) : undefined;
  }
  if (typeof value === 'boolean') return letter === 't' || letter === 'v' ? String(value) : undefined;
  return letter === 's' ? showValue(value) : undefined;
};

const hexOf = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const padded = (shown: string, flags: string, width: number): string => {
  if (flags.includes('-')) return shown.padEnd(width);
  if (!flags.includes('0') || !/^[-+ ]?[\d.]/.test(shown)) return shown.padStart(width);
  const [sign = ''] = /^[-+ ]/.exec(shown) ?? [];
  return sign + shown.slice(sign.length).padStart(width - sign.length, '0');
};
