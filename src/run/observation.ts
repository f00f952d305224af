/**
 * Everything that is measured while a trial runs, written down as it is seen: the load generator's windows, the probes once
 * per window, and the alerts. Nothing here judges; the one thing it does is to say when an abort condition holds.
 */
import type { Clock } from '../clock.ts';
import type { JournalFact, LoadWindow, ProbeKind } from '../journal/events.ts';
import type { Plan, PlannedProbe } from '../plan/plan.ts';
import { pollAlerts } from '../probes/alerts.ts';
import { isWithin, measure, type ProbeTargets } from '../probes/measurement.ts';
import { serverAheadMs } from '../probes/server-clock.ts';
import { ms, type Ms } from '../units.ts';

export type Observation = AsyncDisposable & {
  /** To be called with every window of the load generator. */
  readonly onWindow: (window: LoadWindow) => void;
  /** From now on the cause probes count too. */
  readonly watchCause: () => void;
};

export type Observe = {
  readonly plan: Plan;
  readonly targets: ProbeTargets;
  readonly alertmanagerUrl: string;
  readonly clock: Clock;
  readonly record: (fact: JournalFact) => void;
  /** An abort condition has held for as long as it says. */
  readonly onAbort: (condition: string) => void;
};

const alertLookEveryMs = ms(100);
/** A load generator that hangs must not blind the abort conditions: without it they are measured this many windows apart. */
const silentWindows = 3;
const probeWithinMs = 450;

export const observe = ({ plan, targets, alertmanagerUrl, clock, record, onAbort }: Observe): Observation => {
  const stop = new AbortController();
  const badSince = new Map<string, Ms>();
  let cause: readonly PlannedProbe[] = [];
  let round: Promise<void> = Promise.resolve();
  let measuring = false;
  let roundMs: Ms | undefined;

  const measureAll = async (): Promise<void> => {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(probeWithinMs)]);
    const record1 = async (kind: ProbeKind, probe: PlannedProbe): Promise<void> => {
      const measured = await measure(probe, targets, signal);
      if (!stop.signal.aborted) record({ type: 'probe.measured', kind, name: probe.name, ...measured });
    };
    const alertValue = async (name: string, threshold: { query: string; op: string; value: number }): Promise<void> => {
      const probe = {
        name,
        written: threshold.query,
        language: 'promql',
        query: threshold.query,
        at: plan.alerts[0]!.at,
      } as const;
      const { value, error } = await measure(probe, targets, signal);
      const good = value !== null && compare(value, threshold.op, threshold.value);
      if (!stop.signal.aborted)
        record({ type: 'probe.measured', kind: 'alert', name, value, good, ...(error === undefined ? {} : { error }) });
    };
    const abortValue = async ({ probe, forMs }: Plan['abort'][number]): Promise<void> => {
      const measured = await measure(probe, targets, signal);
      if (stop.signal.aborted) return;
      // An abort condition names what is bad; one that cannot be read counts as bad, too.
      const holds = measured.value === null || (probe.language === 'promql' && isWithin(measured.value, probe));
      record({ type: 'probe.measured', kind: 'abort', name: probe.name, ...measured, good: !holds });
      if (!holds) badSince.delete(probe.name);
      else if (!badSince.has(probe.name)) badSince.set(probe.name, clock.nowMs());
      else if (clock.nowMs() - badSince.get(probe.name)! >= forMs) onAbort(probe.name);
    };
    await Promise.all([
      ...plan.steadyState.map((probe) => record1('steady-state', probe)),
      ...cause.map((probe) => record1('cause', probe)),
      ...plan.alerts.map(({ name, rule }) => (rule.threshold === null ? undefined : alertValue(name, rule.threshold))),
      ...plan.abort.map(abortValue),
    ]);
  };

  let aheadMs: number | undefined;
  const dated = (time: string): Ms | undefined => {
    const atMs = Math.round(Date.parse(time) - (aheadMs ?? NaN));
    return Number.isNaN(atMs) || atMs < 0 ? undefined : ms(atMs);
  };
  const nextRound = (): void => {
    roundMs = clock.nowMs();
    if (measuring) return;
    measuring = true;
    round = measureAll().finally(() => (measuring = false));
  };

  const alerts = pollAlerts(targets.prometheusUrl, alertmanagerUrl, dated);
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const startedMs = clock.nowMs();
      const bound = AbortSignal.any([stop.signal, AbortSignal.timeout(1_000)]);
      aheadMs ??= await serverAheadMs(targets.prometheusUrl, clock, bound).catch(() => undefined);
      const facts = await alerts.look(bound);
      if (!stop.signal.aborted) for (const fact of facts) record(fact);
      if (roundMs !== undefined && clock.nowMs() - roundMs >= silentWindows * plan.observation.windowMs) nextRound();
      const pause = ms(Math.max(20, alertLookEveryMs - (clock.nowMs() - startedMs)));
      await clock.sleep(pause, stop.signal).catch(() => {});
    }
  })();

  return {
    onWindow: (window) => {
      if (stop.signal.aborted) return;
      record({ type: 'load.measured', ...window });
      nextRound();
    },
    watchCause: () => (cause = plan.truth.healed),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.allSettled([round, watching]);
    },
  };
};

const compare = (value: number, op: string, bound: number): boolean => {
  switch (op) {
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
    default:
      return false;
  }
};
