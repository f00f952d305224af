/**
 * What of the journal a responder may see while the drill goes on. A list of what is shown, not of what is hidden: an event
 * that nobody thought of stays hidden. After the end everything may be seen.
 */
import type { JournalEvent } from '../journal/events.ts';

const shown = new Set<JournalEvent['type']>([
  'environment.opened',
  'load.measured',
  'connections.measured',
  'alert.pended',
  'alert.fired',
  'alert.sent',
  'alert.delivered',
  'alert.cleared',
  'alert.resolved',
  'runbook.found',
  'runbook.started',
  'step.started',
  'step.finished',
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
  'team.rated',
  'hint.taken',
  'session.joined',
  'session.lost',
  'session.resumed',
  'run.stopped',
  'run.failed',
  'run.ended',
]);

/** Phases whose coming would tell when, and that, something was broken. */
const hiddenPhases = new Set(['inject', 'await-alert', 'runbook', 'heal', 'resolve', 'settle']);

/** The event as a responder sees it, or undefined. */
export const seenByResponder = (event: JournalEvent): JournalEvent | undefined => {
  if (event.type === 'phase.entered') return hiddenPhases.has(event.phase) ? undefined : event;
  // The shares of a fault are visible to everybody; that the environment was changed by a fault is not.
  if (event.type === 'environment.changed' && event.by === 'fault') return undefined;
  return shown.has(event.type) ? event : undefined;
};
