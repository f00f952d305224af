/** The room's door: what the rest of the product uses of the language. */
export { compressExpression, type Compressed } from './compress.ts';
export { evaluate, type EvaluateOptions } from './evaluate.ts';
export type { Expression } from './expression.ts';
export { parsePromql, type ExpressionProblem, type ParsedExpression } from './parse.ts';
export type { Series, SeriesSource } from './series.ts';
export { metricNames, thresholdOf, type Threshold } from './threshold.ts';
export type { Value } from './value.ts';
