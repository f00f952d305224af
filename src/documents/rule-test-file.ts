/** A promtool unit-test file as the team wrote it: series in Prometheus' notation, and what rules make of them when. */
import { z } from 'zod';
import type { Place } from '../errors.ts';
import { minutes, ms, parseDuration, type Ms } from '../units.ts';
import type { Placed, Read, Source } from './document.ts';
import { text } from './fields.ts';
import { readYaml } from './yaml.ts';

type Texts = Readonly<Record<string, string>>;

export type InputSeries = { readonly series: string; readonly values: string; readonly at: Place };

export type AlertTest = Placed & {
  /** Counted from the beginning of the test. */
  readonly evalMs: Ms;
  readonly alert: string;
  /** Exactly these are firing; none: nothing may fire. */
  readonly expected: readonly { readonly labels: Texts; readonly annotations: Texts }[];
};

export type ExpressionTest = Placed & {
  readonly evalMs: Ms;
  readonly expr: string;
  readonly expected: readonly { readonly series: string; readonly value: number }[];
};

export type RuleTest = Placed & {
  readonly name: string;
  /** Between two values of a series. */
  readonly intervalMs: Ms;
  readonly series: readonly InputSeries[];
  readonly alerts: readonly AlertTest[];
  readonly expressions: readonly ExpressionTest[];
  readonly externalLabels: Texts;
  readonly externalUrl: string;
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
};

export type RuleTestFile = {
  readonly file: string;
  /** As written: relative to the file, patterns such as `*.yml` among them. */
  readonly ruleFiles: readonly { readonly pattern: string; readonly at: Place }[];
  readonly evaluationIntervalMs: Ms;
  /** Groups that are evaluated first, in this order. */
  readonly groupOrder: readonly string[];
  /** Values of expressions may differ in their last binary digit. */
  readonly fuzzy: boolean;
  readonly tests: readonly RuleTest[];
};

const expected = <Value>(read: (written: string) => Value | undefined, what: string) =>
  z.string().transform((written, context): Value => {
    const value = read(written);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${what}` });
    return z.NEVER;
  });

const duration = expected(parseDuration, 'a duration such as 30s or 5m');
const flag = expected((written) => ({ true: true, false: false })[written], 'true or false');
const number = expected((written) => {
  const value = Number(written.replace(/^([-+]?)\.?inf$/i, '$1Infinity'));
  return Number.isNaN(value) && !/^\.?nan$/i.test(written) ? undefined : value;
}, 'a number');
const moment = expected((written) => {
  const value = /^[\d.]+$/.test(written) ? Number(written) * 1_000 : Date.parse(written);
  return Number.isNaN(value) ? undefined : Math.round(value);
}, 'a time such as 2025-01-15T10:00:00Z, or seconds since 1970');

/** YAML leaves the place behind a key empty where there is nothing to say. */
const orEmpty = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape);
const listOf = <Shape extends z.ZodType>(shape: Shape) => orEmpty(z.array(shape).default([]));
const texts = orEmpty(z.record(z.string(), z.string()).default({}));

const alertTest = z.strictObject({
  eval_time: duration.default(ms(0)),
  alertname: text,
  exp_alerts: listOf(z.strictObject({ exp_labels: texts, exp_annotations: texts })),
});

const expressionTest = z.strictObject({
  expr: text,
  eval_time: duration.default(ms(0)),
  exp_samples: listOf(z.strictObject({ labels: z.string().default(''), value: number.default(0) })),
});

const shape = z.strictObject({
  rule_files: listOf(text),
  evaluation_interval: duration.default(minutes(1)),
  group_eval_order: listOf(text),
  fuzzy_compare: flag.default(false),
  tests: listOf(
    z.strictObject({
      name: z.string().default(''),
      interval: duration.optional(),
      input_series: listOf(z.strictObject({ series: text, values: z.string() })),
      alert_rule_test: listOf(alertTest),
      promql_expr_test: listOf(expressionTest),
      external_labels: texts,
      external_url: z.string().default(''),
      start_timestamp: moment.default(0),
    }),
  ),
});

export const readRuleTestFile = (source: Source): Read<RuleTestFile> => {
  const read = readYaml(source, shape, { scalars: 'text' });
  if (!read.ok) return read;
  const { value: written, places } = read.value;
  const tests = written.tests.map((test, index): RuleTest => {
    const at = (...path: (string | number)[]): Place => places.of('tests', index, ...path);
    return {
      at: at(),
      name: test.name,
      intervalMs: test.interval ?? written.evaluation_interval,
      series: test.input_series.map((each, i) => ({ ...each, at: at('input_series', i) })),
      alerts: test.alert_rule_test.map(({ eval_time: evalMs, alertname: alert, exp_alerts: alerts }, i) => ({
        ...{ at: at('alert_rule_test', i), evalMs, alert },
        expected: alerts.map(({ exp_labels: labels, exp_annotations: annotations }) => ({ labels, annotations })),
      })),
      expressions: test.promql_expr_test.map(({ expr, eval_time: evalMs, exp_samples: samples }, i) => ({
        ...{ at: at('promql_expr_test', i), evalMs, expr },
        expected: samples.map(({ labels, value }) => ({ series: labels, value })),
      })),
      externalLabels: test.external_labels,
      externalUrl: test.external_url,
      startMs: test.start_timestamp,
    };
  });
  return {
    ok: true,
    value: {
      file: source.file,
      ruleFiles: written.rule_files.map((pattern, i) => ({ pattern, at: places.of('rule_files', i) })),
      evaluationIntervalMs: written.evaluation_interval,
      groupOrder: written.group_eval_order,
      fuzzy: written.fuzzy_compare,
      tests,
    },
  };
};
