/** One line of the team's timeline for every event that people talk about; measurements and pending alerts have panels. */
import type { JournalEvent } from '../journal/events.ts';
import { eventWords } from '../journal/words.ts';
import type { Ms } from '../units.ts';

/** `truth`: what the tool did, seen in a replay only. */
export type EntryKind = 'alert' | 'team' | 'note' | 'system' | 'truth';

/** `words` may hold foreign text. */
export type TimelineEntry = {
  readonly seq: number;
  readonly atMs: Ms;
  readonly kind: EntryKind;
  readonly words: string;
};

const kinds: Readonly<Partial<Record<JournalEvent['type'], EntryKind>>> = {
  'alert.fired': 'alert',
  'alert.delivered': 'alert',
  'alert.resolved': 'alert',
  'runbook.found': 'system',
  'step.finished': 'team',
  'environment.opened': 'system',
  'environment.changed': 'system',
  'note.delivered': 'note',
  'team.acknowledged': 'team',
  'team.focused': 'team',
  'team.hypothesised': 'team',
  'team.severityDeclared': 'team',
  'team.leadNamed': 'team',
  'team.escalated': 'team',
  'team.updated': 'team',
  'team.noted': 'team',
  'team.queried': 'team',
  'team.acted': 'team',
  'team.claimed': 'team',
  'team.rated': 'team',
  'hint.taken': 'note',
  'session.lost': 'system',
  'session.resumed': 'system',
  'fault.injected': 'truth',
  'fault.undone': 'truth',
  'service.healed': 'truth',
  'service.relapsed': 'truth',
  'run.stopped': 'system',
  'run.aborted': 'system',
  'run.failed': 'system',
  'run.ended': 'system',
};

export const timelineEntry = (event: JournalEvent): TimelineEntry | undefined => {
  const kind = kinds[event.type];
  const words = kind === undefined ? undefined : eventWords(event);
  return kind === undefined || words === undefined ? undefined : { seq: event.seq, atMs: event.atMs, kind, words };
};
