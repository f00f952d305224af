/** What a responder can name because it was seen: alerts that fired, and steps that were run. Read off the journal as it grows. */
import type { JournalEvent } from '../../journal/events.ts';

export type Heard = {
  readonly hear: (event: JournalEvent) => void;
  readonly alerts: () => readonly string[];
  /** Of those that reached a receiver and were not reported as over; all that ever did, where none is left. */
  readonly paged: () => readonly string[];
  readonly steps: () => readonly string[];
};

export const openHeard = (): Heard => {
  const alerts = new Set<string>();
  const paged = new Set<string>();
  const over = new Set<string>();
  const steps = new Set<string>();
  return {
    hear: (event) => {
      if (event.type === 'alert.fired') alerts.add(event.alert);
      if (event.type === 'alert.delivered') {
        alerts.add(event.alert);
        paged.add(event.alert);
        over.delete(event.alert);
      }
      if (event.type === 'alert.resolved') over.add(event.alert);
      if (event.type === 'step.started') steps.add(event.step);
    },
    alerts: () => [...alerts],
    paged: () => {
      const open = [...paged].filter((alert) => !over.has(alert));
      return open.length > 0 ? open : [...paged];
    },
    steps: () => [...steps],
  };
};
