import { expect, test } from 'vitest';
import { sampleRun, without } from '../src/verdicts/journal.fixture.ts';
import { alertMoments, disorder } from './peers/alert-order.ts';

const moments = (times: Readonly<Record<string, number>>) =>
  Object.entries(times).map(([what, atMs]) => ({ what, atMs }));

test('a run has the first moment of each kind for each expected alert', () => {
  const whats = alertMoments(sampleRun()).map(({ what }) => what);
  expect(whats).toContain('DatabaseConnectionsRefused fired');
  expect(whats).toContain('DatabaseConnectionsRefused delivered');
  expect(new Set(whats).size).toBe(whats.length);
  const silent = alertMoments(sampleRun({ entries: without('alert.fired') }));
  expect(silent.filter(({ what }) => what.endsWith('fired'))).toEqual([]);
});

test('two runs agree when everything came, in one order', () => {
  expect(disorder(moments({ a: 0, b: 1_000 }), moments({ a: 500, b: 4_000 }))).toEqual([]);
});

test('what came at nearly the same time has no order', () => {
  expect(disorder(moments({ a: 0, b: 599 }), moments({ b: 0, a: 2_000 }))).toEqual([]);
});

test('another order, and what came only once, are told', () => {
  expect(disorder(moments({ a: 0, b: 600 }), moments({ b: 0, a: 600, c: 700 }))).toEqual([
    'c in one of the runs only',
    'a before b in one of the runs only',
  ]);
});
