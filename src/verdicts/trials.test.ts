import { expect, test } from 'vitest';
import { fullProof, sampleRun, withMore, without } from './journal.fixture.ts';
import { beforeUndo, busyBetween, trialsOf, watchedUntilMs } from './trials.ts';

test('a full proof falls into its three trials', () => {
  expect(trialsOf(fullProof()).map(({ trial, cutShort }) => [trial, cutShort])).toEqual([
    ['fault', null],
    ['control', null],
    ['fault-free', null],
  ]);
});

test('what a watchdog adds after a trial belongs to that trial, but not to what is judged of the system', () => {
  const [trial] = trialsOf(
    sampleRun({ entries: withMore([41_000, { type: 'fault.undone', faultId: 'x', by: 'watchdog' }]) }),
  );
  expect(trial?.aftermath.map(({ type }) => type)).toEqual(['fault.undone', 'run.ended']);
});

test('a trial without an end was cut short', () => {
  const [trial] = trialsOf(sampleRun({ entries: without('trial.ended') }));
  expect(trial?.cutShort).toBe('the journal ends before the trial does');
});

test('a trial that ended in good order because the run was interrupted was cut short', () => {
  const [trial] = trialsOf(
    sampleRun({
      entries: withMore([41_000, { type: 'run.ended', outcome: 'interrupted', residue: [], signal: 'SIGINT' }]),
    }),
  );
  expect(trial?.cutShort).toBe('the run was interrupted');
});

test('an abort cuts its trial short and is named', () => {
  const [trial] = trialsOf(
    sampleRun({ entries: withMore([12_000, { type: 'run.aborted', condition: 'shop process gone' }]) }),
  );
  expect(trial?.cutShort).toBe('the run was aborted: shop process gone');
});

test('nothing after the beginning of our own undo is held for the doing of the system', () => {
  const [trial] = trialsOf(sampleRun());
  expect(trial && watchedUntilMs(trial)).toBe(40_100);
  expect(trial && beforeUndo(trial).some(({ type }) => type === 'fault.undone')).toBe(false);
});

test('a machine is busy from 25 ms of lateness on, and only in the windows that were asked about', () => {
  const busy = (lagP99Ms: number) =>
    sampleRun({
      entries: withMore([
        10_100,
        {
          type: 'load.measured',
          windowMs: 500,
          buyers: 1,
          buyersFailed: 0,
          requests: 1,
          requestsFailed: 0,
          p50Ms: 1,
          p95Ms: 1,
          lagP99Ms,
          inFlight: 0,
          dropped: 0,
          errors: {},
        },
      ]),
    });
  expect(busyBetween(busy(26), 8_000, 12_000)?.atMs).toBe(10_100);
  expect(busyBetween(busy(25), 8_000, 12_000)).toBeUndefined();
  expect(busyBetween(busy(26), 11_000, 12_000)).toBeUndefined();
});
