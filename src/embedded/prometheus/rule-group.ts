/** A group at work: its rules in order, at one time, each seeing what the ones before it wrote. */
import type { VectorSample } from '../../promql/value.ts';
import { reasonOf } from '../../errors.ts';
import { evaluate, type EvaluateOptions } from '../../promql/evaluate.ts';
import type { Expression } from '../../promql/expression.ts';
import { dropName, labelsKey, labelsOf, nameLabel, noLabels, type Labels } from '../../promql/labels.ts';
import { parsePromql } from '../../promql/parse.ts';
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
  readonly compat?: EvaluateOptions['compat'];
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

  /** Goes on where `before`, the same group of an older configuration, has stopped: rules that stayed keep their alerts. */
  takeOver(before: RunningGroup, atMs: number): void {
    const old = new Map(before.rules.map((state) => [identityOf(state.rule), state]));
    this.rules = this.rules.map((state) => {
      const key = identityOf(state.rule);
      const known = old.get(key);
      if (known === undefined) return state;
      old.delete(key);
      this.#written.set(state.rule, before.#written.get(known.rule) ?? new Set());
      before.#written.delete(known.rule);
      return { ...known, rule: state.rule };
    });
    before.end(atMs);
  }

  /** What it has written is gone from now on. */
  end(atMs: number): void {
    for (const series of this.#written.values()) for (const one of series) this.#parts.store.markStale(one, atMs);
    this.#written.clear();
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
      const samples = this.#resultOf(rule, atMs);
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

  /** What `rule` finds at `atMs`. */
  #resultOf({ expression }: Rule, atMs: number): readonly VectorSample[] {
    const samples = this.#samplesOf(expression, atMs - this.group.queryOffsetMs);
    const { limit } = this.group;
    if (limit > 0 && samples.length > limit)
      throw new LimitExceeded(`exceeded limit of ${limit} with ${samples.length} series`);
    return samples;
  }

  #samplesOf(expression: Expression, atMs: number): readonly VectorSample[] {
    const { store, lookbackMs, evaluationIntervalMs, compat } = this.#parts;
    const value = evaluate(expression, store, atMs, { lookbackMs, stepMs: evaluationIntervalMs, compat });
    if (value.type === 'scalar') return [{ labels: noLabels, value: value.value }];
    if (value.type !== 'vector') throw new Error('rule result is not a vector or scalar');
    return value.samples;
  }

  #advance(rule: AlertingRule, before: ActiveAlerts, samples: readonly VectorSample[], atMs: number): ActiveAlerts {
    const { externalLabels, externalUrl, send, resendDelayMs } = this.#parts;
    const found = samples.map(({ labels, value }) => {
      const data: TemplateData = {
        labels,
        value,
        externalLabels,
        externalUrl,
        atMs,
        query: (text) => this.#query(text, atMs),
      };
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

  /** What a template asks. */
  #query(text: string, atMs: number): readonly VectorSample[] {
    const parsed = parsePromql(text);
    if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
    return this.#samplesOf(parsed.expression, atMs);
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

/** As in the original, a rule is the same when its name and labels are; its expression may change under its alerts. */
const identityOf = ({ type, name, labels }: Rule): string =>
  JSON.stringify([
    type,
    name,
    ...[...labels].map(([label, text]) => [label, typeof text === 'string' ? text : text.text]),
  ]);

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
