/** One plain line per notable event, for standard error while a run is going. Measurements are not notable. */
import type { JournalEvent } from '../journal/events.ts';
import { oneLine } from './plain-text.ts';

const textOf = (event: JournalEvent): string | undefined => {
  switch (event.type) {
    case 'run.started':
      return `run ${event.runId}: ${event.plan.experiment.name}`;
    case 'trial.started':
      return `trial ${event.trial}`;
    case 'environment.opened':
      return `environment up: ${event.kind}, PostgreSQL ${event.postgresVersion}`;
    case 'environment.changed':
      return `${event.act} ${event.target} by the ${event.by}`;
    case 'phase.entered':
      return `phase ${event.phase}`;
    case 'fault.intended':
      return `fault: ${event.description}`;
    case 'fault.injected':
      return `fault injected: ${event.faultId}`;
    case 'fault.undone':
      return `fault undone by the ${event.by}: ${event.faultId}`;
    case 'fault.verified':
      return `fault seen restored: ${event.faultId}`;
    case 'fault.undoFailed':
      return `FAULT NOT UNDONE: ${event.faultId}: ${event.reason}; by hand: ${event.byHand}`;
    case 'alert.pended':
      return `alert pending: ${event.alert}`;
    case 'alert.fired':
      return `alert fired: ${event.alert}`;
    case 'alert.delivered':
      return `alert delivered to ${event.receiver}: ${event.alert}`;
    case 'alert.cleared':
      return event.wasFiring ? `alert cleared: ${event.alert}` : `alert no longer pending: ${event.alert}`;
    case 'alert.resolved':
      return `alert resolved at ${event.receiver}: ${event.alert}`;
    case 'runbook.found':
      return `runbook found: ${event.file}`;
    case 'runbook.missing':
      return `no runbook for ${event.alert}: ${event.reason}`;
    case 'runbook.started':
      return `runbook started: ${event.file}`;
    case 'step.started':
      return `step: ${event.step}`;
    case 'step.finished':
      return `step ${event.outcome}: ${event.step}${event.detail === '' ? '' : `: ${event.detail}`}`;
    case 'runbook.finished':
      return `runbook says ${event.claim}`;
    case 'service.healed':
      return 'service healed';
    case 'service.relapsed':
      return `service ill again: ${event.reason}`;
    case 'run.aborted':
      return `run aborted: ${event.condition}`;
    case 'run.failed':
      return `run failed: ${event.reason}`;
    case 'run.ended':
      return `run ${event.outcome}${event.residue.length === 0 ? '' : `; MAY STILL BE ACTIVE: ${event.residue.join(', ')}`}`;
    case 'trial.ended':
    case 'environment.closed':
    case 'load.measured':
    case 'probe.measured':
    case 'snapshot.taken':
    case 'alert.sent':
      return undefined;
    default:
      return event satisfies never;
  }
};

/** `T+07.3s fault injected: 1-lower-connection-limit`; undefined for an event that needs no line. */
export const progressLine = (event: JournalEvent): string | undefined => {
  const text = textOf(event);
  return text === undefined ? undefined : `T+${(event.atMs / 1_000).toFixed(1).padStart(4, '0')}s ${oneLine(text)}`;
};
