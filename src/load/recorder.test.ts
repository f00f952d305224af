import { expect, test } from 'vitest';
import { windowRecorder } from './recorder.ts';
import type { LoadWindow } from './window.ts';

const recording = () => {
  const windows: LoadWindow[] = [];
  return { windows, recorder: windowRecorder(500, (window) => windows.push(window)) };
};

const quiet: LoadWindow = {
  windowMs: 500,
  buyers: 0,
  buyersFailed: 0,
  requests: 0,
  requestsFailed: 0,
  p50Ms: null,
  p95Ms: null,
  lagP99Ms: 0,
  inFlight: 0,
  dropped: 0,
  errors: {},
};

test('a buyer is counted in the window in which the visit ended, and as in flight until then', () => {
  const { windows, recorder } = recording();
  recorder.buyerSent(100, 2);
  recorder.requestEnded(200, 100, undefined);
  recorder.requestEnded(700, 400, '503');
  recorder.buyerEnded(700, 'failed');
  recorder.rollTo(1_000);
  expect(windows).toEqual([
    { ...quiet, requests: 1, p50Ms: expect.closeTo(100, 0), p95Ms: expect.closeTo(100, 0), lagP99Ms: 2, inFlight: 1 },
    {
      ...quiet,
      ...{ buyers: 1, buyersFailed: 1, requests: 1, requestsFailed: 1, errors: { '503': 1 } },
      ...{ p50Ms: expect.closeTo(400, -1), p95Ms: expect.closeTo(400, -1) },
    },
  ]);
});

test('a window ends exactly at its edge', () => {
  const { windows, recorder } = recording();
  recorder.rollTo(499.9);
  expect(windows).toEqual([]);
  recorder.buyerSent(500, 0);
  expect(windows).toEqual([quiet]);
});

test('windows in which nothing was seen are reported, so that a gap in time is never a gap in the record', () => {
  const { windows, recorder } = recording();
  recorder.rollTo(1_600);
  expect(windows).toEqual([quiet, quiet, quiet]);
});

test('an arrival that was not sent is a failed buyer and no request', () => {
  const { windows, recorder } = recording();
  recorder.buyerDropped(10);
  recorder.rollTo(500);
  expect(windows).toEqual([{ ...quiet, buyers: 1, buyersFailed: 1, dropped: 1 }]);
});

test('the last window is as long as it got, and nothing is reported after it', () => {
  const { windows, recorder } = recording();
  recorder.buyerSent(100, 1);
  recorder.close(750);
  recorder.buyerEnded(800, 'succeeded');
  recorder.rollTo(9_000);
  expect(windows.map(({ windowMs, inFlight }) => ({ windowMs, inFlight }))).toEqual([
    { windowMs: 500, inFlight: 1 },
    { windowMs: 250, inFlight: 1 },
  ]);
});
