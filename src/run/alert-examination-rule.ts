/** What the server and the team's own files say of one alert: its rule, what the rule saw, and where the alert would go. */
import type { AlertExamination, AlertRoute } from '../journal/alert-facts.ts';
import { conditionsOf, selectorsMissing } from '../promql/conditions.ts';
import { nodesOf, type Expression, type Selector } from '../promql/expression.ts';
import type { Labels } from '../promql/labels.ts';
import { acceptsAll, nameAskedFor } from '../promql/matchers.ts';
import { parsePromql } from '../promql/parse.ts';
import { ms, type Ms } from '../units.ts';
import type { Points, PrometheusApi, RuleSeen, Span, TargetSeen } from './alert-examination-api.ts';
import {
  agree,
  conditionFacts,
  failedTargets,
  missingSelector,
  ownPoints,
  showSelector,
  stretchesOf,
  targetKey,
} from './alert-examination-facts.ts';

type Texts = Readonly<Record<string, string>>;

/** What the team's own files say; a server shows its rules at the run's speed, and its routes not at all. */
export type AlertingFiles = {
  /** The alerts of this name as they are written. */
  readonly rulesOf: (alert: string) => readonly { readonly expr: string; readonly labels: Texts }[];
  /** What becomes of an alert with these labels. */
  readonly routesOf: (labels: Texts) => readonly AlertRoute[];
};

export type Subject = {
  readonly alert: string;
  /** null: nobody expects it. */
  readonly wanted: Texts | null;
  /** Under which it fired, where it did. */
  readonly fired: Texts | undefined;
};

/** The trial so far, and the part of it in which something of ours may have changed the system. */
export type Spans = { readonly whole: Span; readonly watched: Span };

export type World = Spans & {
  readonly api: PrometheusApi;
  readonly rules: readonly RuleSeen[];
  readonly targets: readonly TargetSeen[];
  /** Of every target, over the whole trial. */
  readonly ups: readonly Points[];
  readonly files: AlertingFiles;
};

/** Of each series: on a busy machine a server needs its time, and more points are hardly a better answer. */
const pointsMax = 300;
/** Since when a series was there is asked in as many steps. */
const firstSeenPoints = 60;
/** Of the parts of one expression. */
const partsMax = 8;

const lengthOf = ({ fromMs, untilMs }: Span): number => untilMs - fromMs;

/** Milliseconds between the points that are asked for over `span`. */
export const stepOver = (span: Span, leastMs = 1): number => Math.max(1, leastMs, lengthOf(span) / pointsMax);

export const examinationOf = async (subject: Subject, world: World): Promise<AlertExamination | undefined> => {
  const { alert, wanted, fired } = subject;
  const { api, rules, targets, ups, files, whole, watched } = world;
  const labels = { ...wanted, ...fired };
  const meant = <Rule extends { readonly labels: Texts }>(named: readonly Rule[]): Rule | undefined =>
    named.find((each) => agree(new Map(Object.entries(each.labels)), labels)) ?? named[0];
  const rule = meant(rules.filter(({ name }) => name === alert));
  const written = meant(files.rulesOf(alert))?.expr.trim();
  const parsed = rule === undefined ? undefined : parsePromql(rule.query);
  if (rule === undefined || parsed?.ok !== true) return undefined;
  const { expression } = parsed;
  const stepMs = stepOver(watched, rule.evaluationMs / 4);
  const common = {
    ...{ expr: written ?? rule.query.trim(), error: rule.lastError.slice(0, 500) },
    ...{ evaluationMs: rule.evaluationMs, forMs: rule.forMs },
    conditions: await conditionsIn(expression, written, (query) =>
      api.range(query, watched, stepMs).then((points) => ownPoints(points, labels)),
    ),
    routes: files.routesOf({ ...rule.labels, ...labels, alertname: alert }).slice(0, 5),
  };
  // What fired and nobody expects is explained by what made it fire.
  if (wanted === null)
    return { ...common, scrapeMs: null, seriesFirstMs: null, missing: [], stretches: [], targets: [] };
  const [selected, truth] = await Promise.all([
    selectedSeries(expression, api, whole),
    api.range(expression.text, watched, stepMs).catch(() => []), // the rule's own error will say why
  ]);
  const feeding = new Set(
    selected.flatMap(({ matching }) =>
      matching.map((each) => targetKey(each.get('job') ?? '', each.get('instance') ?? '')),
    ),
  );
  const first = selected.flatMap(({ firstMs }) => firstMs ?? []);
  const scrapes = targets.filter(({ job, instance }) => feeding.has(targetKey(job, instance)));
  return {
    ...common,
    scrapeMs: ms(Math.max(0, ...scrapes.map(({ scrapeMs }) => scrapeMs ?? 0))),
    seriesFirstMs: first.length === 0 ? null : ms(Math.min(...first)),
    missing: await missingIn(expression, selected, api),
    stretches: stretchesOf(ownPoints(truth, labels), stepMs),
    targets: failedTargets(ups, targets, feeding, watched),
  };
};

type Selected = {
  readonly selector: Selector;
  readonly ofThatName: readonly Labels[];
  readonly matching: readonly Labels[];
  readonly firstMs: Ms | null;
};

const selectedSeries = ({ root }: Expression, api: PrometheusApi, whole: Span): Promise<readonly Selected[]> =>
  Promise.all(
    [...nodesOf(root)]
      .filter((node) => node.kind === 'selector')
      .map(async (selector) => {
        const { matchers } = selector;
        const text = showSelector(matchers);
        const name = nameAskedFor(matchers);
        const [ofThatName, counted] = await Promise.all([
          api.series(name === undefined ? text : `{__name__=${JSON.stringify(name)}}`, whole),
          api.range(`count(${text})`, whole, Math.max(1, lengthOf(whole) / firstSeenPoints)),
        ]);
        const matching = ofThatName.filter((labels) => acceptsAll(matchers, labels));
        return { selector, ofThatName, matching, firstMs: counted[0]?.points[0]?.[0] ?? null };
      }),
  );

const missingIn = async (
  expression: Expression,
  selected: readonly Selected[],
  api: PrometheusApi,
): Promise<AlertExamination['missing']> => {
  const found = new Map(selected.map((each) => [each.selector, each]));
  const missing = selectorsMissing(expression, (selector) => (found.get(selector)?.matching.length ?? 0) > 0);
  const names = missing.length === 0 ? [] : await api.metricNames();
  const facts = missing.map((selector) =>
    missingSelector(selector.matchers, found.get(selector)?.ofThatName ?? [], names),
  );
  return [...new Map(facts.map((each) => [each.selector, each])).values()].slice(0, partsMax);
};

/** The parts as written stand where the parts as run do: compressing changes durations only. */
const conditionsIn = (
  expression: Expression,
  written: string | undefined,
  ask: (query: string) => ReturnType<PrometheusApi['range']>,
): Promise<AlertExamination['conditions']> => {
  const original = written === undefined ? undefined : parsePromql(written);
  const texts = original?.ok === true ? conditionsOf(original.expression) : [];
  return Promise.all(
    conditionsOf(expression)
      .slice(0, partsMax)
      .map(async (condition, index) =>
        conditionFacts(condition, texts[index]?.query ?? condition.query, await ask(condition.query).catch(() => [])),
      ),
  );
};
