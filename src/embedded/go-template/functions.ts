/** The functions that every Go template may call, and those that Prometheus and Alertmanager both add to them. */
import { RE2JS } from 're2js';
import { htmlEscape, jsEscape, queryEscape } from './escapes.ts';
import { printf } from './printf.ts';
import { goType, isTrue, showValue, textOf, type TemplateValue } from './value.ts';

export type TemplateFunction = (...args: TemplateValue[]) => TemplateValue;

const order = (left: TemplateValue, right: TemplateValue): number => {
  if (typeof left !== typeof right) throw new Error('incompatible types for comparison');
  if (typeof left === 'object' || left === undefined || typeof right === 'object' || right === undefined)
    throw new Error('non-comparable types');
  return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN;
};

const print = (values: readonly TemplateValue[]): string =>
  values.reduce<string>((text, value, index) => {
    const apart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    return text + (apart ? ' ' : '') + showValue(value);
  }, '');

/** A label that is not there is empty. */
export const itemOf = (value: TemplateValue, key: TemplateValue): TemplateValue => {
  if (Array.isArray(value)) {
    const item: TemplateValue = value[Number(key)];
    if (item === undefined) throw new Error(`index out of range: ${showValue(key)}`);
    return item;
  }
  if (!(value instanceof Map)) throw new Error(`can't index item of type ${goType(value)}`);
  return (value.get(textOf(key)) ?? '') as TemplateValue;
};

export const functions: Readonly<Record<string, TemplateFunction>> = {
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find((value) => isTrue(value)) ?? values.at(-1),
  not: (value) => !isTrue(value),
  eq: (left, ...others) => others.some((other) => order(left, other) === 0),
  ne: (left, right) => order(left, right) !== 0,
  lt: (left, right) => order(left, right) < 0,
  le: (left, right) => order(left, right) <= 0,
  // As in Go, by what they are not: so NaN is greater than everything.
  gt: (left, right) => !(order(left, right) <= 0),
  ge: (left, right) => !(order(left, right) < 0),
  len: (value) => {
    if (Array.isArray(value)) return BigInt(value.length);
    return BigInt(value instanceof Map ? value.size : new TextEncoder().encode(textOf(value)).length);
  },
  index: (value, ...keys) => keys.reduce<TemplateValue>((inner, key) => itemOf(inner, key), value),
  html: (...values) => htmlEscape(print(values)),
  js: (...values) => jsEscape(print(values)),
  urlquery: (...values) => queryEscape(print(values)),
  print: (...values) => print(values),
  println: (...values) => `${values.map((value) => showValue(value)).join(' ')}\n`,
  printf: (format, ...values) => printf(textOf(format), values),
  toUpper: (value) => textOf(value).toUpperCase(),
  toLower: (value) => textOf(value).toLowerCase(),
  title: (value) => textOf(value).replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  match: (pattern, value) => RE2JS.compile(textOf(pattern)).matcher(textOf(value)).find(),
  reReplaceAll: (pattern, replacement, value) => replaceAll(textOf(pattern), textOf(replacement), textOf(value)),
  safeHtml: (value) => textOf(value),
};

const replaceAll = (pattern: string, replacement: string, value: string): string => {
  const expression = RE2JS.compile(pattern);
  const named = expression.namedGroups();
  const match = expression.matcher(value);
  let [text, end] = ['', 0];
  while (match.find()) {
    const filled = replacement.replace(
      /\$(?:\{(\w+)\}|(\w+)|(\$))/g,
      (_, braced?: string, bare?: string, dollar?: string) => {
        if (dollar !== undefined) return '$';
        const wanted = braced ?? bare ?? '';
        const index = /^\d+$/.test(wanted) ? Number(wanted) : named[wanted];
        return index === undefined || index > match.groupCount() ? '' : (match.group(index) ?? '');
      },
    );
    text += value.slice(end, match.start()) + filled;
    end = match.end();
  }
  return text + value.slice(end);
};
