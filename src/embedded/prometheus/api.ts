/** Prometheus' HTTP API, version 1, as far as its clients, Grafana's panels and our own probes use it. */
import { evaluate } from '../../promql/evaluate.ts';
import { labelsKey, noLabels, type Labels } from '../../promql/labels.ts';
import { showValue } from '../../promql/numbers.ts';
import { parsePromql } from '../../promql/parse.ts';
import type { Expression } from '../../promql/expression.ts';
import type { SeriesStore } from './store.ts';
import { EvaluationError, type Value } from '../../promql/value.ts';
import { parseNumber } from '../../promql/literals.ts';
import type { RunningGroup } from './rule-group.ts';
import type { Target } from './scraper.ts';
import { groupsAnswer, alertsAnswer, targetsAnswer } from './api-state.ts';

export type Answer = { readonly status: number; readonly body: string; readonly contentType: string };

export type ApiContext = {
  readonly store: SeriesStore;
  readonly groups: readonly RunningGroup[];
  readonly targets: readonly Target[];
  readonly lookbackMs: number;
  readonly evaluationIntervalMs: number;
  readonly nowMs: () => number;
};

/** What the caller did wrong, or what the data made impossible. */
class ApiError extends Error {
  readonly status: 400 | 422;
  readonly type: 'bad_data' | 'execution';

  constructor(type: 'bad_data' | 'execution', message: string) {
    super(message);
    this.type = type;
    this.status = type === 'bad_data' ? 400 : 422;
  }
}

/** Answers a GET or POST of `path` with its parameters; undefined when there is nothing at that address. */
export const apiAnswer = (api: ApiContext, path: string, parameters: URLSearchParams): Answer | undefined => {
  if (path === '/-/ready') return plainText('Prometheus Server is Ready.\n');
  if (path === '/-/healthy') return plainText('Prometheus Server is Healthy.\n');
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  if (answer === undefined) return undefined;
  try {
    return json(200, { status: 'success', data: answer(api, parameters) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.status, { status: 'error', errorType: error.type, error: error.message });
  }
};

const plainText = (body: string): Answer => ({ status: 200, body, contentType: 'text/plain; charset=utf-8' });
const json = (status: number, body: unknown): Answer => ({
  status,
  body: JSON.stringify(body),
  contentType: 'application/json',
});

const answers: Readonly<Record<string, (api: ApiContext, parameters: URLSearchParams) => unknown>> = {
  '/api/v1/query': (api, parameters) => instantAnswer(api, parameters),
  '/api/v1/query_range': (api, parameters) => rangeAnswer(api, parameters),
  '/api/v1/series': (api, parameters) => seriesAnswer(api, parameters),
  '/api/v1/rules': (api, parameters) => {
    const type = parameters.get('type') ?? '';
    if (!['', 'alert', 'record'].includes(type)) throw invalid('type', `not supported value ${JSON.stringify(type)}`);
    return groupsAnswer(api.groups, type === '' ? undefined : type === 'alert' ? 'alerting' : 'recording');
  },
  '/api/v1/alerts': (api) => alertsAnswer(api.groups),
  '/api/v1/targets': (api) => targetsAnswer(api.targets),
  '/api/v1/status/buildinfo': () => ({
    ...{ version: '3.14.0', revision: 'gameday stand-in', branch: '', buildUser: '', buildDate: '', goVersion: '' },
  }),
};

const invalid = (parameter: string, reason: string): ApiError =>
  new ApiError('bad_data', `invalid parameter ${JSON.stringify(parameter)}: ${reason}`);

const instantAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const atMs = timeOf(parameters, 'time') ?? Math.round(api.nowMs());
  const value = evaluated(api, expressionIn(parameters, 'query'), atMs, {});
  const time = atMs / 1_000;
  switch (value.type) {
    case 'scalar':
      return { resultType: 'scalar', result: [time, showValue(value.value)] };
    case 'string':
      return { resultType: 'string', result: [time, value.value] };
    case 'vector': {
      const result = value.samples.map((sample) => ({
        metric: metric(sample.labels),
        value: [time, showValue(sample.value)],
      }));
      return { resultType: 'vector', result };
    }
    case 'matrix': {
      const result = value.series.map(({ labels, times, values }) => ({
        metric: metric(labels),
        values: times.map((timeMs, index) => [timeMs / 1_000, showValue(values[index]!)]),
      }));
      return { resultType: 'matrix', result };
    }
    default:
      return value satisfies never;
  }
};

const rangeAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const startMs = timeOf(parameters, 'start') ?? missing('start');
  const endMs = timeOf(parameters, 'end') ?? missing('end');
  const stepMs = durationOf(parameters, 'step') ?? missing('step');
  if (endMs < startMs) throw invalid('end', 'end timestamp must not be before start time');
  if (stepMs <= 0)
    throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  if ((endMs - startMs) / stepMs > 11_000)
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  const expression = expressionIn(parameters, 'query');
  if (expression.type !== 'vector' && expression.type !== 'scalar')
    throw invalid(
      'query',
      `invalid expression type "${expression.type === 'matrix' ? 'range vector' : 'string'}" for range query, must be Scalar or instant Vector`,
    );
  const series = new Map<string, { metric: unknown; values: [number, string][] }>();
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
    const value = evaluated(api, expression, atMs, { startMs, endMs });
    const samples =
      value.type === 'scalar'
        ? [{ labels: noLabels, value: value.value }]
        : value.type === 'vector'
          ? value.samples
          : [];
    for (const sample of samples) {
      const key = labelsKey(sample.labels);
      const one = series.get(key) ?? { metric: metric(sample.labels), values: [] };
      series.set(key, one);
      one.values.push([atMs / 1_000, showValue(sample.value)]);
    }
  }
  return {
    resultType: 'matrix',
    result: [...series].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one),
  };
};

const seriesAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const selectors = parameters.getAll('match[]');
  if (selectors.length === 0) throw new ApiError('bad_data', 'no match[] parameter provided');
  const startMs = timeOf(parameters, 'start') ?? -Infinity;
  const endMs = timeOf(parameters, 'end') ?? Infinity;
  const found = new Set<ReturnType<SeriesStore['seriesOf']>>();
  for (const text of selectors) {
    const { root } = parsed(text, 'match[]');
    if (root.kind !== 'selector') throw invalid('match[]', 'expected a selector');
    for (const series of api.store.select(root.matchers))
      if (series.length > 0 && series.times[0]! <= endMs && series.lastMs >= startMs) found.add(series);
  }
  return [...found].map(({ labels }) => metric(labels));
};

const metric = (labels: Labels): Readonly<Record<string, string>> => Object.fromEntries(labels);

const missing = (parameter: string): never => {
  throw invalid(parameter, 'cannot parse "" to a valid timestamp');
};

const evaluated = (
  { store, lookbackMs, evaluationIntervalMs }: ApiContext,
  expression: Expression,
  atMs: number,
  range: { readonly startMs?: number; readonly endMs?: number },
): Value => {
  try {
    return evaluate(expression, store, atMs, { lookbackMs, stepMs: evaluationIntervalMs, ...range });
  } catch (error) {
    if (error instanceof EvaluationError) throw new ApiError('execution', error.message);
    throw error;
  }
};

const expressionIn = (parameters: URLSearchParams, name: string): Expression =>
  parsed(parameters.get(name) ?? '', name);

const parsed = (text: string, parameter: string): Expression => {
  const read = parsePromql(text);
  if (read.ok) return read.expression;
  const shown = read.problems.map(({ message, from }) => {
    const before = text.slice(0, from).split('\n');
    return `${before.length}:${before.at(-1)!.length + 1}: parse error: ${message}`;
  });
  throw invalid(parameter, shown.join('\n'));
};

/** Unix seconds or RFC 3339, as milliseconds. */
const timeOf = (parameters: URLSearchParams, name: string): number | undefined => {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const seconds = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
  const timeMs = Number.isNaN(seconds)
    ? /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : NaN
    : Math.round(seconds * 1_000);
  if (Number.isNaN(timeMs)) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return timeMs;
};

/** Seconds or a duration, as milliseconds. */
const durationOf = (parameters: URLSearchParams, name: string): number | undefined => {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const negative = text.startsWith('-');
  const seconds = parseNumber(negative ? text.slice(1) : text);
  if (seconds === undefined || !Number.isFinite(seconds))
    throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  return Math.round(seconds * 1_000) * (negative ? -1 : 1);
};
