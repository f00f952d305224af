/**
 * Asks the servers, at the end of a trial and before anything is undone, what an alert's verdict will have to explain: of the
 * expected alerts, and of those that nobody expected. What they say is written down and judged later. An examination that
 * fails is left out, and the explanation says so.
 */
import type { Clock } from '../clock.ts';
import type { JournalEvent, JournalFact, Trial } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { seconds, type Ms } from '../units.ts';
import { carries } from '../verdicts/alerts/alerts.ts';
import { unexpectedIn } from '../verdicts/alerts/quiet.ts';
import { eventsOf } from '../verdicts/trials.ts';
import { openPrometheusApi } from './alert-examination-api.ts';
import { examinationOf, stepOver, type AlertingFiles, type Spans, type Subject } from './alert-examination-rule.ts';

export type Examine = {
  readonly plan: Plan;
  readonly trial: Trial;
  readonly prometheusUrl: string;
  readonly alertingFiles: AlertingFiles;
  readonly clock: Clock;
  /** Of this trial. */
  readonly events: readonly JournalEvent[];
  readonly record: (fact: JournalFact) => void;
  readonly signal: AbortSignal;
};

/** The fault stays active for as long as we ask. */
const withinMs = seconds(3);
/** Of a run in which everything fires, the first ones tell enough. */
const unexpectedMax = 10;

/** @throws the reason of `signal`, and nothing else. */
export const examineAlerts = async (given: Examine): Promise<void> => {
  const { plan, trial, events, clock, record, prometheusUrl, alertingFiles: files, signal } = given;
  const subjects = subjectsOf(plan, trial, events);
  const spans = spansOf(events, clock.nowMs());
  if (subjects.length === 0 || spans === undefined) return;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  try {
    const api = await openPrometheusApi(prometheusUrl, clock, bound);
    const { whole } = spans;
    const [rules, targets, ups] = await Promise.all([
      api.alertRules(),
      api.targets(),
      api.range('up', whole, stepOver(whole)),
    ]);
    for (const subject of subjects) {
      // What a server cannot say of one alert says nothing of the next.
      const examination = await examinationOf(subject, { api, rules, targets, ups, files, ...spans }).catch(
        () => undefined,
      );
      if (examination !== undefined)
        record({ type: 'alert.examined', alert: subject.alert, wanted: subject.wanted, examination });
    }
  } catch {
    // A server that does not answer is no reason to end a run.
  }
  signal.throwIfAborted();
};

const subjectsOf = (plan: Plan, trial: Trial, events: readonly JournalEvent[]): readonly Subject[] => {
  const fired = eventsOf(events, 'alert.fired');
  const expected = (trial === 'fault' ? plan.alerts : []).map(({ name, labels }) => ({
    ...{ alert: name, wanted: labels },
    fired: fired.find((event) => event.alert === name && carries(event.labels, labels))?.labels,
  }));
  // In a control trial nobody asks for silence.
  const unexpected = trial === 'control' ? [] : unexpectedIn({ trial, events, aftermath: [], cutShort: null }, plan);
  const first = new Map(unexpected.toReversed().map(({ alert, labels }) => [alert, labels]));
  return [
    ...expected,
    ...[...first].slice(0, unexpectedMax).map(([alert, labels]) => ({ alert, wanted: null, fired: labels })),
  ];
};

/** undefined where nothing has happened yet. */
const spansOf = (events: readonly JournalEvent[], untilMs: Ms): Spans | undefined => {
  const opened = events.find(({ type }) => type === 'environment.opened');
  const since =
    events.find(({ type }) => type === 'fault.intended') ?? events.find(({ type }) => type === 'runbook.started');
  if (opened === undefined || since === undefined) return undefined;
  return { whole: { fromMs: opened.atMs, untilMs }, watched: { fromMs: since.atMs, untilMs } };
};
