/** The pages of the API that show the server's own state: rules, alerts and targets, in the original's shapes. */
import { formatDuration } from '../../units.ts';
import { isActive, type ActiveAlert } from './alert-states.ts';
import { showExponent } from './go-numbers.ts';
import type { RuleState, RunningGroup } from './rule-group.ts';
import type { Target } from './scraper.ts';

/** Go's zero time: never yet. */
const never = '0001-01-01T00:00:00Z';
const showTime = (timeMs: number | undefined): string =>
  timeMs === undefined ? never : new Date(timeMs).toISOString();

/** @param type Only rules of this type; all of them when absent. */
export const groupsAnswer = (groups: readonly RunningGroup[], type?: 'alerting' | 'recording'): unknown => ({
  groups: groups.map(({ group, intervalMs, rules, lastEvaluationMs, tookMs }) => ({
    name: group.name,
    file: group.file,
    rules: rules.filter(({ rule }) => type === undefined || rule.type === type).map((state) => ruleAnswer(state)),
    interval: intervalMs / 1_000,
    limit: group.limit,
    evaluationTime: tookMs / 1_000,
    lastEvaluation: showTime(lastEvaluationMs),
  })),
});

const ruleAnswer = ({ rule, alerts, health, lastError, lastEvaluationMs, tookMs }: RuleState): unknown => {
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
    alerts: active.map((alert) => alertAnswer(alert)),
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

export const targetsAnswer = (targets: readonly Target[]): unknown => ({
  activeTargets: targets.map(({ job, address, labels, url, intervalMs, timeoutMs, state }) => ({
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
  })),
  droppedTargets: [],
  droppedTargetCounts: {},
});
