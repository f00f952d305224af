/** How hard was it, beside what the postmortem says? A replay that is much milder or harsher proves little about that day. */
import type { Plan } from '../plan/plan.ts';
import { healedAt } from './healed.ts';
import { beforeUndo, buyersIn, eventsOf, firstOf, watchedUntilMs, type TrialRecord } from './trials.ts';
import { inconclusive, pass, type Verdict } from './verdict.ts';

export type ImpactReason = 'not-injected' | 'no-data' | 'not-faithful';

/** Share of buyers that failed, 0 to 1; null where none ended their visit. `postmortem` is what the experiment states. */
export type Impact = {
  readonly observed: number | null;
  readonly buyers: number;
  readonly failed: number;
  readonly postmortem: number;
  readonly tolerance: number;
};

/** Visits that were under way when the fault struck end a little later. */
const onsetMs = 500;

export const showShare = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** The windows between the injection and whatever began to help: the runbook, a healing by itself, or our own undo. */
const outageWindows = (trial: TrialRecord, plan: Plan) => {
  const injected = firstOf(trial.events, 'fault.injected');
  if (injected === undefined) return undefined;
  const since = beforeUndo(trial).filter((event) => event.seq > injected.seq);
  const untilMs =
    firstOf(trial.events, 'runbook.started')?.atMs ?? healedAt(since, plan)?.sinceMs ?? watchedUntilMs(trial);
  return eventsOf(since, 'load.measured').filter(
    (window) => window.atMs - window.windowMs >= injected.atMs + onsetMs && window.atMs <= untilMs,
  );
};

/** What was observed beside what the postmortem says; undefined where the experiment states no share. */
export const impactOf = (trial: TrialRecord, plan: Plan): Impact | undefined => {
  if (plan.impact === null) return undefined;
  const { buyers, failed } = buyersIn(outageWindows(trial, plan) ?? []);
  const { share, tolerance } = plan.impact;
  return { observed: buyers === 0 ? null : failed / buyers, buyers, failed, postmortem: share, tolerance };
};

export const impactVerdict = (trial: TrialRecord, plan: Plan, impact: Impact): Verdict<ImpactReason> => {
  const injected = firstOf(trial.events, 'fault.injected');
  const windows = outageWindows(trial, plan);
  if (windows === undefined) return inconclusive('not-injected', 'no fault was injected', [trial.events[0]]);
  const { observed, buyers, failed, postmortem, tolerance } = impact;
  if (observed === null)
    return inconclusive('no-data', 'no buyer ended a visit between the injection and the first remedy', [injected]);
  const evidence = [injected, ...windows];
  const figures =
    `${showShare(observed)} of buyers failed (${failed} of ${buyers}); ` +
    `the postmortem says ${showShare(postmortem)} (± ${Math.round(tolerance * 100)})`;
  // A hair of floating point at the edge must not decide.
  return Math.abs(observed - postmortem) <= tolerance + 1e-9
    ? pass(figures, evidence)
    : inconclusive('not-faithful', `${figures}: the replay is not faithful`, evidence);
};
