import { expect, test } from 'vitest';
import { faultVerdict, residueOf } from './faults.ts';
import { changing, samplePlan, sampleRun, withMore, without, type Entry } from './journal.fixture.ts';
import { trialsOf } from './trials.ts';

const [fault] = samplePlan.faults;
const faultId = fault?.id ?? '';
const runOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) =>
  sampleRun(entries === undefined ? {} : { entries });
const verdictOf = (entries?: (entries: readonly Entry[]) => readonly Entry[]) => {
  const [trial] = trialsOf(runOf(entries));
  if (trial === undefined || fault === undefined) throw new Error('no trial');
  return faultVerdict(trial, fault);
};
const failed: Entry = [
  40_200,
  { type: 'fault.undoFailed', faultId, reason: 'connection refused', byHand: 'pg_ctl restart' },
];
const undoingFails = (entries: readonly Entry[]): readonly Entry[] =>
  withMore(failed)(without('fault.undone', 'fault.verified')(entries));

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
  expect(verdictOf(undoingFails)).toMatchObject({
    outcome: 'fail',
    reason: 'undo-failed',
    detail: 'could not be undone: connection refused',
  });
  expect(residueOf(runOf(undoingFails))).toEqual([
    { fault: 'max_connections lowered to 14', byHand: 'pg_ctl restart' },
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
