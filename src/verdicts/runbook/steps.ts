/** What became of each step of the runbook, those that were never reached included. */
import type { JournalEvent, StepOutcome } from '../../journal/events.ts';
import { eventsOf, firstOf } from '../trials.ts';

export type StepRecord = {
  readonly step: string;
  readonly outcome: StepOutcome | 'not-reached' | 'unfinished';
  readonly section: string | null;
  /** In the runbook's file; null where it was not reached. */
  readonly line: number | null;
  readonly detail: string;
  readonly sqlState: string | null;
  readonly startedMs: number | null;
  readonly tookMs: number | null;
};

const unreached = (step: string): StepRecord => ({
  step,
  outcome: 'not-reached',
  section: null,
  line: null,
  detail: '',
  sqlState: null,
  startedMs: null,
  tookMs: null,
});

/** The steps of the runbook that was followed in these events, in its order. */
export const stepsOf = (events: readonly JournalEvent[]): readonly StepRecord[] => {
  const begun = eventsOf(events, 'step.started').map((started): StepRecord => {
    const finished = eventsOf(events, 'step.finished').find(
      (event) => event.step === started.step && event.seq > started.seq,
    );
    return {
      step: started.step,
      outcome: finished?.outcome ?? 'unfinished',
      section: started.section,
      line: started.line,
      detail: finished?.detail ?? '',
      sqlState: finished?.sqlState ?? null,
      startedMs: started.atMs,
      tookMs: finished === undefined ? null : finished.atMs - started.atMs,
    };
  });
  const names = new Set(begun.map(({ step }) => step));
  const planned = firstOf(events, 'runbook.started')?.steps ?? [];
  return [...begun, ...planned.filter((step) => !names.has(step)).map(unreached)];
};
