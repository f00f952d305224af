/**
 * A journal, split into its trials. Each trial had an environment of its own, so nothing is ever concluded across two of
 * them. What a watchdog or an operator adds after a trial (a late undo) belongs to the trial before it.
 */
import type { JournalEvent, LoadWindow, Trial } from '../journal/events.ts';

export type EventOf<Type extends JournalEvent['type']> = Extract<JournalEvent, { readonly type: Type }>;

export type TrialRecord = {
  readonly trial: Trial;
  /** From `trial.started` to `trial.ended`, both included where they are there. */
  readonly events: readonly JournalEvent[];
  /** What came after its end, up to the next trial. */
  readonly aftermath: readonly JournalEvent[];
  /** Why the trial was not seen to its end; null where it was. Then what did not happen may still have been about to. */
  readonly cutShort: string | null;
};

/** The events of one type, with their own fields. */
export const eventsOf = <Type extends JournalEvent['type']>(
  events: readonly JournalEvent[],
  type: Type,
): readonly EventOf<Type>[] => events.filter((event): event is EventOf<Type> => event.type === type);

export const firstOf = <Type extends JournalEvent['type']>(
  events: readonly JournalEvent[],
  type: Type,
): EventOf<Type> | undefined => events.find((event): event is EventOf<Type> => event.type === type);

/** Why a stretch of a run ended before its time, as far as its own events say. */
export const interruptionIn = (events: readonly JournalEvent[]): string | null => {
  for (const event of events) {
    if (event.type === 'run.aborted') return `the run was aborted: ${event.condition}`;
    if (event.type === 'run.failed') return `the run failed: ${event.reason}`;
    if (event.type === 'run.ended' && event.outcome === 'interrupted') return 'the run was interrupted';
    if (event.type === 'run.ended' && event.outcome === 'timed-out') return 'the run hit its time limit';
    if (event.type === 'run.ended' && event.outcome === 'failed') return 'the run failed';
  }
  return null;
};

/** The trials of a journal in the order in which they were run. */
export const trialsOf = (journal: readonly JournalEvent[]): readonly TrialRecord[] => {
  const slices: { readonly trial: Trial; readonly events: JournalEvent[]; readonly aftermath: JournalEvent[] }[] = [];
  for (const event of journal) {
    if (event.type === 'trial.started') slices.push({ trial: event.trial, events: [], aftermath: [] });
    const slice = slices.at(-1);
    const ended = slice?.events.at(-1)?.type === 'trial.ended';
    (ended ? slice?.aftermath : slice?.events)?.push(event);
  }
  return slices.map(({ trial, events, aftermath }) => {
    const ended = events.at(-1)?.type === 'trial.ended';
    // An interrupted trial still ends in good order, and only then the run says that it was interrupted.
    const cutShort =
      interruptionIn([...events, ...aftermath]) ?? (ended ? null : 'the journal ends before the trial does');
    return { trial, events, aftermath, cutShort };
  });
};

/** The first moment at which anything of ours may have changed the target; earlier events show the undisturbed system. */
export const disturbance = (trial: TrialRecord): JournalEvent | undefined =>
  trial.events.find((event) => event.type === 'fault.intended' || event.type === 'fault.injected');

export const startsUndo = (event: JournalEvent): boolean =>
  (event.type === 'phase.entered' && event.phase === 'undo') ||
  event.type === 'fault.undone' ||
  event.type === 'fault.undoFailed' ||
  event.type === 'trial.ended';

/** What happened before our own undoing began to heal things: all that a verdict on the team's system may rest on. */
export const beforeUndo = (trial: TrialRecord): readonly JournalEvent[] => {
  const undo = trial.events.findIndex(startsUndo);
  return undo === -1 ? trial.events : trial.events.slice(0, undo);
};

/** Until when the trial was watched without our own undoing in it, on the run's clock. */
export const watchedUntilMs = (trial: TrialRecord): number =>
  trial.events.find(startsUndo)?.atMs ?? trial.events.at(-1)?.atMs ?? 0;

/**
 * Above this the load generator ran so late that what was measured beside it says more about the machine. In forty runs on a
 * quiet machine of two cores one window in four hundred was later; in every run that was disturbed, a tenth and more were.
 */
export const lagBusyMs = 25;

/** What has queued up while the machine was too busy takes this long to drain, at most; so long it explains what is bad. */
export const drainMs = 2_000;

/** A window between the two moments in which the machine was measurably too busy: what was late may have been noise. */
export const busyBetween = (
  events: readonly JournalEvent[],
  fromMs: number,
  toMs: number,
): EventOf<'load.measured'> | undefined =>
  eventsOf(events, 'load.measured').find(
    (window) => window.atMs >= fromMs && window.atMs - window.windowMs <= toMs && window.lagP99Ms > lagBusyMs,
  );

/** Buyers over several windows. */
export const buyersIn = (windows: readonly LoadWindow[]): { readonly buyers: number; readonly failed: number } => ({
  buyers: windows.reduce((sum, window) => sum + window.buyers, 0),
  failed: windows.reduce((sum, window) => sum + window.buyersFailed, 0),
});
