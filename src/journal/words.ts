/** Every notable event in one line of words, the same words wherever it is told. Measurements are not notable. */
import type { Muting } from './alert-facts.ts';
import type { JournalEvent } from './events.ts';

/** May hold foreign text (a step's output, a person's words): whoever shows it cleans it first. */
export const eventWords = (event: JournalEvent): string | undefined => {
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
      return `fault undone${event.by === 'run' ? '' : ` by the ${event.by}`}: ${event.faultId}`;
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
    case 'alert.muted':
      return `alert ${mutingWords(event.muting)}: ${event.alert}`;
    case 'alert.unmuted':
      return `alert no longer muted: ${event.alert}`;
    case 'alert.withheld':
      return `alert would go to ${event.receiver} by ${event.integration}: ${event.alert}`;
    case 'notification.refused':
      return `notification refused: ${event.reason}`;
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
    case 'note.delivered':
      return `note to ${event.to}: ${event.text}`;
    case 'team.acknowledged':
      return `acknowledged${event.alert === null ? '' : `: ${event.alert}`}`;
    case 'team.focused':
      return `focus: ${event.component}`;
    case 'team.hypothesised':
      return `hypothesis ${event.status}: ${event.cause}${event.because === null ? '' : `, because ${event.because}`}`;
    case 'team.severityDeclared':
      return `severity: ${event.severity}`;
    case 'team.leadNamed':
      return `lead: ${event.lead}`;
    case 'team.escalated':
      return `escalated to ${event.to}${event.reason === null ? '' : `: ${event.reason}`}`;
    case 'team.updated':
      return `update: ${event.text}`;
    case 'team.noted':
      return `note: ${event.text}`;
    case 'team.queried':
      return `${event.tool}: ${event.text}${event.summary === '' ? '' : ` → ${event.summary}`}`;
    case 'team.acted':
      return `act: ${event.act}${event.detail === '' ? '' : `, ${event.detail}`}`;
    case 'team.claimed':
      return `claim: ${event.claim}`;
    case 'team.rated':
      return `step ${event.step} ${event.helpful ? 'helped' : 'did not help'}`;
    case 'hint.taken':
      return `hint (${event.level}): ${event.text}`;
    case 'session.joined':
      return `${event.role} is here`;
    case 'session.lost':
      return `${event.role} is gone`;
    case 'session.resumed':
      return `${event.role} is back`;
    case 'service.healed':
      return 'service healed';
    case 'service.relapsed':
      return `service ill again: ${event.reason}`;
    case 'run.stopped':
      return stopWords(event);
    case 'run.aborted':
      return `run aborted: ${event.condition}`;
    case 'run.failed':
      return `run failed: ${event.reason}`;
    case 'run.ended':
      return [
        `run ${event.outcome}`,
        ...(event.residue.length === 0 ? [] : [`MAY STILL BE ACTIVE: ${event.residue.join(', ')}`]),
        ...(event.left === undefined ? [] : [leftWords(event.left)]),
      ].join('; ');
    case 'trial.ended':
    case 'environment.closed':
    case 'load.measured':
    case 'connections.measured':
    case 'probe.measured':
    case 'snapshot.taken':
    case 'alert.sent':
    case 'alert.examined':
      return undefined;
    default:
      return event satisfies never;
  }
};

/** What has ended with its host is no fault that is active; but somebody has to sweep it up. */
export const leftWords = (left: readonly string[]): string =>
  `nothing runs any more of ${left.join(', ')}; once Docker answers again, the next gameday command removes it`;

/** `stopped by operator: the meeting begins` */
export const stopWords = ({
  by,
  reason,
}: Pick<Extract<JournalEvent, { type: 'run.stopped' }>, 'by' | 'reason'>): string =>
  `stopped${by === 'nobody' ? '' : ` by ${by}`}: ${reason}`;

/** `inhibited by DatabaseDown (severity=page)` */
export const mutingWords = ({ silences, alerts, intervals }: Muting): string =>
  [
    ...alerts.map(({ alert, labels }) => `inhibited by ${alert}${labelWords(labels)}`),
    ...silences.map(
      ({ id, author, comment }) => `silenced by ${author === '' ? 'somebody' : author} (${id}): ${comment}`,
    ),
    ...intervals.map((name) => `muted by the time interval ${name}`),
  ].join(', ');

const labelWords = (labels: Readonly<Record<string, string>>): string => {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
};
