/** The pages of the API that evaluate an expression. */
import { evaluate, type EvaluateOptions } from '../../promql/evaluate.ts';
import { evaluateRange } from '../../promql/evaluate-range.ts';
import type { Labels } from '../../promql/labels.ts';
import { showValue } from '../../promql/numbers.ts';
import { EvaluationError, type SeriesWindow, type Value } from '../../promql/value.ts';
import { ApiError, durationOf, expressionOf, invalid, limited, required, timeOf } from './api-parameters.ts';
import type { ApiContext } from './api.ts';

export const instantAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const atMs = timeOf(parameters, 'time') ?? Math.round(api.nowMs());
  const expression = expressionOf(parameters.get('query') ?? '', 'query');
  const value = attempted(() => evaluate(expression, api.store, atMs, optionsOf(api, parameters)));
  return { resultType: value.type, result: resultOf(value, atMs / 1_000, parameters) };
};

export const rangeAnswer = (api: ApiContext, parameters: URLSearchParams): unknown => {
  const startMs = required('start', timeOf(parameters, 'start'));
  const endMs = required('end', timeOf(parameters, 'end'));
  const stepMs = required('step', durationOf(parameters, 'step'));
  if (endMs < startMs) throw invalid('end', 'end timestamp must not be before start time');
  if (stepMs <= 0)
    throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  if ((endMs - startMs) / stepMs > 11_000)
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  const expression = expressionOf(parameters.get('query') ?? '', 'query');
  if (expression.type !== 'vector' && expression.type !== 'scalar') {
    const type = expression.type === 'matrix' ? 'range vector' : 'string';
    throw invalid('query', `invalid expression type "${type}" for range query, must be Scalar or instant Vector`);
  }
  const steps = { startMs, endMs, stepMs };
  const series = attempted(() => evaluateRange(expression, api.store, steps, optionsOf(api, parameters)));
  return { resultType: 'matrix', result: limited(series.map(matrixRow), parameters) };
};

const optionsOf = ({ lookbackMs, compat, setup }: ApiContext, parameters: URLSearchParams): EvaluateOptions => ({
  lookbackMs: durationOf(parameters, 'lookback_delta') ?? lookbackMs,
  stepMs: setup.config.evaluationIntervalMs,
  compat,
});

const attempted = <Result>(evaluation: () => Result): Result => {
  try {
    return evaluation();
  } catch (error) {
    if (error instanceof EvaluationError) throw new ApiError('execution', error.message);
    throw error;
  }
};

const resultOf = (value: Value, time: number, parameters: URLSearchParams): unknown => {
  switch (value.type) {
    case 'scalar':
      return [time, showValue(value.value)];
    case 'string':
      return [time, value.value];
    case 'vector':
      return limited(
        value.samples.map((sample) => ({ metric: metric(sample.labels), value: [time, showValue(sample.value)] })),
        parameters,
      );
    case 'matrix':
      return limited(value.series.map(matrixRow), parameters);
    default:
      return value satisfies never;
  }
};

const matrixRow = ({ labels, times, values }: SeriesWindow): unknown => ({
  metric: metric(labels),
  values: times.map((timeMs, index) => [timeMs / 1_000, showValue(values[index]!)]),
});

const metric = (labels: Labels): Readonly<Record<string, string>> => Object.fromEntries(labels);
