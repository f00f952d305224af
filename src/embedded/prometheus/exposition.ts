/**
 * The formats in which services expose metrics: the text format, version 0.0.4, and OpenMetrics 1.0. One wrong line spoils
 * the whole text: half a scrape would look like series that vanished.
 *
 * A service prints the same series line after line, scrape after scrape; only the value changes. So what stands before
 * the value is compared whole with the line of the last time, and its labels are parsed once in the life of a target.
 */
import { labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import { showGo } from '../go-template/numbers.ts';
import { ownText } from './own-text.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

export type ExposedSample<Identity> = {
  readonly series: Identity;
  readonly value: number;
  /** Milliseconds since the Unix epoch, where the line carries its own time. */
  readonly timeMs?: number;
};

/** What stood before a value, and whose series it was. */
type Known<Identity> = { readonly key: string; readonly series: Identity };

/** Reads one target's expositions; `identify` is called once for every distinct text of a series. */
export class ExpositionReader<Identity> {
  readonly #identify: (labels: Labels) => Identity;
  readonly #compat: 2 | 3;
  /** The series of the last exposition in its order, in which the next one will most likely show them again. */
  #order: readonly Known<Identity>[] = [];
  /** The last exposition showed what the one before it showed, in the same order and at the scrape's own time. */
  isAsBefore = false;

  /** @param compat 2: bounds of buckets and quantiles stay as they were written. */
  constructor(identify: (labels: Labels) => Identity, compat: 2 | 3 = 3) {
    this.#identify = identify;
    this.#compat = compat;
  }

  /** @throws {Error} at the first line that is not the format. */
  read(exposed: string, format: ExpositionFormat = 'text'): readonly ExposedSample<Identity>[] {
    const text = format === 'text' ? exposed : withoutEnd(exposed);
    if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
    const samples: ExposedSample<Identity>[] = [];
    const order: Known<Identity>[] = [];
    let places: ReadonlyMap<string, number> | undefined;
    let texts: Map<string, string> | undefined;
    let expected = 0;
    let type = 'untyped';
    let position = 0;
    let isAsBefore = true;
    while (position < text.length) {
      const end = text.indexOf('\n', position);
      const start = skipBlanks(text, position);
      position = end + 1;
      if (start === end) continue;
      if (text[start] === '#') {
        type = typeIn(text.slice(start, end), format) ?? type;
        continue;
      }
      let known = this.#order[expected];
      let numbers = known && numbersBehind(known.key, text, start, end, format);
      if (known === undefined || numbers === undefined) {
        const line = parseLine(text, start, this.#compat === 2 ? '' : type, format);
        places ??= new Map(this.#order.map(({ key }, place) => [key, place]));
        expected = places.get(line.key) ?? expected - 1;
        const before = places.has(line.key) ? this.#order[expected] : undefined;
        texts ??= new Map();
        known = before ?? { key: ownText(line.key), series: this.#identify(sharing(texts, line.labels)) };
        numbers = line;
        position = line.end;
        isAsBefore = false;
      }
      expected += 1;
      order.push(known);
      const { value, timeMs } = numbers;
      if (timeMs !== undefined) isAsBefore = false;
      samples.push(timeMs === undefined ? { series: known.series, value } : { series: known.series, value, timeMs });
    }
    this.isAsBefore = isAsBefore && order.length === this.#order.length;
    this.#order = order; // what is no longer exposed need not be remembered
    return samples;
  }
}

/** One text for all equal ones: a target has thousands of series, and few names and values. */
const sharing = (texts: Map<string, string>, labels: Labels): Labels => {
  const one = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    texts.set(own, own);
    return own;
  };
  return new Map([...labels].map(([name, value]) => [one(name), one(value)]));
};

/** The numbers of a line that begins with `key`; undefined where it does not, or goes on otherwise. */
const numbersBehind = (
  key: string,
  text: string,
  start: number,
  end: number,
  format: ExpositionFormat,
): Numbers | undefined => {
  if (!text.startsWith(key, start)) return undefined;
  const behind = start + key.length;
  return key.endsWith('}') || isBlank(text[behind]) ? numbersOf(text.slice(behind, end), format) : undefined;
};

type Numbers = { readonly value: number; readonly timeMs?: number };
type Line = Numbers & { readonly key: string; readonly labels: Labels; readonly end: number };

const skipBlanks = (text: string, from: number): number => {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
};

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

const types: Readonly<Record<ExpositionFormat, readonly string[]>> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  openmetrics: ['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'stateset', 'info', 'unknown'],
};

/** OpenMetrics says where it ends, so that a text that was cut off is not taken for less metrics. */
const withoutEnd = (text: string): string => {
  const [end] = /(?<=^|\n)# EOF\n?$/.exec(text) ?? [];
  if (end === undefined) throw new Error('data does not end with # EOF');
  return text.slice(0, -end.length);
};

const typeIn = (comment: string, format: ExpositionFormat): string | undefined => {
  const [, type] = /^#[ \t]+TYPE[ \t]+\S+[ \t]+(\S*)[ \t]*$/.exec(comment) ?? [];
  if (type !== undefined && !types[format].includes(type))
    throw new Error(`invalid metric type ${JSON.stringify(type)}`);
  return type;
};

const numbers =
  /^[ \t]*([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf(?:inity)?|nan))(?:[ \t]+(\d+))?[ \t]*$/i;

const numbersIn = (text: string): Numbers | undefined => {
  const [, value, time] = numbers.exec(text) ?? [];
  if (value === undefined) return undefined;
  return time === undefined ? { value: goFloat(value) } : { value: goFloat(value), timeMs: Number(time) };
};

/** What nearly every line of a large target ends with; taken apart, each would leave more garbage than it is long. */
const justANumber = /^ -?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/;

/** OpenMetrics has its times in seconds, and may show an exemplar behind a sample. */
const numbersOf = (text: string, format: ExpositionFormat): Numbers | undefined => {
  if (justANumber.test(text)) return { value: Number(text) };
  if (format === 'text') return numbersIn(text);
  const [, value = '', time] =
    /^ (\S+)(?: (-?\d+(?:\.\d+)?(?:e[-+]?\d+)?))?(?: # \{.*\} \S+(?: \S+)?)?$/.exec(text) ?? [];
  const found = numbersIn(value);
  return found && (time === undefined ? found : { value: found.value, timeMs: Math.round(Number(time) * 1_000) });
};

const goFloat = (text: string): number => {
  const special = /^([-+]?)(inf|nan)/i.exec(text);
  if (special === null) return Number(text);
  return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
};

const nameHere = /[A-Za-z_:][\w:]*/y;
const labelHere = /[ \t]*(?:([A-Za-z_]\w*)|("(?:\\[\s\S]|[^"\\])*"))[ \t]*/y;
const valueHere = /=[ \t]*("(?:\\[\s\S]|[^"\\])*")[ \t]*/y;

/** Takes `expression` at `at`, or nothing. */
const take = (expression: RegExp, text: string, at: number): RegExpExecArray | null => {
  expression.lastIndex = at;
  return expression.exec(text);
};

/** A line from its start; a label's value may itself hold line breaks. */
const parseLine = (text: string, start: number, type: string, format: ExpositionFormat): Line => {
  const labels: [string, string][] = [];
  const wrong = (at: number): Error => {
    const before = text.slice(0, at).split('\n').length;
    return new Error(`line ${before}: ${JSON.stringify(text.slice(start, start + 60).split('\n')[0])} is not a sample`);
  };
  let at = start;
  const name = take(nameHere, text, at);
  if (name !== null) {
    labels.push([nameLabel, name[0]]);
    at += name[0].length;
  }
  const brace = skipBlanks(text, at);
  if (text[brace] === '{') {
    at = brace + 1;
    while (text[skipBlanks(text, at)] !== '}') {
      const label = take(labelHere, text, at);
      if (label === null) throw wrong(at);
      at += label[0].length;
      const value = take(valueHere, text, at);
      const quoted = label[2] === undefined ? label[1]! : unquoted(label[2]);
      if (value === null) {
        if (label[2] === undefined || name !== null) throw wrong(at);
        labels.push([nameLabel, quoted]);
      } else {
        labels.push([quoted, normalised(quoted, unquoted(value[1]!), type)]);
        at += value[0].length;
      }
      if (text[at] === ',') at += 1;
      else if (text[at] !== '}') throw wrong(at);
    }
    at = skipBlanks(text, at) + 1;
  }
  if (!labels.some(([label]) => label === nameLabel)) throw wrong(at);
  const end = text.indexOf('\n', at);
  const found =
    /^[ \t}]/.test(text[at] ?? '') || text[at - 1] === '}' ? numbersOf(text.slice(at, end), format) : undefined;
  if (found === undefined) throw wrong(at);
  return { key: text.slice(start, at), labels: labelsOf(labels), end: end + 1, ...found };
};

const unquoted = (literal: string): string =>
  literal.slice(1, -1).replace(/\\([\s\S])/g, (whole, escaped: string) => {
    if (escaped === 'n') return '\n';
    return escaped === '\\' || escaped === '"' ? escaped : whole;
  });

/** Prometheus 3 writes bounds as floats, so `le="1"` is stored as `le="1.0"`. */
const normalised = (label: string, value: string, type: string): string => {
  const isBound =
    (label === 'le' && /^(?:gauge)?histogram$/.test(type)) || (label === 'quantile' && type === 'summary');
  const bound = isBound ? numbersIn(value)?.value : undefined;
  if (bound === undefined) return value;
  const shown = showGo(bound);
  return /^-?\d+$/.test(shown) ? `${shown}.0` : shown;
};
