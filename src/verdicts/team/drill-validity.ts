/**
 * Whether a drill shows anything: the system was well before, the fault did something, and the run came to its end. How the
 * team did is no part of it, so that a score never changes an exit code.
 */
import type { JournalEvent } from '../../journal/events.ts';
import { faultVerdict, residueOf } from '../faults.ts';
import type { DrillFacts } from './facts.ts';
import { firstOf, interruptionIn, trialsOf } from '../trials.ts';

import { inconclusive, pass, type Verdict } from '../verdict.ts';

/** The checks of a drill; they give its exit code. */
export const drillChecks = ({ record, started, before, injected, effect }: DrillFacts) => {
  const unseen = inconclusive('not-observed', 'it never came to that', [record.at(-1)]);
  const felt: Verdict =
    effect === undefined
      ? inconclusive('no-effect', 'the fault changed nothing measurable', [injected])
      : pass('felt', [effect]);
  const trial = trialsOf(record).find((each) => each.trial === 'fault');
  const residue = residueOf(record);
  return [
    { name: 'steady state before', ...(before ?? unseen) },
    { name: 'the fault has an effect', ...(injected === undefined ? unseen : felt) },
    ...(trial === undefined
      ? []
      : started.plan.faults.map((fault) => ({ name: `fault ${fault.id}`, ...faultVerdict(trial, fault, residue) }))),
  ];
};

/** Why this drill shows nothing of the team or the system; null where it does. */
export const nothingToScore = ({ injected, before, effect, over, record, response }: DrillFacts): string | null => {
  if (injected === undefined)
    return before === undefined || before.outcome === 'pass' ? 'no fault was injected' : notWell(before);
  if (before !== undefined && before.outcome !== 'pass') return notWell(before);
  if (over === undefined) return 'the drill is not over';
  const cutShort = interruptionIn(record.filter(mayCutShort));
  if (cutShort !== null) return cutShort;
  if (over.type === 'run.stopped' && !response.some(isNotice)) return 'it was stopped before anybody was told of it';
  if (firstOf(record, 'run.ended') === undefined) return 'the drill has not come to its end';
  return effect === undefined ? 'the fault changed nothing measurable' : null;
};

/** The time limit and the red button end a drill like any other; what else cuts a run short makes it no measurement. */
const mayCutShort = (event: JournalEvent, _: number, record: readonly JournalEvent[]): boolean =>
  event.type !== 'run.ended' ||
  event.outcome === 'failed' ||
  (event.outcome === 'interrupted' && firstOf(record, 'run.stopped') === undefined);

const isNotice = ({ type }: JournalEvent): boolean => type === 'alert.fired' || type === 'alert.delivered';

const notWell = ({ detail }: Verdict): string => `the system was not well before: ${detail}`;
