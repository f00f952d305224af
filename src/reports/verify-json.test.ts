import { expect, test } from 'vitest';
import { judgement } from '../verdicts/judgement.ts';
import { sampleRun, without } from '../verdicts/journal.fixture.ts';
import { verifyJson } from './verify-json.ts';

type Document = {
  readonly exit: unknown;
  readonly runs: readonly (Record<string, unknown> & { readonly checks: readonly { readonly name: string }[] })[];
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test reads what it has just written
const read = (text: string) => JSON.parse(text) as Document;

test('the exit names its code and the events that decided', () => {
  const journal = sampleRun({ story: { wellMs: Infinity } });
  const { exit, runs } = read(verifyJson([judgement(journal)]));
  expect(exit).toEqual({ code: 1, name: 'failed', because: expect.any(Array), why: 'runbook' });
  expect(runs[0]?.['exit']).toEqual(exit);
});

test('keys are always in the same order', () => {
  const [passed] = read(verifyJson([judgement(sampleRun())])).runs;
  const [broken] = read(verifyJson([judgement(sampleRun().slice(0, 5))])).runs;
  expect(Object.keys(broken ?? {})).toEqual(Object.keys(passed ?? {}));
  expect(Object.keys(passed ?? {}).slice(0, 4)).toEqual(['runId', 'startedAt', 'durationMs', 'version']);
});

test('a check has its outcome, its reason and its evidence', () => {
  const [run] = read(verifyJson([judgement(sampleRun({ entries: without('alert.delivered') }))])).runs;
  expect(run?.checks.find(({ name }) => name === 'ShopErrorRateHigh fires')).toEqual({
    kind: 'alert',
    name: 'ShopErrorRateHigh fires',
    trial: 'fault',
    outcome: 'fail',
    reason: 'not-delivered',
    detail: 'was sent, but no message reached pager',
    evidence: expect.any(Array),
  });
});

test('points have one decimal, and TEAM is null', () => {
  const [run] = read(verifyJson([judgement(sampleRun())])).runs;
  expect(run?.['readiness']).toMatchObject({ total: 93.7, band: 'Fluent' });
  expect(run?.['team']).toBeNull();
});

test('of several runs the worst speaks', () => {
  const runs = [
    sampleRun(),
    sampleRun({ entries: without('fault.verified') }),
    sampleRun({ story: { wellMs: Infinity } }),
  ];
  expect(read(verifyJson(runs.map(judgement))).exit).toMatchObject({ code: 5, name: 'residue' });
  expect(read(verifyJson([])).exit).toBeNull();
});
