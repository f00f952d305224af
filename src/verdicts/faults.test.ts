import { expect, test } from 'vitest';
import { faultVerdict, residueOf } from './faults.ts';
import {
  changing,
  entriesOf,
  fullProof,
  journalOf,
  sampleRun,
  withMore,
  without,
  type Entry,
} from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import { trialsOf } from './trials.ts';

const [fault] = samplePlan.faults;
const faultId = fault?.id ?? '';
const runOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) =>
  sampleRun(entries === undefined ? {} : { entries });
const verdictOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) => {
  const journal = runOf(entries);
  const [trial] = trialsOf(journal);
  if (trial === undefined || fault === undefined) throw new Error('no trial');
  return faultVerdict(trial, fault, residueOf(journal));
};
const failed: Entry = [
  40_200,
  { type: 'fault.undoFailed', faultId, reason: 'connection refused', byHand: 'pg_ctl restart' },
];
const undoingFails = (entries: readonly Entry[]): readonly Entry[] =>
  withMore(failed)(without('fault.undone', 'fault.verified')(entries));
const leftAtEnd: Entry = [
  40_600,
  {
    type: 'run.ended',
    outcome: 'completed',
    residue: ['lower-connection-limit: max_connections lowered to 14; by hand: pg_ctl restart'],
  },
];
const undoingFailsForGood = (entries: readonly Entry[]): readonly Entry[] => withMore(leftAtEnd)(undoingFails(entries));

test('a fault that was injected, undone and seen restored passes and leaves nothing', () => {
  expect(verdictOf()).toMatchObject({ outcome: 'pass', detail: 'injected, undone and seen restored' });
  expect(residueOf(runOf())).toEqual([]);
});

test('a fault that the watchdog undid passes, too, and says so', () => {
  expect(verdictOf(changing('fault.undone', (fact) => ({ ...fact, by: 'watchdog' })))).toMatchObject({
    outcome: 'pass',
    detail: 'injected, undone by the watchdog and seen restored',
  });
});

test('an undo that failed is residue, with the command to do it by hand', () => {
  expect(verdictOf(undoingFailsForGood)).toMatchObject({
    outcome: 'fail',
    reason: 'undo-failed',
    detail: 'could not be undone: connection refused',
  });
  expect(residueOf(runOf(undoingFailsForGood))).toEqual([
    { fault: 'max_connections lowered to 14', byHand: 'pg_ctl restart' },
  ]);
});

test('an undo that failed in an environment that is gone fails, and leaves nothing', () => {
  expect(residueOf(runOf(undoingFails))).toEqual([]);
  expect(verdictOf(undoingFails)).toMatchObject({
    outcome: 'fail',
    reason: 'undo-failed',
    detail: 'its own undo failed (connection refused); it is gone with its environment',
  });
});

test('an undo that failed in a run that never came to its end may have left something', () => {
  const journal = runOf(undoingFails).filter(({ type }) => type !== 'run.ended');
  expect(residueOf(journal)).toEqual([{ fault: 'max_connections lowered to 14', byHand: 'pg_ctl restart' }]);
});

test('an undo that fails after the run has ended may have left something', () => {
  const late = (all: readonly Entry[]): readonly Entry[] =>
    withMore(
      [41_000, failed[1]],
      [40_700, { type: 'run.ended', outcome: 'failed', residue: [] }],
    )(without('fault.undone', 'fault.verified')(all));
  expect(residueOf(runOf(late))).toHaveLength(1);
});

test('a failed undo in one trial does not answer for the same fault in another', () => {
  const control = trialsOf(fullProof())[1];
  const faultTrial = runOf(undoingFails).filter(({ type }) => !type.startsWith('run.'));
  const open = entriesOf(control?.events ?? []).filter(([, { type }]) => type !== 'fault.verified');
  expect(residueOf(journalOf([...entriesOf(faultTrial), ...open]))).toEqual([
    { fault: 'max_connections lowered to 14', byHand: null },
  ]);
});

test('an undo that failed first and was seen restored later leaves nothing', () => {
  const entries = (all: readonly Entry[]): readonly Entry[] =>
    withMore(
      [41_000, { type: 'fault.undone', faultId, by: 'operator' }],
      [41_100, { type: 'fault.verified', faultId }],
    )(undoingFails(all));
  expect(verdictOf(entries).outcome).toBe('pass');
  expect(residueOf(runOf(entries))).toEqual([]);
});

test('a fault that was undone but never seen restored may still be active', () => {
  expect(verdictOf(without('fault.verified'))).toMatchObject({ outcome: 'fail', reason: 'not-verified' });
  expect(residueOf(runOf(without('fault.verified')))).toEqual([
    { fault: 'max_connections lowered to 14', byHand: null },
  ]);
});

test('a fault that nobody undid may still be active', () => {
  expect(verdictOf(without('fault.undone', 'fault.verified'))).toMatchObject({ outcome: 'fail', reason: 'not-undone' });
});

test('an intention may have come true even where the injection was not told any more', () => {
  const journal = runOf(
    without('fault.injected', 'fault.undone', 'fault.verified', 'trial.ended', 'environment.closed'),
  );
  expect(residueOf(journal)).toEqual([{ fault: 'max_connections lowered to 14', byHand: null }]);
});

test('a fault of several records is restored when each of them is', () => {
  const second: Entry = [
    7_950,
    { type: 'fault.intended', faultId, fault: 'x', description: 'max_connections lowered to 14', undoId: 'u9' },
  ];
  expect(verdictOf(withMore(second))).toMatchObject({ outcome: 'fail', reason: 'not-verified' });
  expect(verdictOf(withMore(second, [40_250, { type: 'fault.verified', faultId }])).outcome).toBe('pass');
});

test('what the run itself names at its end is residue, too', () => {
  const ending: Entry = [
    41_000,
    { type: 'run.ended', outcome: 'failed', residue: ['the environment in /tmp/x; by hand: rm -rf /tmp/x'] },
  ];
  expect(residueOf(runOf(withMore(ending)))).toEqual([{ fault: 'the environment in /tmp/x', byHand: 'rm -rf /tmp/x' }]);
});

test('what the run names is said once, and not at all when it was seen restored after the run', () => {
  const ending: Entry = [
    40_600,
    {
      type: 'run.ended',
      outcome: 'failed',
      residue: ['lower-connection-limit: max_connections lowered to 14; by hand: pg_ctl restart'],
    },
  ];
  const left = (all: readonly Entry[]): readonly Entry[] => withMore(ending)(without('fault.verified')(all));
  expect(residueOf(runOf(left))).toEqual([{ fault: 'max_connections lowered to 14', byHand: 'pg_ctl restart' }]);
  const later = (all: readonly Entry[]): readonly Entry[] =>
    withMore([50_000, { type: 'fault.verified', faultId }])(left(all));
  expect(residueOf(runOf(later))).toEqual([]);
});

test('a fault that never came to be is inconclusive', () => {
  expect(verdictOf(without('fault.intended', 'fault.injected', 'fault.undone', 'fault.verified'))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'not-injected',
  });
});

test('a record that is seen restored twice does not stand for another one', () => {
  const second: Entry = [
    7_950,
    { type: 'fault.intended', faultId, fault: 'x', description: 'max_connections lowered to 14', undoId: 'u9' },
  ];
  const again = (undoId: string): Entry => [40_350, { type: 'fault.verified', faultId, undoId }];
  const twice = withMore(second, again('fault 1-lower-connection-limit'));
  expect(verdictOf(twice)).toMatchObject({ outcome: 'fail', reason: 'not-verified' });
  expect(residueOf(runOf(twice))).toHaveLength(1);
  expect(verdictOf(withMore(second, again('u9'))).outcome).toBe('pass');
  expect(residueOf(runOf(withMore(second, again('u9'))))).toEqual([]);
});
