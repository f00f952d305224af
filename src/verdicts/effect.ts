/** Did the fault do anything? A fault that nobody could have noticed proves neither alerts nor runbooks. */
import type { JournalEvent } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';
import { badShareMin } from './healed.ts';
import { beforeUndo, firstOf, type TrialRecord } from './trials.ts';
import { showReal } from './durations.ts';
import { inconclusive, pass, type Verdict } from './verdict.ts';

export type EffectReason = 'not-injected' | 'no-effect' | 'not-observed';

/** What an event shows of an effect, in words. The cause itself does not count: that it is there is what injecting means. */
export const effectIn = (event: JournalEvent, plan: Plan): string | undefined => {
  if (event.type === 'load.measured')
    return event.buyers > 0 && event.buyersFailed / event.buyers >= badShareMin ? 'buyers failed' : undefined;
  if (event.type === 'probe.measured' && event.kind === 'alert')
    return event.good ? `the condition of ${event.name} held` : undefined;
  if (event.type === 'probe.measured' && event.kind === 'steady-state')
    return event.good || event.value === null ? undefined : `"${event.name}" turned bad`;
  const alerted = event.type === 'alert.pended' || event.type === 'alert.fired';
  return alerted && plan.alerts.some(({ name }) => name === event.alert) ? `${event.alert} saw it` : undefined;
};

export const effectVerdict = (trial: TrialRecord, plan: Plan): Verdict<EffectReason> => {
  const injected = firstOf(trial.events, 'fault.injected');
  if (injected === undefined)
    return inconclusive('not-injected', trial.cutShort ?? 'no fault was injected', [trial.events[0]]);
  const since = beforeUndo(trial).filter((event) => event.seq > injected.seq);
  for (const event of since) {
    const effect = effectIn(event, plan);
    if (effect !== undefined)
      return pass(`${effect} within ${showReal(event.atMs - injected.atMs)}`, [injected, event]);
  }
  return trial.cutShort === null
    ? inconclusive('no-effect', 'the fault changed nothing measurable', [injected, since.at(-1)])
    : inconclusive('not-observed', trial.cutShort, [injected, since.at(-1)]);
};
