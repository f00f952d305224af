/** Injecting the plan's faults: the undo record first, on disk; then the fault; then both are said in the journal. */
import type { Clock } from '../clock.ts';
import type { Environment } from '../environments/environment.ts';
import type { Fault, Held } from '../faults/fault.ts';
import type { JournalFact } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { UndoLog } from '../safety/undo-log.ts';
import { ms, type Ms } from '../units.ts';

export type Inject = {
  readonly plan: Plan;
  readonly faults: Readonly<Record<string, Fault<unknown>>>;
  readonly runId: string;
  readonly environment: Environment;
  readonly undoLog: UndoLog;
  readonly clock: Clock;
  readonly record: (fact: JournalFact) => void;
  readonly signal: AbortSignal;
  readonly ttlMs: Ms;
  /** Told of everything that has to be let go before the undo. */
  readonly onHeld: (held: Held) => void;
  /** Which undo record belongs to which fault, as soon as it is written. */
  readonly onIntended: (undoId: string, faultId: string) => void;
};

export const injectFaults = async (options: Inject): Promise<void> => {
  const { plan, faults, runId, environment, undoLog, clock, record, signal, ttlMs, onHeld, onIntended } = options;
  const startMs = clock.nowMs();
  for (const planned of plan.faults.toSorted((a, b) => a.atMs - b.atMs)) {
    await clock.sleep(ms(startMs + planned.atMs - clock.nowMs()), signal);
    const fault = faults[planned.fault];
    if (fault === undefined) throw new Error(`no fault ${planned.fault}`);
    const what = `${planned.fault}: ${planned.description}`;
    const undoIds: string[] = [];
    const held = await fault.inject(planned.params, {
      environment,
      tag: `gameday:${runId}:${planned.id}`,
      signal,
      ttlMs,
      intend: (undo, byHand) => {
        const livesIn = environment.undoId === null ? {} : { livesIn: environment.undoId };
        const undoId = undoLog.intend({ what, byHand, ...livesIn, ttlMs, record: undo });
        undoIds.push(undoId);
        onIntended(undoId, planned.id);
        record({
          type: 'fault.intended',
          faultId: planned.id,
          fault: planned.fault,
          description: planned.description,
          undoId,
        });
      },
    });
    if (held !== undefined) onHeld(held);
    for (const undoId of undoIds) undoLog.mark(undoId, 'injected');
    record({ type: 'fault.injected', faultId: planned.id });
  }
};
