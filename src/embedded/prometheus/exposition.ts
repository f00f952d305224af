/**
 * The text format in which services expose metrics, version 0.0.4. One wrong line spoils the whole text: half a scrape
 * would look like series that vanished.
 *
 * A service prints the same series line after line, scrape after scrape; only the value changes. So what stands before
 * the value is looked up whole, and its labels are parsed once in the life of a target.
 */
import { labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import { showGo } from './go-numbers.ts';

export type ExposedSample<Identity> = {
  readonly series: Identity;
  readonly value: number;
  /** Milliseconds since the Unix epoch, where the line carries its own time. */
  readonly timeMs?: number;
};

/** Reads one target's expositions; `identify` is called once for every distinct text of a series. */
export class ExpositionReader<Identity> {
  readonly #identify: (labels: Labels) => Identity;
  #known = new Map<string, Identity>();

  constructor(identify: (labels: Labels) => Identity) {
    this.#identify = identify;
  }

  /** @throws {Error} at the first line that is not the format. */
  read(text: string): readonly ExposedSample<Identity>[] {
    if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
    const used = new Map<string, Identity>();
    const samples: ExposedSample<Identity>[] = [];
    let type = 'untyped';
    let position = 0;
    while (position < text.length) {
      const end = text.indexOf('\n', position);
      const start = skipBlanks(text, position);
      if (start === end) position = end + 1;
      else if (text[start] === '#') {
        type = typeIn(text.slice(start, end)) ?? type;
        position = end + 1;
      } else {
        const known = this.#lookUp(text.slice(start, end));
        const line = known ?? parseLine(text, start, type);
        const series = known?.series ?? this.#known.get(line.key) ?? this.#identify(line.labels ?? labelsOf([]));
        used.set(line.key, series);
        const { value, timeMs } = line;
        samples.push(timeMs === undefined ? { series, value } : { series, value, timeMs });
        position = known === undefined ? line.end : end + 1;
      }
    }
    this.#known = used; // what is no longer exposed need not be remembered
    return samples;
  }

  #lookUp(line: string): (Line & { readonly series: Identity }) | undefined {
    const brace = line.lastIndexOf('}');
    const boundary = brace === -1 ? line.search(/[ \t]/) : brace + 1;
    const key = boundary === -1 ? line : line.slice(0, boundary);
    const series = this.#known.get(key);
    if (series === undefined) return undefined;
    const numbers = numbersIn(line.slice(boundary));
    return numbers && { key, series, end: 0, ...numbers };
  }
}

type Numbers = { readonly value: number; readonly timeMs?: number };
type Line = Numbers & { readonly key: string; readonly labels?: Labels; readonly end: number };

const skipBlanks = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
};

const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

const typeIn = (comment: string): string | undefined => {
  const [, type] = /^#[ \t]+TYPE[ \t]+\S+[ \t]+(\S*)[ \t]*$/.exec(comment) ?? [];
  if (type !== undefined && !types.includes(type)) throw new Error(`invalid metric type ${JSON.stringify(type)}`);
  return type;
};

const numbers =
  /^[ \t]*([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf(?:inity)?|nan))(?:[ \t]+(\d+))?[ \t]*$/i;

const numbersIn = (text: string): Numbers | undefined => {
  const [, value, time] = numbers.exec(text) ?? [];
  if (value === undefined) return undefined;
  return time === undefined ? { value: goFloat(value) } : { value: goFloat(value), timeMs: Number(time) };
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
const parseLine = (text: string, start: number, type: string): Line => {
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
  const found = /^[ \t}]/.test(text[at] ?? '') || text[at - 1] === '}' ? numbersIn(text.slice(at, end)) : undefined;
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
  const isBound = (label === 'le' && type === 'histogram') || (label === 'quantile' && type === 'summary');
  const bound = isBound ? numbersIn(value)?.value : undefined;
  if (bound === undefined) return value;
  const shown = showGo(bound);
  return /^-?\d+$/.test(shown) ? `${shown}.0` : shown;
};
