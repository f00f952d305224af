/**
 * `promtool test rules`: rule groups over written series, on a clock that is only counted. Every group is evaluated at
 * every step, whatever interval it asks for; a question is answered by the last step that is not after it.
 */
import { evaluate } from '../../promql/evaluate.ts';
import type { Expression } from '../../promql/expression.ts';
import { labelsOf, noLabels, type Labels } from '../../promql/labels.ts';
import type { Point } from '../../promql/series-notation.ts';
import { EvaluationError, type VectorSample } from '../../promql/value.ts';
import { minutes, ms, type Ms } from '../../units.ts';
import type { Annotations } from './alert-states.ts';
import type { RuleGroup } from './rule-files.ts';
import { RunningGroup } from './rule-group.ts';
import { SeriesStore } from './store.ts';

export type UnitTest = {
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly intervalMs: Ms;
  readonly evaluationIntervalMs: Ms;
  readonly series: readonly { readonly labels: Labels; readonly points: readonly Point[] }[];
  /** Moments are counted from the start. */
  readonly alerts: readonly { readonly evalMs: Ms; readonly alert: string }[];
  readonly expressions: readonly { readonly evalMs: Ms; readonly expression: Expression }[];
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly compat?: 2 | 3 | undefined;
};

export type FiringAlert = { readonly labels: Labels; readonly annotations: Annotations };

export type UnitTestAnswers = {
  /** What fires, in the order of `alerts`. */
  readonly alerts: readonly (readonly FiringAlert[])[];
  /** In the order of `expressions`; a text where the data made an answer impossible. */
  readonly expressions: readonly (readonly VectorSample[] | string)[];
  /** Rules that could not be evaluated, each once. */
  readonly failures: readonly string[];
};

export const runUnitTest = (groups: readonly RuleGroup[], test: UnitTest): UnitTestAnswers => {
  const { startMs, intervalMs, evaluationIntervalMs, externalLabels, externalUrl, compat } = test;
  const store = new SeriesStore(ms(Infinity));
  const options = { lookbackMs: minutes(5), stepMs: evaluationIntervalMs, compat };
  const parts = { store, ...options, externalLabels, externalUrl, evaluationIntervalMs, resendDelayMs: minutes(1) };
  const running = groups.map((group) => new RunningGroup(group, { ...parts, send: () => {}, nowMs: () => 0 }));
  const inputs = test.series.map(({ labels, points }) => ({ series: store.seriesOf(labels), points, next: 0 }));
  const load = (untilMs: number): void => {
    for (const input of inputs)
      for (; input.next < input.points.length && input.next * intervalMs <= untilMs; input.next++) {
        const point = input.points[input.next];
        const timeMs = startMs + input.next * intervalMs;
        if (point === 'stale') store.markStale(input.series, timeMs);
        else if (point !== undefined) store.append(input.series, timeMs, point);
      }
  };

  const firing = test.alerts.map((): readonly FiringAlert[] => []);
  const failures = new Set<string>();
  const lastMs = Math.max(0, ...[...test.alerts, ...test.expressions].map(({ evalMs }) => evalMs));
  for (let stepMs = 0; stepMs <= lastMs; stepMs += evaluationIntervalMs) {
    load(stepMs);
    for (const group of running) {
      group.evaluate(startMs + stepMs);
      for (const { rule, health, lastError } of group.rules)
        if (health === 'err') failures.add(`${rule.name} cannot be evaluated: ${lastError}`);
    }
    for (const [index, { evalMs, alert }] of test.alerts.entries())
      if (stepMs <= evalMs && evalMs < stepMs + evaluationIntervalMs) firing[index] = firingNow(running, alert);
  }
  const answers = test.expressions.map(({ evalMs, expression }) => {
    try {
      const value = evaluate(expression, store, startMs + evalMs, options);
      if (value.type === 'scalar') return [{ labels: noLabels, value: value.value }];
      return value.type === 'vector' ? value.samples : `the result is a ${value.type}, not a vector`;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      return error.message;
    }
  });
  return { alerts: firing, expressions: answers, failures: [...failures] };
};

const firingNow = (groups: readonly RunningGroup[], name: string): readonly FiringAlert[] =>
  groups
    .flatMap(({ rules }) => rules)
    .filter(({ rule }) => rule.type === 'alerting' && rule.name === name)
    .flatMap(({ alerts }) => [...alerts.values()])
    .filter(({ state }) => state === 'firing')
    .map(({ labels, annotations }) => ({ labels: labelsOf(labels), annotations }));
