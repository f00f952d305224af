/**
 * What a drill's journal says, gathered in one pass: the measurements are boiled down as they come, so that a million events
 * take no more memory than what people did in them. Everything a score rests on is here; nothing here judges people.
 */
import { GamedayError } from '../../errors.ts';
import type { JournalEvent } from '../../journal/events.ts';
import type { PlannedAlert, PlannedDrill } from '../../plan/plan.ts';
import { watchActs, type Felt } from './act-watch.ts';
import { carries } from '../alerts/alerts.ts';
import { effectIn } from '../effect.ts';
import { watchService, type ServiceCourse } from './service-watch.ts';
import { steadyStateVerdict } from '../steady-state.ts';
import { startsUndo, type EventOf } from '../trials.ts';
import type { Verdict } from '../verdict.ts';

export type DrillFacts = {
  readonly started: EventOf<'run.started'>;
  readonly drill: PlannedDrill;
  /** Everything but measurements, in order; of an alert's condition only its changes. */
  readonly record: readonly JournalEvent[];
  /** The part of the record in which people could still do something. */
  readonly response: readonly JournalEvent[];
  /** Was all well before? undefined: nothing was broken yet. */
  readonly before: Verdict | undefined;
  readonly injected: JournalEvent | undefined;
  /** The first event that shows that something was really broken. */
  readonly effect: JournalEvent | undefined;
  /** With this the time of the responders was over; undefined while it goes on. */
  readonly over: JournalEvent | undefined;
  /** The end of their time, or of the journal. */
  readonly untilMs: number;
  readonly durationMs: number;
  readonly service: ServiceCourse;
  readonly felt: readonly Felt[];
};

/** Our own undoing, or the end of the run: what gets well from here on was not healed by people. */
const endsResponse = (event: JournalEvent): boolean =>
  startsUndo(event) ||
  event.type === 'run.stopped' ||
  event.type === 'run.aborted' ||
  event.type === 'run.failed' ||
  event.type === 'run.ended';

/** From here on anything of ours may have changed the system. */
const isDisturbance = ({ type }: JournalEvent): boolean => type === 'fault.intended' || type === 'fault.injected';

const isMeasurement = (event: JournalEvent): boolean =>
  event.type === 'load.measured' || event.type === 'connections.measured' || event.type === 'probe.measured';

/** Of an alert's own value the resolution needs to know when its condition held, and when there was data. */
const conditionChanges = (): ((event: JournalEvent) => boolean) => {
  const known = new Map<string, string>();
  return (event) => {
    if (event.type !== 'probe.measured' || event.kind !== 'alert') return false;
    const state = `${event.good} ${event.value === null}`;
    if (known.get(event.name) === state) return false;
    known.set(event.name, state);
    return true;
  };
};

/** Is this one of the alerts that the experiment expects, with its labels? */
export const isExpected = (
  event: EventOf<'alert.fired'> | EventOf<'alert.delivered'>,
  alerts: readonly PlannedAlert[],
): boolean =>
  alerts.some(
    (want) =>
      want.name === event.alert &&
      carries(event.labels, want.labels) &&
      (event.type === 'alert.fired' || event.receiver === want.receiver),
  );

/**
 * @param events A journal from its beginning, as far as it goes; read once.
 * @throws {GamedayError} DOCUMENT_INVALID where it does not begin with the `run.started` of a drill.
 */
export const drillFacts = (events: Iterable<JournalEvent>): DrillFacts => {
  const journal = events[Symbol.iterator]();
  const { value: started } = journal.next() as { value: JournalEvent | undefined };
  if (started?.type !== 'run.started' || started.plan.mode !== 'drill' || started.plan.drill === null)
    throw notADrill(started);
  const { plan } = started;
  const record: JournalEvent[] = [started];
  const response: JournalEvent[] = [started];
  const calm: JournalEvent[] = [];
  const service = watchService(plan, started.plan.drill.holdMs);
  const acts = watchActs();
  const changes = conditionChanges();
  let before: Verdict | undefined;
  let injected: JournalEvent | undefined;
  let effect: JournalEvent | undefined;
  let known = false;
  let over: JournalEvent | undefined;
  let last: JournalEvent = started;

  for (let next = journal.next(); next.done !== true; next = journal.next()) {
    const event = next.value;
    last = event;
    const noted = !isMeasurement(event) || (over === undefined && changes(event));
    if (noted) record.push(event);
    if (over !== undefined) continue;
    if (endsResponse(event)) {
      over = event;
      continue;
    }
    if (noted) response.push(event);
    if (before === undefined) {
      calm.push(event);
      if (isDisturbance(event)) {
        before = steadyStateVerdict(calm, plan);
        calm.length = 0;
      }
    }
    if (event.type === 'fault.injected' && injected === undefined) {
      injected = event;
      acts.outageBegan(event.atMs);
    }
    if (injected !== undefined && effect === undefined && effectIn(event, plan) !== undefined) effect = event;
    if (injected !== undefined && !known && event.type === 'alert.fired' && isExpected(event, plan.alerts)) {
      known = true;
      acts.outageKnown(event.atMs);
    }
    const measured = event.type === 'load.measured' || event.type === 'probe.measured';
    if (measured && before !== undefined) service.hear(event);
    if (event.type === 'load.measured') acts.window(event);
    if (event.type === 'team.acted') acts.act(event);
  }
  const untilMs = over?.atMs ?? last.atMs;
  return {
    started,
    drill: started.plan.drill,
    record,
    response,
    before,
    injected,
    effect,
    over,
    untilMs,
    durationMs: last.atMs,
    service: service.end(untilMs),
    felt: acts.end(),
  };
};

const notADrill = (first: JournalEvent | undefined): GamedayError =>
  first?.type === 'run.started'
    ? new GamedayError('DOCUMENT_INVALID', {
        message: `run ${first.runId} is no drill: nobody was there to be scored`,
        hint: 'gameday drill plays an experiment with people',
      })
    : new GamedayError('DOCUMENT_INVALID', {
        message: `a journal begins with run.started, this one ${first === undefined ? 'is empty' : `with ${first.type}`}`,
        hint: 'the run may have ended before it began; look for its log',
      });
