/**
 * What other rules would have made of a recorded outage: the rules of then and those of now are evaluated over the same
 * samples at the same moments, so nothing but the rules differs. The fault trial counts, from its fault in effect.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../embedded/prometheus/config.ts';
import { replay, type Firing, type Replayed } from '../../embedded/prometheus/replay.ts';
import { readRules } from '../../embedded/prometheus/rule-files.ts';
import { readSamples } from '../../embedded/prometheus/samples-file.ts';
import { GamedayError } from '../../errors.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { Plan, PlannedAlert } from '../../plan/plan.ts';
import { compressPrometheus, compressRules } from '../../plan/speed.ts';
import { minutes, ms, type Ms } from '../../units.ts';
import { monitoringNames } from '../project/monitoring-names.ts';
import { completed } from '../project/monitoring.ts';

export type AlertChange = {
  readonly alert: string;
  /** Of an expected alert: how late it may be. */
  readonly withinMs: Ms | null;
  /** From the fault to the firing in the team's own time; null: it did not fire. */
  readonly thenMs: Ms | null;
  readonly nowMs: Ms | null;
  readonly change: 'as before' | 'earlier' | 'later' | 'silent' | 'new';
  /** Expected, and now silent or too late. */
  readonly broken: boolean;
};

export type Backtest = {
  readonly runId: string;
  readonly experiment: string;
  readonly speed: number;
  /** Alerts that are expected, or that fired then or now. */
  readonly alerts: readonly AlertChange[];
  /** What keeps an alert from being compared: rules in real time, rules that cannot be evaluated. */
  readonly notes: readonly string[];
};

/**
 * @param rules The rules of now, by the name under which their problems are shown.
 * @throws {GamedayError} DOCUMENT_INVALID when the rules are wrong, USAGE when the run recorded nothing to compare.
 */
export const backtest = (
  runFolder: string,
  journal: readonly JournalEvent[],
  rules: { readonly file: string; readonly text: string },
): Backtest => {
  const [started] = journal;
  if (started?.type !== 'run.started') throw new Error('a journal begins with run.started');
  const { runId, plan } = started;
  const { intendedMs, injectedMs } = faultTimes(runId, journal);
  const wallOf = (atMs: number): number => Date.parse(started.startedAt) + atMs - started.atMs;
  const outage = { runFolder, plan, sinceMs: wallOf(intendedMs) };
  const before = replayed(outage, { file: monitoringNames.rules, text: documentOf(runFolder, monitoringNames.rules) });
  const after = replayed(outage, rules);

  const delayMs = (firings: readonly Firing[], name: string, want: PlannedAlert | undefined): Ms | null => {
    const fired = firings.find(({ alert, labels, firedMs }) => {
      const carries = Object.entries(want?.labels ?? {}).every(([label, value]) => labels.get(label) === value);
      return alert === name && carries && firedMs >= outage.sinceMs;
    });
    return fired === undefined ? null : ms(Math.max(0, fired.firedMs - wallOf(injectedMs)) * plan.speed);
  };
  const fired = [...before.firings, ...after.firings].filter(({ firedMs }) => firedMs >= outage.sinceMs);
  const names = new Set([...plan.alerts.map(({ name }) => name), ...fired.map(({ alert }) => alert)]);
  const alerts = [...names].map((alert): AlertChange => {
    const want = plan.alerts.find(({ name }) => name === alert);
    const thenMs = delayMs(before.firings, alert, want);
    const nowMs = delayMs(after.firings, alert, want);
    const withinMs = want?.withinMs ?? null;
    const tolerance = before.evaluationIntervalMs * plan.speed;
    return {
      ...{ alert, withinMs, thenMs, nowMs, change: changeOf(thenMs, nowMs, tolerance) },
      broken: withinMs !== null && isIn(thenMs, withinMs) && !isIn(nowMs, withinMs),
    };
  });
  return { runId, experiment: plan.experiment.name, speed: plan.speed, alerts, notes: notesOf(before, after) };
};

const isIn = (delayMs: Ms | null, withinMs: Ms): boolean => delayMs !== null && delayMs <= withinMs;

/** Less than one evaluation apart is the same: which slot it falls into is chance. */
const changeOf = (thenMs: Ms | null, nowMs: Ms | null, toleranceMs: number): AlertChange['change'] => {
  if (nowMs === null) return thenMs === null ? 'as before' : 'silent';
  if (thenMs === null) return 'new';
  if (Math.abs(nowMs - thenMs) < toleranceMs) return 'as before';
  return nowMs < thenMs ? 'earlier' : 'later';
};

const faultTimes = (
  runId: string,
  journal: readonly JournalEvent[],
): { readonly intendedMs: number; readonly injectedMs: number } => {
  const begin = journal.findIndex((event) => event.type === 'trial.started' && event.trial === 'fault');
  const trial = begin === -1 ? [] : journal.slice(begin);
  const intended = trial.find(({ type }) => type === 'fault.intended');
  const injected = trial.find(({ type }) => type === 'fault.injected');
  if (intended === undefined || injected === undefined)
    throw new GamedayError('USAGE', { message: `no fault was injected in ${runId}`, hint: 'choose another run' });
  return { intendedMs: intended.atMs, injectedMs: injected.atMs };
};

type Outage = { readonly runFolder: string; readonly plan: Plan; readonly sinceMs: number };
type Judged = Replayed & { readonly evaluationIntervalMs: Ms; readonly realTime: readonly string[] };

const replayed = (
  { runFolder, plan: { speed, originals, monitoring } }: Outage,
  rules: { file: string; text: string },
): Judged => {
  const { text, uncompressed } = compressRules(rules.text, speed);
  const { groups, problems } = readRules(rules.file, text);
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems.map(completed));
  const { prometheus } = monitoringNames;
  const config = readConfig(prometheus, compressPrometheus(documentOf(runFolder, prometheus), speed));
  const { evaluationIntervalMs, externalLabels } = config;
  const { store, fromMs, toMs } = readSamples(samplesOf(runFolder, originals?.prometheus));
  const lookbackMs = minutes(5) / speed;
  return {
    ...replay(groups, store, {
      fromMs,
      toMs,
      evaluationIntervalMs,
      externalLabels,
      lookbackMs,
      compat: monitoring?.prometheus,
    }),
    evaluationIntervalMs,
    realTime: uncompressed.map(({ rule, reason }) => `${rule} runs in real time: ${reason}`),
  };
};

/** A real server hands its samples over when it is closed, which somebody who was killed does not do. */
const samplesOf = (runFolder: string, prometheus: string | undefined): string => {
  const file = join(runFolder, 'fault/samples.jsonl');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const why = prometheus === undefined ? '' : `: Prometheus ${prometheus} ended before it could hand them over`;
  throw new GamedayError('USAGE', { message: `the run kept no samples${why}`, hint: 'choose a run that kept them' });
};

const documentOf = (runFolder: string, name: string): string => {
  const file = join(runFolder, 'documents', name);
  if (!existsSync(file))
    throw new GamedayError('USAGE', { message: `${file} does not exist`, hint: 'choose a run that kept it' });
  return readFileSync(file, 'utf8');
};

const notesOf = (before: Judged, after: Judged): readonly string[] => [
  ...new Set([...before.realTime, ...after.realTime]),
  ...[...after.failures].map(([rule, error]) => `${rule} cannot be evaluated: ${error}`),
];
