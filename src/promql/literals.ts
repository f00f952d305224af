/** Numbers, durations and strings as PromQL writes them. */
import { parseDuration } from '../units.ts';

const decimal = /^(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?$/i;
const hexadecimal = /^0x[\da-f_]+$/i;

/** An unsigned number; a duration is its number of seconds. @returns undefined when it is neither. */
export const parseNumber = (text: string): number | undefined => {
  if (/^inf$/i.test(text)) return Infinity;
  if (/^nan$/i.test(text)) return NaN;
  if (hexadecimal.test(text)) return Number(text.replaceAll('_', ''));
  // A leading zero means octal, as in Go.
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (decimal.test(text)) {
    const number = Number(text.replaceAll('_', ''));
    return Number.isFinite(number) ? number : undefined; // too large for a float is an error, as in Go
  }
  const duration = parseDuration(text);
  return duration === undefined ? undefined : duration / 1_000;
};

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\u{7}', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', "'": "'",
}; // prettier-ignore

// A run of byte escapes is one piece of UTF-8; the other escapes are one character each.
const escape = /((?:\\x[\da-fA-F]{2}|\\[0-7]{3})+)|\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})|\\([\s\S]?)/g;

/**
 * The text inside a quoted literal, with Go's escapes; in backquotes nothing is special.
 *
 * @throws {Error} saying which escape is none, or that the closing quote is missing.
 */
export const parseString = (literal: string): string => {
  const [quote] = literal;
  if (quote === undefined || literal.length < 2 || !literal.endsWith(quote)) throw new Error('the string has no end');
  const inside = literal.slice(1, -1);
  if (quote === '`') return inside;
  if (inside.includes('\n')) throw new Error('the string does not end on its line');
  return inside.replace(escape, (whole, bytes?: string, short?: string, long?: string, other = '') => {
    if (bytes !== undefined) return decodeBytes(bytes);
    const code = short ?? long;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    const character = simpleEscapes[other];
    if (character === undefined || ((other === '"' || other === "'") && other !== quote))
      throw new Error(`unknown escape ${whole}`);
    return character;
  });
};

const decodeBytes = (escapes: string): string => {
  const bytes = [...escapes.matchAll(/\\x(..)|\\(...)/g)].map(([, hex, octal]) =>
    hex === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(hex, 16),
  );
  return new TextDecoder().decode(Uint8Array.from(bytes));
};
