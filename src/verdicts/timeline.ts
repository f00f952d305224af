/** The story of a trial in lines: what broke, who noticed, what was done about it, when it was over. */
import type { JournalEvent } from '../journal/events.ts';
import { eventWords } from '../journal/words.ts';
import type { Plan } from '../plan/plan.ts';
import { showShare } from './impact.ts';
import { healingOf } from './healed.ts';
import { eventsOf, firstOf, type TrialRecord } from './trials.ts';

/** `atMs` on the run's clock; `seq` of the event that shows it. */
export type Moment = { readonly atMs: number; readonly seq: number; readonly text: string };

/** What is part of the story; the rest is how it was measured. */
const told: ReadonlySet<JournalEvent['type']> = new Set([
  'fault.injected',
  'fault.undone',
  'fault.verified',
  'fault.undoFailed',
  'alert.pended',
  'alert.fired',
  'alert.delivered',
  'alert.resolved',
  'runbook.missing',
  'runbook.started',
  'step.finished',
  'runbook.finished',
  'environment.changed',
  'note.delivered',
  'team.acknowledged',
  'team.focused',
  'team.hypothesised',
  'team.severityDeclared',
  'team.leadNamed',
  'team.escalated',
  'team.updated',
  'team.noted',
  'team.queried',
  'team.acted',
  'team.claimed',
  'hint.taken',
  'session.lost',
  'session.resumed',
  'service.relapsed',
  'run.stopped',
  'run.aborted',
  'run.failed',
]);

const textOf = (event: JournalEvent, plan: Plan): string | undefined => {
  if (!told.has(event.type)) return undefined;
  if (event.type === 'fault.injected')
    return `fault injected: ${plan.faults.find(({ id }) => id === event.faultId)?.description ?? event.faultId}`;
  if (event.type === 'environment.changed' && event.by === 'fault') return undefined;
  return eventWords(event);
};

/** An alert with several series tells its story once per kind of event, and again when it comes back. */
const keyOf = (event: JournalEvent): string => ('alert' in event ? `${event.type} ${event.alert}` : String(event.seq));

const forget = (seen: Set<string>, event: JournalEvent): void => {
  if (event.type === 'alert.cleared')
    for (const type of ['alert.pended', 'alert.fired', 'alert.delivered']) seen.delete(`${type} ${event.alert}`);
  if (event.type === 'alert.fired') seen.delete(`alert.resolved ${event.alert}`);
};

export const timelineOf = (trial: TrialRecord, plan: Plan): readonly Moment[] => {
  const seen = new Set<string>();
  const moments: Moment[] = [];
  for (const event of [...trial.events, ...trial.aftermath]) {
    const text = textOf(event, plan);
    forget(seen, event);
    if (text === undefined || seen.has(keyOf(event))) continue;
    seen.add(keyOf(event));
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
