/** What callers send, read as Prometheus reads it, and what they are told when it is wrong. */
import { parseNumber } from '../../promql/literals.ts';
import type { Expression } from '../../promql/expression.ts';
import { parsePromql } from '../../promql/parse.ts';

/** What the caller did wrong, or what the data made impossible. */
export class ApiError extends Error {
  readonly status: 400 | 422;
  readonly type: 'bad_data' | 'execution';

  constructor(type: 'bad_data' | 'execution', message: string) {
    super(message);
    this.type = type;
    this.status = type === 'bad_data' ? 400 : 422;
  }
}

export const invalid = (parameter: string, reason: string): ApiError =>
  new ApiError('bad_data', `invalid parameter ${JSON.stringify(parameter)}: ${reason}`);

export const required = <Value>(parameter: string, value: Value | undefined): Value => {
  if (value === undefined) throw invalid(parameter, 'cannot parse "" to a valid timestamp');
  return value;
};

/** Every value of a parameter that may come many times: `name[]`. */
export const texts = (parameters: URLSearchParams, name: string): readonly string[] => parameters.getAll(`${name}[]`);

export const expressionOf = (text: string, parameter: string): Expression => {
  const read = parsePromql(text);
  if (read.ok) return read.expression;
  const shown = read.problems.map(({ message, from }) => {
    const before = text.slice(0, from).split('\n');
    return `${before.length}:${before.at(-1)!.length + 1}: parse error: ${message}`;
  });
  throw invalid(parameter, shown.join('\n'));
};

/** Unix seconds or RFC 3339, as milliseconds. */
export const timeOf = (parameters: URLSearchParams, name: string): number | undefined => {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const isNumber = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(text);
  const isDate = /^\d{4}-\d\d-\d\dT/.test(text);
  const timeMs = isNumber ? Math.round(Number(text) * 1_000) : isDate ? Date.parse(text) : NaN;
  if (Number.isNaN(timeMs)) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return timeMs;
};

/** Seconds or a duration, as milliseconds. */
export const durationOf = (parameters: URLSearchParams, name: string): number | undefined => {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const negative = text.startsWith('-');
  const seconds = parseNumber(negative ? text.slice(1) : text);
  if (seconds === undefined || !Number.isFinite(seconds))
    throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  return Math.round(seconds * 1_000) * (negative ? -1 : 1);
};

/** How many results are wanted at most; 0 and nothing: all. */
export const limited = <Item>(items: readonly Item[], parameters: URLSearchParams): readonly Item[] => {
  const text = parameters.get('limit') ?? '0';
  if (!/^\d+$/.test(text)) throw invalid('limit', `cannot parse ${JSON.stringify(text)} to a number of results`);
  return Number(text) === 0 ? items : items.slice(0, Number(text));
};
