/** The functions that templates may call: Go's own, and those of Prometheus. */
import { RE2JS } from 're2js';
import type { VectorSample } from '../../promql/value.ts';
import { formatDuration, ms, parseDuration } from '../../units.ts';
import { htmlEscape, jsEscape, queryEscape } from './go-escapes.ts';
import { showSignificant } from './go-numbers.ts';
import { printf } from './go-printf.ts';
import { goType, isTrue, listOf, mapOf, showValue, textOf, type TemplateValue } from './template-value.ts';

/** Numbers, and texts that are numbers. */
const numberOf = (value: TemplateValue): number => {
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

const humanize = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return showSignificant(value, 4);
  const { value: rest, prefix } = Math.abs(value) >= 1 ? scaled(value, 1_000, large) : magnified(value);
  return showSignificant(rest, 4) + prefix;
};

const humanize1024 = (value: number): string => {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return showSignificant(value, 4);
  const { value: rest, prefix } = scaled(
    value,
    1_024,
    large.map((each) => `${each}i`),
  );
  return showSignificant(rest, 4) + prefix;
};

const humanizeDuration = (value: number): string => {
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

const humanizeTimestamp = (value: number): string => {
  if (!Number.isFinite(value)) return showSignificant(value, 4);
  const [date = '', time = ''] = new Date(value * 1_000).toISOString().split('T');
  return `${date} ${time.replace(/\.?0*Z$/, '')} +0000 UTC`;
};

const order = (left: TemplateValue, right: TemplateValue): number => {
  if (typeof left !== typeof right) throw new Error('incompatible types for comparison');
  if (left === undefined || right === undefined || left instanceof Map || right instanceof Map)
    throw new Error('non-comparable types');
  return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN;
};

const print = (values: readonly TemplateValue[]): string =>
  values.reduce<string>((text, value, index) => {
    const apart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    return text + (apart ? ' ' : '') + showValue(value);
  }, '');

const withoutPort = (address: string): string => {
  const [, host] = /^(\[[^\]]*\]|[^:]*):\d+$/.exec(address) ?? [];
  return host?.replace(/^\[|\]$/g, '') ?? address;
};

export type TemplateFunction = (...args: TemplateValue[]) => TemplateValue;

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
  args: (...values) => mapOf(values.map((value, index) => [`arg${index}`, value])),
  html: (...values) => htmlEscape(print(values)),
  js: (...values) => jsEscape(print(values)),
  urlquery: (...values) => queryEscape(print(values)),
  print: (...values) => print(values),
  println: (...values) => `${values.map((value) => showValue(value)).join(' ')}\n`,
  printf: (format, ...values) => printf(textOf(format), values),
  humanize: (value) => humanize(numberOf(value)),
  humanize1024: (value) => humanize1024(numberOf(value)),
  humanizePercentage: (value) => `${showSignificant(numberOf(value) * 100, 4)}%`,
  humanizeDuration: (value) => humanizeDuration(numberOf(value)),
  humanizeTimestamp: (value) => humanizeTimestamp(numberOf(value)),
  parseDuration: (value) => {
    const duration = parseDuration(textOf(value));
    if (duration === undefined) throw new Error(`not a valid duration string: ${JSON.stringify(value)}`);
    return duration / 1_000;
  },
  toUpper: (value) => textOf(value).toUpperCase(),
  toLower: (value) => textOf(value).toLowerCase(),
  title: (value) => textOf(value).replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  match: (pattern, value) => RE2JS.compile(textOf(pattern)).matcher(textOf(value)).find(),
  reReplaceAll: (pattern, replacement, value) => replaceAll(textOf(pattern), textOf(replacement), textOf(value)),
  stripPort: (value) => withoutPort(textOf(value)),
  stripDomain: (value) => {
    const [, host = '', port = ''] = /^(.*?)(:\d+)?$/s.exec(textOf(value)) ?? [];
    return (/^[\d.]+$|:/.test(host) ? host : (host.split('.')[0] ?? '')) + port;
  },
  safeHtml: (value) => textOf(value),
  urlQueryEscape: (value) => queryEscape(textOf(value)),
  graphLink: (expression) => `/graph?g0.expr=${queryEscape(textOf(expression))}&g0.tab=0`,
  tableLink: (expression) => `/graph?g0.expr=${queryEscape(textOf(expression))}&g0.tab=1`,
  toTime: (value) => humanizeTimestamp(numberOf(value)),
  toDuration: (value) => formatDuration(ms(numberOf(value) * 1_000)),
  first: (samples) => {
    const [first] = listOf(samples);
    if (first === undefined) throw new Error('first() called on vector with no elements');
    return first;
  },
  value: (sample) => itemOf(sample, 'Value'),
  label: (name, sample) => itemOf(itemOf(sample, 'Labels'), name),
  strvalue: (sample) => itemOf(itemOf(sample, 'Labels'), '__value__'),
  sortByLabel: (name, samples) => {
    const keyOf = (sample: TemplateValue): string => textOf(itemOf(itemOf(sample, 'Labels'), name));
    return listOf(samples).toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  },
};

/** What these answer depends on when and where the template is filled. */
export const dataFunctionNames = ['query', 'now', 'externalURL', 'pathPrefix'] as const;

export const dataFunctions = ({
  atMs,
  externalUrl,
  query,
}: {
  readonly atMs: number;
  readonly externalUrl: string;
  readonly query: (expression: string) => readonly VectorSample[];
}): Readonly<Record<(typeof dataFunctionNames)[number], TemplateFunction>> => ({
  query: (expression) =>
    query(textOf(expression)).map(({ labels, value }) =>
      mapOf([
        ['Labels', labels],
        ['Value', value],
      ]),
    ),
  now: () => atMs / 1_000,
  externalURL: () => externalUrl,
  pathPrefix: () => (URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : ''),
});

/** A label that is not there is empty. */
const itemOf = (value: TemplateValue, key: TemplateValue): TemplateValue => {
  if (Array.isArray(value)) {
    const item: TemplateValue = value[Number(key)];
    if (item === undefined) throw new Error(`index out of range: ${showValue(key)}`);
    return item;
  }
  if (!(value instanceof Map)) throw new Error(`can't index item of type ${goType(value)}`);
  return (value.get(textOf(key)) ?? '') as TemplateValue;
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
