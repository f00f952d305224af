/**
 * From documents to a plan: everything that can be known before anything is touched is found out here, and everything
 * that is wrong is said at once, with its place.
 */
import type { Read } from '../documents/document.ts';
import type { AlertExpectation, Bound, Capability, Experiment, Tolerance } from '../documents/experiment.ts';
import type { Reference } from '../documents/reference.ts';
import { isOwnService, serviceWords } from '../documents/service-settings.ts';
import type { AlertingRule, RuleFile } from '../documents/rule-file.ts';
import { suggestName } from '../documents/suggestion.ts';
import type { Place, Problem } from '../errors.ts';
import { compressExpression } from '../promql/compress.ts';
import type { Expression } from '../promql/expression.ts';
import { parsePromql } from '../promql/parse.ts';
import { thresholdOf } from '../promql/threshold.ts';
import { ms, seconds, type Ms } from '../units.ts';
import { plannedDrill } from './drill.ts';
import { markProblems } from './drill-mark.ts';
import type { DrillMode, Plan, PlannedAlert, PlannedProbe, PlannedRule, PlannedTarget } from './plan.ts';

/** What the plan needs to know of a fault; the rest of it is none of the plan's business. */
export type PlannableFault = {
  readonly needs: readonly Capability[];
  readonly describe: (params: unknown) => string;
};

export type PlanInput = {
  readonly experiment: Experiment;
  /** The reference and the SHA-256 of the postmortem as it is now. */
  readonly reference: { readonly document: Reference; readonly postmortemSha256: string } | null;
  readonly ruleFiles: readonly RuleFile[];
  readonly faults: Readonly<Record<string, PlannableFault>>;
  readonly environment: {
    readonly kind: Plan['environment'];
    readonly capabilities: readonly Capability[];
    readonly target?: PlannedTarget;
  };
  readonly monitoring: NonNullable<Plan['monitoring']>;
  readonly originals?: Plan['originals'];
  readonly proof: Plan['proof'];
  /** 1 or more. */
  readonly speed: number;
  readonly seed: number;
  /** What `compressRules` left alone. */
  readonly realTime: Plan['realTime'];
  /** Followed instead of the one behind the alert's runbook_url. */
  readonly runbookFile: string | null;
  /** null in `verify`. Within it, null means what the experiment says. */
  readonly drill: {
    readonly mode: DrillMode;
    readonly timeScale: number | null;
    readonly limitMs: Ms | null;
  } | null;
  readonly documents: Plan['documents'];
};

export const makePlan = (input: PlanInput): Read<Plan> => {
  const { experiment, reference, faults, environment, speed } = input;
  const problems: Problem[] = [];
  const probe = (tolerance: Tolerance): PlannedProbe => plannedProbe(tolerance, speed, problems);
  const own = isOwnService(experiment.service) ? experiment.service : undefined;
  if (own !== undefined) problems.push(...ofShop(experiment, serviceWords(own, environment.kind), faults));
  // What is refused already is not refused again for what else it needs.
  const others = experiment.faults.filter(({ fault }) => own === undefined || !needsShop(faults, fault));
  const missing = needsOf({ ...experiment, faults: others }, faults).filter(
    (need) => !environment.capabilities.includes(need),
  );
  if (missing.length > 0)
    problems.push({
      message: `${experiment.name} needs ${missing.join(', ')}; the ${environment.kind} environment cannot do that`,
      at: { file: experiment.file, line: 1, column: 1 },
      hint: `choose another environment, or an experiment that needs only ${environment.capabilities.join(', ')}`,
    });
  if (input.monitoring.drillMark != null) problems.push(...markProblems(input.ruleFiles, input.monitoring.drillMark));
  const plan: Plan = {
    version: 1,
    experiment: { name: experiment.name, title: experiment.title, file: experiment.file },
    mode: input.drill === null ? 'verify' : 'drill',
    proof: input.proof,
    speed,
    seed: input.seed,
    environment: environment.kind,
    ...(environment.target === undefined ? {} : { target: environment.target }),
    monitoring: input.monitoring,
    ...(input.originals === undefined ? {} : { originals: input.originals }),
    needs: experiment.needs,
    service: experiment.service,
    load: experiment.load,
    steadyState: experiment.steadyState.map(probe),
    faults: experiment.faults.map(({ fault, params, atMs }, index) => ({
      id: `${index + 1}-${fault}`,
      fault,
      params,
      atMs,
      description: faults[fault]?.describe(params) ?? fault,
    })),
    impact: experiment.impact ?? null,
    alerts: experiment.expect.alerts.flatMap((alert) => plannedAlert(alert, input.ruleFiles, speed, problems)),
    quiet: experiment.expect.quiet,
    realTime: input.realTime,
    runbook:
      experiment.expect.runbook === undefined
        ? null
        : {
            alert: experiment.expect.runbook.alert,
            verdict: experiment.expect.runbook.verdict,
            withinMs: experiment.expect.runbook.withinMs,
            file: input.runbookFile,
          },
    abort: experiment.abort.map(({ name, promql, forMs, at, ...bound }) => ({
      // What a restart may take is a matter of real seconds, so this `for` is not compressed.
      forMs,
      probe: probe({ name, at, language: 'promql', query: promql, ...onlyBound(bound) }),
    })),
    truth: { ...experiment.truth, healed: experiment.truth.healed.map(probe) },
    reference:
      reference === null
        ? null
        : {
            file: reference.document.file,
            postmortem: reference.document.postmortem.file,
            drifted: reference.document.postmortem.sha256 !== reference.postmortemSha256,
            granularityMs: reference.document.granularityMs,
            severity: reference.document.severity,
            timeline: reference.document.timeline,
            actionItems: reference.document.actionItems,
          },
    observation: {
      warmUpMs: seconds(2),
      baselineMs: seconds(3),
      impactMs: seconds(3),
      windowMs: ms(500),
      healed: { good: 8, of: 10 },
      settleMs: seconds(5),
    },
    drill:
      input.drill === null ? null : plannedDrill(experiment, reference?.document ?? null, { ...input.drill, speed }),
    documents: input.documents,
  };
  return problems.length === 0 ? { ok: true, value: plan } : { ok: false, problems };
};

/** Faults that only the built-in shop can have. */
const ofShop = (experiment: Experiment, words: string, faults: PlanInput['faults']): readonly Problem[] =>
  experiment.faults
    .filter(({ fault }) => needsShop(faults, fault))
    .map(({ fault, at }) => ({
      message: `${fault} needs the built-in shop; the service of gameday.yaml is "${words}"`,
      at,
      hint: `use one of: ${Object.keys(faults)
        .filter((name) => !needsShop(faults, name))
        .join(', ')}`,
    }));

const needsShop = (faults: PlanInput['faults'], name: string): boolean => faults[name]?.needs.includes('shop') === true;

/** What it says it needs, what its faults do, and what its measurements and alerts cannot be had without. */
export const needsOf = (experiment: Experiment, faults: PlanInput['faults']): readonly Capability[] => {
  const { needs, steadyState, expect, abort, truth } = experiment;
  const asksMetrics = [...steadyState, ...truth.healed].some(({ language }) => language === 'promql');
  return [
    ...new Set<Capability>([
      ...needs,
      ...experiment.faults.flatMap(({ fault }) => faults[fault]?.needs ?? []),
      ...(asksMetrics || abort.length > 0 || expect.alerts.length > 0 ? (['prometheus'] as const) : []),
      ...(expect.alerts.length > 0 ? (['alertmanager'] as const) : []),
    ]),
  ];
};

const onlyBound = ({ below, above }: Bound): Bound => ({
  ...(below === undefined ? {} : { below }),
  ...(above === undefined ? {} : { above }),
});

const plannedProbe = (tolerance: Tolerance, speed: number, problems: Problem[]): PlannedProbe => {
  const { name, query, at } = tolerance;
  if (tolerance.language === 'sql') return { name, written: query, at, language: 'sql', query };
  const expression = parsed(query, () => at, problems);
  const compressed = expression === undefined ? query : compressedOrProblem(expression, speed, at, name, problems);
  return { name, written: query, at, language: 'promql', query: compressed, ...onlyBound(tolerance) };
};

const plannedAlert = (
  alert: AlertExpectation,
  ruleFiles: readonly RuleFile[],
  speed: number,
  problems: Problem[],
): readonly PlannedAlert[] => {
  const rules = ruleFiles.flatMap(({ groups }) =>
    groups.flatMap((group) => group.rules.filter((rule) => 'alert' in rule)),
  );
  const named = rules.filter((each) => each.alert === alert.name);
  // A team may have one alert in two severities; the expected labels tell which one is meant.
  const rule = named.find((each) => agree(each.labels, alert.labels)) ?? named[0];
  if (rule === undefined) {
    problems.push({
      message: `alert "${alert.name}" is expected, but no rule file defines it`,
      at: alert.at,
      hint: suggestName(
        alert.name,
        rules.map((each) => each.alert),
      ),
    });
    return [];
  }
  const { name, at, labels, withinMs, receiver, resolvesWithinMs } = alert;
  return [
    {
      name,
      at,
      labels,
      withinMs,
      receiver,
      resolvesWithinMs: resolvesWithinMs ?? null,
      rule: plannedRule(rule, speed, problems),
    },
  ];
};

type Labels = Readonly<Record<string, string>>;

/** Labels that a rule sets by a template, or does not set, may turn out to be anything. */
const agree = (set: Labels, expected: Labels): boolean =>
  Object.entries(expected).every(([name, value]) => {
    const written = set[name];
    return written === undefined || written.includes('{{') || written === value;
  });

const plannedRule = (rule: AlertingRule, speed: number, problems: Problem[]): PlannedRule => {
  const expression = parsedRule(rule, problems);
  const threshold = expression === undefined ? undefined : thresholdOf(expression);
  // Only a part of an expression that compressed as a whole is cut out, so this cannot fail where that did not.
  const part = threshold === undefined ? undefined : parsePromql(threshold.query);
  const query = part?.ok === true ? compressExpression(part.expression, speed) : undefined;
  return {
    at: rule.at,
    expr: rule.expr,
    compressed:
      expression === undefined ? rule.expr : compressedOrProblem(expression, speed, rule.exprAt, rule.alert, problems),
    forMs: rule.forMs,
    labels: rule.labels,
    runbookUrl: rule.annotations['runbook_url'] ?? null,
    threshold:
      threshold === undefined || query?.ok !== true
        ? null
        : { query: query.text, op: threshold.op, value: threshold.value },
  };
};

/** The expression of a rule, or its problems at their places in the rule file. */
export const parsedRule = (
  { expr, exprAt }: { readonly expr: string; readonly exprAt: Place },
  problems: Problem[],
): Expression | undefined =>
  parsed(
    expr,
    (offset) => {
      const before = expr.slice(0, offset).split('\n');
      const { line, column } = exprAt;
      return { ...exprAt, line: line + before.length - 1, column: column + (before.at(-1) ?? '').length };
    },
    problems,
  );

const parsed = (query: string, placeOf: (offset: number) => Place, problems: Problem[]): Expression | undefined => {
  const result = parsePromql(query);
  if (result.ok) return result.expression;
  for (const { message, from } of result.problems)
    problems.push({ message: `${message} in ${query.trim()}`, at: placeOf(from) });
  return undefined;
};

const compressedOrProblem = (
  expression: Expression,
  speed: number,
  at: Place,
  name: string,
  problems: Problem[],
): string => {
  const compressed = compressExpression(expression, speed);
  if (compressed.ok) return compressed.text;
  problems.push({
    message: `${name} cannot be run ${speed} times as fast: ${compressed.reason}`,
    at,
    hint: 'use a rate instead of a total, or run in real time with --speed 1',
  });
  return expression.text;
};
