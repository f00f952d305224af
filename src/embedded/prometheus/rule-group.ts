/** A group at work: its rules in order, at one time, each seeing what the ones before it wrote. */
import type { Value, VectorSample } from '../../promql/value.ts';
import { reasonOf } from '../../errors.ts';
import { evaluate } from '../../promql/evaluate.ts';
import { dropName, labelsKey, labelsOf, nameLabel, noLabels, type Labels } from '../../promql/labels.ts';
import type { Ms } from '../../units.ts';
import { isActive, isDue, nextAlerts, type ActiveAlert, type ActiveAlerts } from './alert-states.ts';
import type { AlertingRule, RecordingRule, Rule, RuleGroup, Templates } from './rule-files.ts';
import type { SeriesStore, StoredSeries } from './store.ts';
import { expand, type TemplateData } from './template.ts';

/** What a rule's last evaluation was like. */
export type RuleState = {
  readonly rule: Rule;
  readonly alerts: ActiveAlerts;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError: string;
  /** Milliseconds since the Unix epoch; undefined before the first one. */
  readonly lastEvaluationMs?: number;
  readonly tookMs: number;
};

type Parts = {
  readonly store: SeriesStore;
  readonly lookbackMs: number;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly evaluationIntervalMs: Ms;
  readonly resendDelayMs: Ms;
  /** Takes the alerts of a rule that Alertmanagers have to hear of now. */
  readonly send: (alerts: readonly ActiveAlert[], rule: AlertingRule, atMs: number, intervalMs: Ms) => void;
  readonly nowMs: () => number;
};

export class RunningGroup {
  readonly group: RuleGroup;
  readonly intervalMs: Ms;
  rules: readonly RuleState[];
  lastEvaluationMs: number | undefined;
  tookMs = 0;

  readonly #parts: Parts;
  /** What each rule wrote last time: what it no longer writes is stale. */
  readonly #written = new Map<Rule, ReadonlySet<StoredSeries>>();

  constructor(group: RuleGroup, parts: Parts) {
    this.group = group;
    this.#parts = parts;
    this.intervalMs = group.intervalMs ?? parts.evaluationIntervalMs;
    this.rules = group.rules.map((rule) => ({ rule, alerts: new Map(), health: 'unknown', lastError: '', tookMs: 0 }));
  }

  /** Evaluates all rules for the time `atMs`. */
  evaluate(atMs: number): void {
    const began = this.#parts.nowMs();
    this.rules = this.rules.map((state) => this.#evaluateRule(state, atMs));
    this.lastEvaluationMs = atMs;
    this.tookMs = this.#parts.nowMs() - began;
  }

  #evaluateRule(state: RuleState, atMs: number): RuleState {
    const { rule } = state;
    const began = this.#parts.nowMs();
    const ended = (): Pick<RuleState, 'lastEvaluationMs' | 'tookMs'> => ({
      lastEvaluationMs: atMs,
      tookMs: this.#parts.nowMs() - began,
    });
    try {
      const samples = this.#samplesOf(rule, atMs);
      const alerts = rule.type === 'alerting' ? this.#advance(rule, state.alerts, samples, atMs) : state.alerts;
      const written =
        rule.type === 'alerting' ? alertSeries([...alerts.values()].filter(isActive)) : recorded(rule, samples);
      this.#write(rule, written, atMs);
      return { rule, alerts, health: 'ok', lastError: '', ...ended() };
    } catch (error) {
      const alerts = error instanceof LimitExceeded ? new Map<string, ActiveAlert>() : state.alerts;
      return { rule, alerts, health: 'err', lastError: reasonOf(error), ...ended() };
    }
  }

  #samplesOf({ expression }: Rule, atMs: number): readonly VectorSample[] {
    const { store, lookbackMs, evaluationIntervalMs } = this.#parts;
    const value: Value = evaluate(expression, store, atMs - this.group.queryOffsetMs, {
      lookbackMs,
      stepMs: evaluationIntervalMs,
    });
    if (value.type === 'scalar') return [{ labels: noLabels, value: value.value }];
    if (value.type !== 'vector') throw new Error('rule result is not a vector or scalar');
    if (this.group.limit > 0 && value.samples.length > this.group.limit)
      throw new LimitExceeded(`exceeded limit of ${this.group.limit} with ${value.samples.length} series`);
    return value.samples;
  }

  #advance(rule: AlertingRule, before: ActiveAlerts, samples: readonly VectorSample[], atMs: number): ActiveAlerts {
    const { externalLabels, externalUrl, send, resendDelayMs } = this.#parts;
    const found = samples.map(({ labels, value }) => {
      const data: TemplateData = { labels, value, externalLabels, externalUrl };
      const own = filled(rule.labels, data);
      const final = labelsOf([...dropName(labels), ...own, ['alertname', rule.name]]);
      return { labels: final, annotations: Object.fromEntries(filled(rule.annotations, data)), value };
    });
    if (new Set(found.map(({ labels }) => labelsKey(labels))).size < found.length)
      throw new Error('vector contains metrics with the same labelset after applying alert labels');
    const after = new Map(nextAlerts(before, found, rule, atMs));
    const due = [...after].filter(([, alert]) => isDue(alert, atMs, resendDelayMs));
    for (const [key, alert] of due) after.set(key, { ...alert, lastSentAtMs: atMs });
    if (due.length > 0)
      send(
        due.map(([, alert]) => alert),
        rule,
        atMs,
        this.intervalMs,
      );
    return after;
  }

  #write(rule: Rule, samples: readonly VectorSample[], atMs: number): void {
    const { store } = this.#parts;
    const series = new Set<StoredSeries>();
    for (const { labels, value } of samples) {
      const one = store.seriesOf(labels);
      store.append(one, atMs, value);
      series.add(one);
    }
    for (const one of this.#written.get(rule) ?? []) if (!series.has(one)) store.markStale(one, atMs);
    this.#written.set(rule, series);
  }
}

class LimitExceeded extends Error {}

const filled = (templates: Templates, data: TemplateData): readonly (readonly [string, string])[] =>
  [...templates].map(([name, text]) => [name, expand(text, data)]);

const recorded = ({ name, labels }: RecordingRule, samples: readonly VectorSample[]): readonly VectorSample[] => {
  const written = samples.map((sample) => ({
    labels: labelsOf([...sample.labels, ...labels, [nameLabel, name]]),
    value: sample.value,
  }));
  if (new Set(written.map((sample) => labelsKey(sample.labels))).size < written.length)
    throw new Error('vector contains metrics with the same labelset after applying rule labels');
  return written;
};

/** The series by which expressions and dashboards see alerts. */
const alertSeries = (alerts: readonly ActiveAlert[]): readonly VectorSample[] =>
  alerts.flatMap(({ labels, state, activeAtMs }) => [
    { labels: labelsOf([...labels, ['alertstate', state], [nameLabel, 'ALERTS']]), value: 1 },
    { labels: labelsOf([...labels, [nameLabel, 'ALERTS_FOR_STATE']]), value: Math.floor(activeAtMs / 1_000) },
  ]);
