/** The story of a trial in lines: what broke, who noticed, what was done about it, when it was over. */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { showShare } from './impact.ts';
import { healingOf } from './healed.ts';
import { eventsOf, firstOf, type TrialRecord } from './trials.ts';

/** `atMs` on the run's clock; `seq` of the event that shows it. */
export type Moment = { readonly atMs: number; readonly seq: number; readonly text: string };

const textOf = (event: JournalEvent, plan: Plan): string | undefined => {
  switch (event.type) {
    case 'fault.injected':
      return `fault injected: ${plan.faults.find(({ id }) => id === event.faultId)?.description ?? event.faultId}`;
    case 'fault.undone':
      return `fault undone${event.by === 'run' ? '' : ` by the ${event.by}`}: ${event.faultId}`;
    case 'fault.verified':
      return `seen restored: ${event.faultId}`;
    case 'fault.undoFailed':
      return `fault NOT undone: ${event.faultId}: ${event.reason}`;
    case 'alert.pended':
      return `alert pending: ${event.alert}`;
    case 'alert.fired':
      return `alert fired: ${event.alert}`;
    case 'alert.delivered':
      return `alert delivered to ${event.receiver}: ${event.alert}`;
    case 'alert.resolved':
      return `alert resolved: ${event.alert}`;
    case 'runbook.missing':
      return `no runbook for ${event.alert}: ${event.reason}`;
    case 'runbook.started':
      return `runbook started: ${event.file}`;
    case 'step.finished':
      return `  ${event.step}: ${event.outcome}${event.detail === '' ? '' : `, ${event.detail}`}`;
    case 'runbook.finished':
      return `runbook says ${event.claim}`;
    case 'environment.changed':
      return event.by === 'fault' ? undefined : `${event.act} ${event.target} by the ${event.by}`;
    case 'service.relapsed':
      return `service ill again: ${event.reason}`;
    case 'run.aborted':
      return `run aborted: ${event.condition}`;
    case 'run.failed':
      return `run failed: ${event.reason}`;
    case 'run.started':
    case 'run.ended':
    case 'trial.started':
    case 'trial.ended':
    case 'environment.opened':
    case 'environment.closed':
    case 'phase.entered':
    case 'load.measured':
    case 'probe.measured':
    case 'snapshot.taken':
    case 'fault.intended':
    case 'alert.sent':
    case 'alert.cleared':
    case 'runbook.found':
    case 'step.started':
    case 'service.healed':
      return undefined;
    default:
      return event satisfies never;
  }
};

/** An alert with several series tells its story once per kind of event, and again when it comes back. */
const keyOf = (event: JournalEvent): string => ('alert' in event ? `${event.type} ${event.alert}` : String(event.seq));

const forget = (told: Set<string>, event: JournalEvent): void => {
  if (event.type === 'alert.cleared')
    for (const type of ['alert.pended', 'alert.fired', 'alert.delivered']) told.delete(`${type} ${event.alert}`);
  if (event.type === 'alert.fired') told.delete(`alert.resolved ${event.alert}`);
};

export const timelineOf = (trial: TrialRecord, plan: Plan): readonly Moment[] => {
  const told = new Set<string>();
  const moments: Moment[] = [];
  for (const event of [...trial.events, ...trial.aftermath]) {
    const text = textOf(event, plan);
    forget(told, event);
    if (text === undefined || told.has(keyOf(event))) continue;
    told.add(keyOf(event));
    moments.push({ atMs: event.atMs, seq: event.seq, text });
  }
  const injected = firstOf(trial.events, 'fault.injected');
  const lost = eventsOf(trial.events, 'load.measured').find(
    (window) => window.buyersFailed > 0 && injected !== undefined && window.seq > injected.seq,
  );
  if (lost !== undefined)
    moments.push({
      atMs: lost.atMs,
      seq: lost.seq,
      text: `first buyers fail: ${showShare(lost.buyersFailed / Math.max(1, lost.buyers))} of a window`,
    });
  const healed = healingOf(trial, plan);
  if (healed !== undefined)
    moments.push({ atMs: healed.sinceMs, seq: healed.evidence[0] ?? 0, text: 'service well again from here on' });
  return moments.toSorted((a, b) => a.atMs - b.atMs || a.seq - b.seq);
};
