/** The pages of the API that show the server's own state: rules, alerts and targets, in the original's shapes. */
import { formatDuration } from '../../units.ts';
import { invalid } from './api-parameters.ts';
import type { Config } from './config.ts';
import { isActive, type ActiveAlert } from './alert-states.ts';
import { showExponent } from '../go-template/numbers.ts';
import type { RuleState, RunningGroup } from './rule-group.ts';
import type { Target } from './scraper.ts';

/** Go's zero time: never yet. */
const never = '0001-01-01T00:00:00Z';
const showTime = (timeMs: number | undefined): string =>
  timeMs === undefined ? never : new Date(timeMs).toISOString();

/** Empty lists and texts: all of them. */
export type RuleFilter = {
  readonly type: string;
  readonly rules: readonly string[];
  readonly groups: readonly string[];
  readonly files: readonly string[];
  readonly withAlerts: boolean;
};

const types: Readonly<Record<string, readonly string[]>> = {
  '': ['alerting', 'recording'],
  alert: ['alerting'],
  record: ['recording'],
};

/** A group of which no rule is left is left out, unless it has none anyway. */
export const groupsAnswer = (groups: readonly RunningGroup[], filter: RuleFilter): unknown => {
  const wanted = Object.hasOwn(types, filter.type) ? types[filter.type] : undefined;
  if (wanted === undefined) throw invalid('type', `not supported value ${JSON.stringify(filter.type)}`);
  const isIn = (names: readonly string[], name: string): boolean => names.length === 0 || names.includes(name);
  const shown = groups
    .filter(({ group }) => isIn(filter.groups, group.name) && isIn(filter.files, group.file))
    .map(({ group, intervalMs, rules, lastEvaluationMs, tookMs }) => ({
      name: group.name,
      file: group.file,
      rules: rules
        .filter(({ rule }) => wanted.includes(rule.type) && isIn(filter.rules, rule.name))
        .map((state) => ruleAnswer(state, filter.withAlerts)),
      interval: intervalMs / 1_000,
      limit: group.limit,
      evaluationTime: tookMs / 1_000,
      lastEvaluation: showTime(lastEvaluationMs),
    }));
  return { groups: filter.rules.length === 0 ? shown : shown.filter(({ rules }) => rules.length > 0) };
};

const ruleAnswer = (
  { rule, alerts, health, lastError, lastEvaluationMs, tookMs }: RuleState,
  withAlerts: boolean,
): unknown => {
  const common = {
    health,
    ...(lastError === '' ? {} : { lastError }),
    evaluationTime: tookMs / 1_000,
    lastEvaluation: showTime(lastEvaluationMs),
    type: rule.type,
  };
  const query = rule.expression.text.trim();
  if (rule.type === 'recording')
    return {
      name: rule.name,
      query,
      ...(rule.labels.size > 0 ? { labels: Object.fromEntries(rule.labels) } : {}),
      ...common,
    };
  const active = [...alerts.values()].filter(isActive);
  const state = active.some((alert) => alert.state === 'firing')
    ? 'firing'
    : active.length > 0
      ? 'pending'
      : 'inactive';
  const texts = (templates: typeof rule.labels): Record<string, string> =>
    Object.fromEntries([...templates].map(([name, { text }]) => [name, text]));
  return {
    state,
    name: rule.name,
    query,
    duration: rule.forMs / 1_000,
    keepFiringFor: rule.keepFiringForMs / 1_000,
    labels: texts(rule.labels),
    annotations: texts(rule.annotations),
    ...(withAlerts ? { alerts: active.map((alert) => alertAnswer(alert)) } : {}),
    ...common,
  };
};

const alertAnswer = ({ labels, annotations, state, activeAtMs, keepFiringSinceMs, value }: ActiveAlert): unknown => ({
  labels: Object.fromEntries(labels),
  annotations,
  state,
  activeAt: showTime(activeAtMs),
  ...(keepFiringSinceMs === undefined ? {} : { keepFiringSince: showTime(keepFiringSinceMs) }),
  value: showExponent(value),
});

export const alertsAnswer = (groups: readonly RunningGroup[]): unknown => ({
  alerts: groups.flatMap(({ rules }) =>
    rules.flatMap(({ alerts }) => [...alerts.values()].filter(isActive).map((alert) => alertAnswer(alert))),
  ),
});

/** @param state `active`, `dropped` (there are none) or `any`. */
export const targetsAnswer = (targets: readonly Target[], state: string, pool: string): unknown => ({
  activeTargets:
    state.toLowerCase() === 'dropped' ? [] : targets.filter(({ job }) => pool === '' || job === pool).map(targetAnswer),
  droppedTargets: [],
  droppedTargetCounts: {},
});

const targetAnswer = ({ job, address, labels, url, intervalMs, timeoutMs, state }: Target): unknown => ({
  discoveredLabels: {
    __address__: address,
    __metrics_path__: new URL(url).pathname,
    __scheme__: new URL(url).protocol.slice(0, -1),
    __scrape_interval__: formatDuration(intervalMs),
    __scrape_timeout__: formatDuration(timeoutMs),
    job,
  },
  labels: Object.fromEntries(labels),
  scrapePool: job,
  scrapeUrl: url,
  globalUrl: url,
  lastError: state.lastError,
  lastScrape: showTime(state.lastScrapeMs),
  lastScrapeDuration: state.lastDurationMs / 1_000,
  health: state.health,
  scrapeInterval: formatDuration(intervalMs),
  scrapeTimeout: formatDuration(timeoutMs),
});

export const alertmanagersAnswer = ({ alertmanagers }: Config): unknown => ({
  activeAlertmanagers: alertmanagers.map(({ url }) => ({ url })),
  droppedAlertmanagers: [],
});
