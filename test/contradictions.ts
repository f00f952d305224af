/** In what a run is not the proof that its experiment has to be (`outages.ts`). */
import type { JournalEvent, Trial } from '../src/journal/events.ts';
import type { Report } from './gameday.fixture.ts';
import { outages, type Experiment, type Outage } from './outages.ts';

export type Proof = 'single' | 'full';

export type Shown = {
  readonly code: unknown;
  readonly judged: Report['runs'][number] | undefined;
  readonly events: readonly JournalEvent[];
};

/** @returns Everything in which a run is not what its proof has to be, in words. */
export const contradictions = (
  experiment: Experiment,
  proof: Proof,
  { code, judged, events }: Shown,
): readonly string[] => {
  const outage: Outage = outages[experiment];
  const trials = trialsIn(events);
  const wanted: readonly Trial[] = proof === 'full' ? ['fault', 'control', 'fault-free'] : ['fault'];
  const told = judged?.checks.map(({ name, outcome, detail }) =>
    outcome === 'pass' ? name : `${name}: ${outcome}: ${detail}`,
  );
  return [
    ...(code === 0 ? [] : [`exit ${String(code)}: ${judged?.exit.why}`]),
    ...(judged?.runbook?.verdict === outage.verdict
      ? []
      : [`runbook ${judged?.runbook?.verdict}: ${judged?.runbook?.detail}`]),
    ...differences('check', checksOf(outage, proof), told ?? []),
    ...differences('trial', wanted, [...trials.keys()]),
    ...wanted.flatMap((trial) => {
      const own = trials.get(trial) ?? [];
      return [
        ...differences(`${trial}:`, storyOf(outage, trial), own.flatMap(storyLine)),
        ...new Set(
          alertOrders(outage, trial).flatMap((lines) =>
            disorder(lines, alertMoments(outage, own)).map((words) => `${trial}: ${words}`),
          ),
        ),
      ];
    }),
    ...differences('end', ['completed', 'nothing left'], events.slice(-1).flatMap(endLines)),
  ];
};

const trialsIn = (events: readonly JournalEvent[]): ReadonlyMap<Trial, readonly JournalEvent[]> => {
  const trials = new Map<Trial, JournalEvent[]>();
  let current: JournalEvent[] | undefined;
  for (const event of events) {
    if (event.type === 'trial.started') trials.set(event.trial, (current = []));
    else if (event.type === 'trial.ended') current = undefined;
    else current?.push(event);
  }
  return trials;
};

/** The first place at which two lists part says more than all that is shifted behind it. */
const differences = (what: string, wanted: readonly string[], shown: readonly string[]): readonly string[] => {
  const at = wanted.findIndex((line, index) => line !== shown[index]);
  if (at === -1 && shown.length <= wanted.length) return [];
  const index = at === -1 ? wanted.length : at;
  return [`${what} ${index + 1} is "${shown[index] ?? 'nothing'}", expected "${wanted[index] ?? 'nothing'}"`];
};

const checksOf = ({ faults, hasImpact, alerts, go }: Outage, proof: Proof): readonly string[] => [
  'steady state before',
  ...faults.map((fault) => `fault ${fault}`),
  'the fault has an effect',
  ...(hasImpact ? ['impact as in the postmortem'] : []),
  ...alerts.map((alert) => `${alert} fires`),
  ...alerts.filter((alert) => go.flat().includes(alert)).map((alert) => `${alert} resolves`),
  'nothing else fires',
  ...(proof === 'single'
    ? []
    : [
        'steady state before in the control trial',
        ...faults.map((fault) => `fault ${fault} in the control trial`),
        'steady state before in the fault-free trial',
        'nothing else fires in the fault-free trial',
      ]),
  'runbook',
];

/** What the run itself does, one thing after the other. */
const storyOf = ({ faults, runbook, follows, refuses }: Outage, trial: Trial): readonly string[] => {
  const calm = ['phase up', 'opened', 'phase warm-up', 'phase baseline'];
  const inject = ['phase inject', ...faults.flatMap((fault) => [`${fault} intended`, `${fault} injected`])];
  const undo = faults.toReversed().flatMap((fault) => [`${fault} undone`, `${fault} verified`]);
  const down = ['phase down', 'closed'];
  const follow = ['phase runbook', `follows ${runbook}`];
  switch (trial) {
    case 'fault':
      return [
        ...[...calm, ...inject, 'phase await-alert', `found ${runbook}`],
        ...[...follow, ...follows, 'claims ok'],
        ...['phase heal', 'healed', 'phase resolve', 'phase settle', 'phase undo', ...undo, ...down],
      ];
    case 'control':
      return [...calm, ...inject, 'phase heal', 'phase undo', ...undo, ...down];
    case 'fault-free': {
      const looks = follows.slice(0, follows.indexOf(`step ${refuses} passed`));
      const refused = [...looks, `step ${refuses} failed`, 'claims failed'];
      return [...calm, ...follow, ...refused, 'phase settle', 'phase undo', ...down];
    }
    default:
      return trial satisfies never;
  }
};

type Words = {
  readonly [Type in JournalEvent['type']]?: (event: Extract<JournalEvent, { type: Type }>) => string;
};
const storyWords: Words = {
  'phase.entered': ({ phase }) => `phase ${phase}`,
  'environment.opened': () => 'opened',
  'environment.closed': () => 'closed',
  'fault.intended': ({ faultId }) => `${faultId} intended`,
  'fault.injected': ({ faultId }) => `${faultId} injected`,
  'fault.undone': ({ faultId }) => `${faultId} undone`,
  'fault.undoFailed': ({ faultId }) => `${faultId} not undone`,
  'fault.verified': ({ faultId }) => `${faultId} verified`,
  'runbook.found': ({ file }) => `found ${file}`,
  'runbook.started': ({ file }) => `follows ${file}`,
  'runbook.finished': ({ claim }) => `claims ${claim}`,
  'step.finished': ({ step, outcome }) => `step ${step} ${outcome}`,
  'environment.changed': ({ target, act, by }) => `${target}: ${act} by ${by}`,
  'service.healed': () => 'healed',
  'service.relapsed': () => 'relapsed',
};

const storyLine = (event: JournalEvent): readonly string[] => {
  const words = storyWords[event.type] as ((event: JournalEvent) => string) | undefined;
  return words === undefined ? [] : [words(event)];
};

const endLines = (event: JournalEvent): readonly string[] =>
  event.type === 'run.ended'
    ? [event.outcome, event.residue.length === 0 ? 'nothing left' : event.residue.join()]
    : [`no end, but ${event.type}`];

type Moment = { readonly what: string; readonly atMs: number };
const runbookBegins = 'the runbook begins';
const kinds = { 'alert.fired': 'fired', 'alert.delivered': 'delivered', 'alert.resolved': 'resolved' } as const;

/** Each of them lines that come one after the other; those of a line in any order. */
const alertOrders = ({ come, go }: Outage, trial: Trial): readonly (readonly (readonly string[])[])[] => {
  if (trial === 'fault-free') return [];
  const all = (lines: readonly (readonly string[])[], kind: string): readonly (readonly string[])[] =>
    lines.map((names) => names.map((name) => `${name} ${kind}`));
  const coming = [
    ...[all(come, 'fired'), all(come, 'delivered')],
    ...come.flat().map((name) => [[`${name} fired`], [`${name} delivered`]]),
  ];
  const delivered = all(come, 'delivered').flat();
  return trial === 'control' ? coming : [...coming, [delivered, [runbookBegins], ...all(go, 'resolved')]];
};

/**
 * Between the fault and its undo when each came first, and when it was gone for good: a busy machine can interrupt an alert.
 * What else may fire is not promised, so it is not compared.
 */
const alertMoments = ({ alerts }: Outage, events: readonly JournalEvent[]): readonly Moment[] => {
  const since = events.findIndex(({ type }) => type === 'fault.intended');
  const until = events.findIndex((event) => event.type === 'phase.entered' && event.phase === 'undo');
  const moments = new Map<string, Moment>();
  const note = (what: string, { type, atMs }: JournalEvent): void => {
    if (type === 'alert.resolved' || !moments.has(what)) moments.set(what, { what, atMs });
  };
  for (const event of since === -1 ? [] : events.slice(since, until)) {
    if (event.type === 'phase.entered' && event.phase === 'runbook') note(runbookBegins, event);
    if (event.type !== 'alert.fired' && event.type !== 'alert.delivered' && event.type !== 'alert.resolved') continue;
    if (alerts.includes(event.alert)) note(`${event.alert} ${kinds[event.type]}`, event);
  }
  return [...moments.values()];
};

/** What is less apart than this is in no order: a scrape, an evaluation and a look at the server. */
const togetherMs = 600;

/** @returns What never came, and what came before something of an earlier line. */
export const disorder = (lines: readonly (readonly string[])[], moments: readonly Moment[]): readonly string[] => {
  const times = new Map(moments.map(({ what, atMs }) => [what, atMs]));
  const missing = lines.flat().filter((what) => !times.has(what));
  const early = lines.flatMap((line, index) =>
    lines
      .slice(index + 1)
      .flatMap((later) =>
        later.flatMap((what) =>
          line.flatMap((earlier) =>
            (times.get(what) ?? Infinity) <= (times.get(earlier) ?? -Infinity) - togetherMs
              ? [`${what} came before ${earlier}`]
              : [],
          ),
        ),
      ),
  );
  return [...missing.map((what) => `${what}: never`), ...early];
};
