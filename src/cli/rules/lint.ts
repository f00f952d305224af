/**
 * What is allowed in a rule file and still cannot work: an alert of which nobody is told what to do, a label that changes
 * with every value, a window that its scrapes cannot fill, a metric that nobody exposes.
 */
import type { AlertingRule, RecordingRule, RuleFile } from '../../documents/rule-file.ts';
import { suggestName } from '../../documents/suggestion.ts';
import type { Place, Problem } from '../../errors.ts';
import { nodesOf, unwrapped, type Expression, type Node } from '../../promql/expression.ts';
import { nameLabel } from '../../promql/labels.ts';
import { parsePromql } from '../../promql/parse.ts';
import { metricNames } from '../../promql/threshold.ts';
import { formatDuration, minutes, ms, type Ms } from '../../units.ts';

export type LintContext = {
  /** Of the job that is scraped most often, and of the rules; undefined where no configuration says so. */
  readonly scrapeIntervalMs?: Ms | undefined;
  readonly evaluationIntervalMs?: Ms | undefined;
  /** Every metric that a live target exposes; undefined where none was asked. */
  readonly exposed?: ReadonlySet<string> | undefined;
  /** Why nobody gets to the runbook behind this address; undefined where it is there. */
  readonly deadLink: (url: string) => string | undefined;
};

/** @param files Syntactically right. What one of them records, another one may use. */
export const ruleLints = (files: readonly RuleFile[], context: LintContext): readonly Problem[] => {
  const rules = files.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));
  const known = context.exposed && new Set([...context.exposed, ...recorded, ...alwaysThere]);
  return files.flatMap(({ groups }) =>
    groups.flatMap(({ intervalMs, rules: own }) =>
      own.flatMap((rule) => {
        const parsed = parsePromql(rule.expr);
        const everyMs = intervalMs ?? context.evaluationIntervalMs;
        return [
          ...(parsed.ok ? windowProblems(rule, parsed.expression, context.scrapeIntervalMs) : []),
          ...(parsed.ok && known !== undefined ? metricProblems(rule, parsed.expression, known) : []),
          ...('alert' in rule ? alertProblems(rule, everyMs, context.deadLink) : []),
        ];
      }),
    ),
  );
};

/** The series that Prometheus itself writes. */
const alwaysThere = [
  'ALERTS', 'ALERTS_FOR_STATE', 'up', 'scrape_duration_seconds', 'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling', 'scrape_series_added',
]; // prettier-ignore

type Rule = AlertingRule | RecordingRule;

const nameOf = (rule: Rule): string => ('alert' in rule ? rule.alert : rule.record);

/** Where in the file something of an expression stands. */
const placeIn = ({ expr, exprAt }: Rule, offset: number): Place => {
  const before = expr.slice(0, offset).split('\n');
  const { line, column } = exprAt;
  return { ...exprAt, line: line + before.length - 1, column: column + (before.at(-1) ?? '').length };
};

const pairwise = new Set<string>([
  'rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'predict_linear',
]); // prettier-ignore

/** A window holds as many samples as scrapes fit into it; what compares two needs room for two. */
const windowProblems = (rule: Rule, { root }: Expression, scrapeMs: Ms | undefined): readonly Problem[] => {
  if (scrapeMs === undefined) return [];
  return [...nodesOf(root)].flatMap((node) => {
    if (node.kind !== 'call') return [];
    const range = node.args.map(unwrapped).find((arg): arg is Extract<Node, { kind: 'range' }> => arg.kind === 'range');
    const needed = pairwise.has(node.name) ? 2 : 1;
    if (range === undefined || range.rangeMs >= scrapeMs * needed) return [];
    return [
      {
        message:
          `${nameOf(rule)}: ${node.name} over ${formatDuration(range.rangeMs)} needs ${needed === 2 ? 'two samples' : 'a sample'}; ` +
          `at a scrape every ${formatDuration(scrapeMs)} the window may hold ${needed === 2 ? 'only one' : 'none'}`,
        at: placeIn(rule, range.from),
        hint: `use a window of ${formatDuration(ms(scrapeMs * 4))} or more`,
      },
    ];
  });
};

const metricProblems = (rule: Rule, expression: Expression, known: ReadonlySet<string>): readonly Problem[] =>
  metricNames(expression)
    .filter((name) => !known.has(name))
    .map((name) => {
      const from = [...nodesOf(expression.root)].find(
        (node) =>
          node.kind === 'selector' && node.matchers.some(({ label, value }) => label === nameLabel && value === name),
      )?.from;
      return {
        message: `${nameOf(rule)}: no target exposes ${name}`,
        at: placeIn(rule, from ?? 0),
        hint: suggestName(name, [...known]),
      };
    });

const alertProblems = (
  rule: AlertingRule,
  everyMs: Ms | undefined,
  deadLink: LintContext['deadLink'],
): readonly Problem[] => {
  const { alert, at, labels, annotations, forMs } = rule;
  const problems: Problem[] = [];
  const changing = Object.entries(labels).find(([, text]) => /\{\{[^}]*(?:\$value|\.Value)\b/.test(text))?.[0];
  if (changing !== undefined)
    problems.push({
      message:
        `${alert}: label ${changing} holds the value, so every new value is a new alert` +
        (forMs > 0 ? `, and none lasts for ${formatDuration(forMs)}` : ''),
      at,
      hint: 'put the value into an annotation',
    });
  const url = annotations['runbook_url'];
  const dead = url === undefined ? undefined : deadLink(url);
  if (dead !== undefined)
    problems.push({ message: `${alert}: its runbook_url is dead: ${dead}`, at, hint: 'correct the address' });
  if (url === undefined && /^(?:page|critical)$/.test(labels['severity'] ?? ''))
    problems.push({ message: `${alert} wakes somebody up without a runbook_url`, at, hint: 'write one, and link it' });
  if (everyMs !== undefined && forMs > 0 && forMs < everyMs)
    problems.push({
      message: `${alert}: for ${formatDuration(forMs)} is shorter than an evaluation interval of ${formatDuration(everyMs)}`,
      at,
      hint: `it waits until the next evaluation: write for: ${formatDuration(everyMs)}, or no for`,
    });
  return problems;
};

/** A scrape interval at which a plain selector loses its series between two scrapes. */
export const lookbackProblem = (scrapeIntervalMs: Ms): string | undefined =>
  scrapeIntervalMs < minutes(5)
    ? undefined
    : `scraped every ${formatDuration(scrapeIntervalMs)}, a series is gone before its next sample: Prometheus looks back 5m`;
