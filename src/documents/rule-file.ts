/** A Prometheus rule file as the team wrote it, unchanged; expressions stay text here and are parsed by `promql/`. */
import { z } from 'zod';
import type { Place } from '../errors.ts';
import { parseDuration, ms, type Ms } from '../units.ts';
import type { Placed, Read, Source } from './document.ts';
import { labels, text, uniqueBy } from './fields.ts';
import { readYaml } from './yaml.ts';

export type AlertingRule = Placed & {
  readonly alert: string;
  readonly expr: string;
  /** Where the text of `expr` begins in the file. */
  readonly exprAt: Place;
  readonly forMs: Ms;
  readonly keepFiringForMs: Ms;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
export type RecordingRule = Placed & {
  readonly record: string;
  readonly expr: string;
  readonly exprAt: Place;
  readonly labels: Readonly<Record<string, string>>;
};
export type RuleGroup = {
  readonly name: string;
  readonly intervalMs?: Ms;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
};
export type RuleFile = { readonly file: string; readonly groups: readonly RuleGroup[] };

/** The name of a label as Prometheus' rule files require it. */
const labelName = /^[a-zA-Z_]\w*$/;
const metricName = /^[a-zA-Z_:][\w:]*$/;

const duration = text.transform((written, context): Ms => {
  const parsed = parseDuration(written);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a duration such as 30s or 5m' });
  return z.NEVER;
});

/** Prometheus reads a key without a value as if it were not there. */
const orNothing = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape);

const ruleLabels = labels.superRefine((pairs, context) => {
  for (const name of Object.keys(pairs)) {
    if (labelName.test(name) && name !== '__name__') continue;
    const message = `"${name}" cannot be the name of a label; expected letters, digits and _, and not __name__`;
    context.addIssue({ code: 'custom', path: [name], message, params: { hint: 'rename the label' } });
  }
});

const rule = z
  .strictObject({
    alert: text.optional(),
    record: text.optional(),
    expr: text,
    for: duration.optional(),
    keep_firing_for: duration.optional(),
    labels: orNothing(ruleLabels.default({})),
    annotations: orNothing(labels.default({})),
  })
  .superRefine((written, context) => {
    const problem = (message: string, hint: string, ...path: string[]): void =>
      context.addIssue({ code: 'custom', path, message, params: { hint } });
    if ((written.alert === undefined) === (written.record === undefined))
      problem('a rule has either alert or record, exactly one of them', 'write alert: NAME, or record: NAME');
    if (written.record === undefined || written.alert !== undefined) return;
    if (!metricName.test(written.record))
      problem(`"${written.record}" cannot be the name of a metric`, 'use letters, digits, _ and :', 'record');
    for (const key of ['for', 'keep_firing_for'] as const)
      if (written[key] !== undefined)
        problem(`${key} belongs to alerts; this rule records a metric`, `remove ${key}:`, key);
    if (Object.keys(written.annotations).length > 0)
      problem('annotations belong to alerts; this rule records a metric', 'remove annotations:', 'annotations');
  });

const group = z.strictObject({
  name: text,
  interval: duration.optional(),
  limit: z.string().regex(/^\d+$/, 'expected a whole number').optional(),
  query_offset: duration.optional(),
  labels: orNothing(ruleLabels.default({})),
  rules: orNothing(z.array(rule).default([])),
});

const shape = z.strictObject({ groups: orNothing(z.array(group).default([]).superRefine(uniqueBy('name'))) });

/** Reads a Prometheus rule file as Prometheus does: an unknown field is an error, every scalar is text. */
export const readRuleFile = (source: Source): Read<RuleFile> => {
  const read = readYaml(source, shape, { scalars: 'text' });
  if (!read.ok) return read;
  const { value: written, places } = read.value;
  const groups = written.groups.map(({ name, interval, labels: shared, rules }, groupIndex): RuleGroup => ({
    name,
    ...(interval === undefined ? {} : { intervalMs: interval }),
    rules: rules.map(
      ({ alert, record, expr, for: forMs, keep_firing_for: keepFiringForMs, labels: own, annotations }, index) => {
        const path = ['groups', groupIndex, 'rules', index] as const;
        const common = {
          at: places.of(...path),
          expr,
          exprAt: places.ofText(...path, 'expr'),
          labels: { ...shared, ...own },
        };
        if (record !== undefined) return { ...common, record };
        return {
          ...common,
          alert: alert ?? '',
          forMs: forMs ?? ms(0),
          keepFiringForMs: keepFiringForMs ?? ms(0),
          annotations,
        };
      },
    ),
  }));
  return { ok: true, value: { file: source.file, groups } };
};
