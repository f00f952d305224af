import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgement } from './judgement.ts';
import {
  changing,
  fullProof,
  journalOf,
  sampleRun,
  trialEntries,
  withMore,
  without,
  type Entry,
  type Story,
} from './journal.fixture.ts';
import { samplePlan } from './sample-plan.fixture.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import type { Plan } from '../plan/plan.ts';

const exitOf = (
  change: {
    story?: Partial<Story>;
    plan?: Partial<Plan>;
    entries?: (entries: readonly Entry[]) => readonly Entry[];
  } = {},
) => {
  const { code, name, why } = judgement(sampleRun(change)).exit;
  return `${code} ${name}: ${why}`;
};

describe('exit codes', () => {
  test('0: all required checks passed', () => {
    expect(exitOf()).toBe('0 passed: all 10 checks passed');
    expect(judgement(fullProof()).exit.code).toBe(0);
  });

  test('1: the system failed a check, named', () => {
    expect(exitOf({ story: { wellMs: Infinity } })).toBe('1 failed: runbook');
  });

  test('0: a runbook that is expected to fail does so', () => {
    const runbook = samplePlan.runbook && { ...samplePlan.runbook, verdict: 'false-success' as const };
    expect(exitOf({ story: { wellMs: Infinity }, plan: { runbook } })).toBe('0 passed: all 8 checks passed');
  });

  test('4: not knowing is never a pass, not even where it was expected', () => {
    const runbook = samplePlan.runbook && { ...samplePlan.runbook, verdict: 'inconclusive' as const };
    expect(exitOf({ plan: { runbook }, entries: without('snapshot.taken') })).toBe('4 inconclusive: runbook');
  });

  test('4: an unfaithful replay', () => {
    expect(exitOf({ story: { failing: 0.55 } })).toBe('4 inconclusive: impact as in the postmortem');
  });

  test('4: inconclusive wins over failed', () => {
    expect(exitOf({ story: { failing: 0.55, wellMs: Infinity } })).toBe('4 inconclusive: impact as in the postmortem');
  });

  test('4: an abort condition ended the run', () => {
    expect(exitOf({ entries: withMore([20_000, { type: 'run.aborted', condition: 'too hot' }]) })).toBe(
      '4 inconclusive: aborted: too hot',
    );
  });

  test('3: the run failed', () => {
    expect(exitOf({ entries: withMore([20_000, { type: 'run.failed', reason: 'PostgreSQL was lost' }]) })).toBe(
      '3 tool-failed: PostgreSQL was lost',
    );
  });

  test.each([
    ['130 interrupted: interrupted, restored', { outcome: 'interrupted', signal: 'SIGINT' }],
    ['143 terminated: terminated, restored', { outcome: 'interrupted', signal: 'SIGTERM' }],
    ['124 timed-out: time limit hit, restored', { outcome: 'timed-out' }],
  ] as const)('%s', (words, ending) => {
    expect(exitOf({ entries: withMore([41_000, { type: 'run.ended', residue: [], ...ending }]) })).toBe(words);
  });

  test.each([
    ['143 terminated: stopped by operator: lunch; restored', 'operator', 'lunch', 'SIGTERM'],
    ['130 interrupted: stopped: nobody reads it; restored', 'nobody', 'nobody reads it', undefined],
  ] as const)('%s', (words, by, reason, signal) => {
    const entries = withMore(
      [20_000, { type: 'run.stopped', by, reason }],
      [41_000, { type: 'run.ended', residue: [], outcome: 'interrupted', ...(signal && { signal }) }],
    );
    expect(exitOf({ entries })).toBe(words);
  });

  test('5: a fault that may still be active wins over everything', () => {
    const entries = (all: readonly Entry[]): readonly Entry[] =>
      withMore([41_000, { type: 'run.ended', outcome: 'interrupted', residue: [] }])(without('fault.verified')(all));
    expect(exitOf({ entries })).toBe('5 residue: may still be active: max_connections lowered to 14');
  });

  describe('an undo that failed', () => {
    const ending = (part: Partial<Extract<JournalFact, { type: 'run.ended' }>>) => (all: readonly Entry[]) =>
      withMore(
        [
          40_250,
          { type: 'fault.undoFailed', faultId: '1-lower-connection-limit', reason: 'refused', byHand: 'restart' },
        ],
        [41_000, { type: 'run.ended', outcome: 'completed', residue: [], ...part }],
      )(without('fault.verified', 'fault.undone')(all));

    test('3: is gone with its environment', () => {
      const words = '3 tool-failed: its own undo failed: fault 1-lower-connection-limit';
      expect(exitOf({ entries: ending({}) })).toBe(words);
      expect(exitOf({ story: { failing: 0.55, wellMs: Infinity }, entries: ending({}) })).toBe(words);
    });

    test('5: is left', () => {
      const residue = ['max_connections lowered to 14; by hand: restart'];
      expect(exitOf({ entries: ending({ residue }) })).toBe(
        '5 residue: may still be active: max_connections lowered to 14',
      );
    });

    test('130: in a run that somebody interrupted', () => {
      expect(exitOf({ entries: ending({ outcome: 'interrupted', signal: 'SIGINT' }) })).toMatch(/^130 /);
    });
  });

  test('5: a conductor that died between injecting and undoing', () => {
    const journal = sampleRun();
    const injected = journal.findIndex(({ type }) => type === 'fault.injected');
    expect(judgement(journal.slice(0, injected + 20)).exit.code).toBe(5);
  });

  test('3: a conductor that died before it broke anything', () => {
    expect(judgement(sampleRun().slice(0, 10)).exit).toMatchObject({
      code: 3,
      why: 'the journal ends before the run does',
    });
  });
});

describe('what was not checked', () => {
  test('the other trials of a single proof', () => {
    expect(judgement(sampleRun()).notChecked).toEqual([
      { name: 'does it heal without a runbook?', why: 'part of a full proof' },
      { name: 'is the runbook harmless on a healthy system?', why: 'part of a full proof' },
    ]);
    expect(judgement(fullProof()).notChecked).toEqual([]);
  });

  test('whether alerts resolve where the service was never healed', () => {
    const { checks, notChecked } = judgement(sampleRun({ story: { wellMs: Infinity } }));
    expect(checks.some(({ kind }) => kind === 'resolution')).toBe(false);
    expect(notChecked[0]).toEqual({ name: 'ShopErrorRateHigh resolves', why: 'the service was not healed' });
  });
});

describe('READINESS', () => {
  test('follows from the journal', () => {
    const { readiness } = judgement(sampleRun());
    expect(readiness?.total).toBeCloseTo((89 * 100) / 95, 6);
    expect(readiness?.items.map(({ sum }) => sum)).toEqual([
      '30 × 2/2',
      '15 × q(0.4750) = 15 × 1.0000',
      '10 × 2/2',
      '5 × 2/2',
      '15 × 3/3',
      '5 × 2/2',
      '15 × 3/5',
    ]);
  });

  test('a runbook that brings no recovery leaves the alerts unresolved', () => {
    const items = judgement(sampleRun({ story: { wellMs: Infinity } })).readiness?.items;
    expect(items?.find(({ name }) => name === 'alerts resolve after recovery')?.sum).toBe('5 × 0/2');
  });

  test.each<[string, (entries: readonly Entry[]) => readonly Entry[]]>([
    [
      'steady state before: 1 of 120 buyers already failed before',
      changing('load.measured', (fact, atMs) => (atMs === 6_500 ? { ...fact, buyersFailed: 1 } : fact)),
    ],
    ['the fault has an effect: no fault was injected', without('fault.injected')],
    ['the run was aborted: too hot', withMore([20_000, { type: 'run.aborted', condition: 'too hot' }])],
  ])('is withheld: %s', (why, entries) => {
    expect(judgement(sampleRun({ entries }))).toMatchObject({ readiness: null, readinessWithheld: why });
  });

  test('TEAM is null where there are no people', () => {
    expect(judgement(sampleRun()).team).toBeNull();
  });
});

test('the timeline tells the story in its order', () => {
  expect(judgement(sampleRun()).timeline.map(({ atMs, text }) => `${atMs} ${text}`)).toEqual([
    '8000 fault injected: max_connections lowered to 14',
    '8500 first buyers fail: 75 % of a window',
    '8900 alert pending: ShopErrorRateHigh',
    '8900 alert pending: DatabaseConnectionsRefused',
    '9900 alert fired: ShopErrorRateHigh',
    '9900 alert fired: DatabaseConnectionsRefused',
    '10000 alert delivered to pager: ShopErrorRateHigh',
    '10000 alert delivered to pager: DatabaseConnectionsRefused',
    '11000 runbook started: runbooks/r.md',
    '11600 step passed: see the limit: 14',
    '12200 step passed: raise the limit: done',
    '12800 step passed: buyers are served: 0 failing',
    '12900 runbook says ok',
    '14000 service well again from here on',
    '14900 alert resolved at pager: ShopErrorRateHigh',
    '14900 alert resolved at pager: DatabaseConnectionsRefused',
    '40200 fault undone: 1-lower-connection-limit',
    '40300 fault seen restored: 1-lower-connection-limit',
  ]);
});

test('a journal that does not begin with its run is refused', () => {
  expect(() => judgement([])).toThrow('a journal begins with run.started, this one is empty');
  expect(() => judgement(sampleRun().slice(1))).toThrow(
    'a journal begins with run.started, this one with trial.started',
  );
});

describe('for any story', () => {
  const stories = fc.record({
    failing: fc.constantFrom(0, 0.3, 0.75, 1),
    wellMs: fc.constantFrom(9_000, 12_000, 14_000, 25_000, Infinity),
    firesMs: fc.constantFrom(9_000, 11_000, 13_000, Infinity),
    runbookMs: fc.constantFrom(11_000, 14_000, Infinity),
    claim: fc.constantFrom('ok', 'failed', 'blocked'),
    relapseMs: fc.constantFrom(20_000, 26_000, Infinity),
    undoMs: fc.constantFrom(12_000, 20_000, 32_000),
  });
  const ending = fc.constantFrom<Entry>(
    [50_000, { type: 'run.ended', outcome: 'completed', residue: [] }],
    [50_000, { type: 'run.ended', outcome: 'interrupted', residue: [] }],
    [19_000, { type: 'run.aborted', condition: 'too hot' }],
    [25_000, { type: 'run.failed', reason: 'lost' }],
  );
  const journals = fc.tuple(stories, ending).map(([story, end]) => journalOf([...trialEntries(story), end]));
  const outcomes = (journal: readonly JournalEvent[]) =>
    new Map(judgement(journal).checks.map(({ trial, name, outcome }) => [`${trial} ${name}`, outcome]));

  test('every beginning of its journal is judged, and never passes what the whole fails', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(journals, cuts, (journal, at) => {
        const whole = outcomes(journal);
        const parts = at.map((cut) => outcomes(journal.slice(0, 1 + Math.floor(cut * (journal.length - 1)))));
        const taken = parts.flatMap((part) =>
          [...part].filter(([name, outcome]) => outcome === 'pass' && whole.get(name) === 'fail'),
        );
        expect(taken).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('only a whole journal exits with 0', () => {
    fc.assert(
      fc.property(journals, fc.nat(), (journal, cut) => {
        const part = journal.slice(0, 1 + (cut % (journal.length - 1)));
        const whole = part.some(({ type }) => type === 'run.ended');
        expect(whole || judgement(part).exit.code !== 0).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('judging twice gives the same', () => {
    fc.assert(
      fc.property(journals, (journal) => {
        expect(JSON.stringify(judgement(structuredClone(journal)))).toBe(JSON.stringify(judgement(journal)));
      }),
      { numRuns: 15 },
    );
  });

  test('all evidence points at events that exist', () => {
    fc.assert(
      fc.property(journals, (journal) => {
        const seqs = new Set(journal.map(({ seq }) => seq));
        const { checks, exit } = judgement(journal);
        for (const seq of [...checks.flatMap(({ evidence }) => evidence), ...exit.because])
          expect(seqs.has(seq)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test('names never matter', () => {
    const names = [
      'ShopErrorRateHigh',
      'DatabaseConnectionsRefused',
      'buyers succeed',
      'nobody waits',
      'max_connections in effect',
      'pager',
      '1-lower-connection-limit',
      'see the limit',
    ];
    const renamed = (journal: readonly JournalEvent[]): readonly JournalEvent[] => {
      const text = names.reduce((all, name, index) => all.replaceAll(name, `n${index}`), JSON.stringify(journal));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only names were replaced
      return JSON.parse(text) as readonly JournalEvent[];
    };
    fc.assert(
      fc.property(journals, (journal) => {
        const own = judgement(journal);
        const other = judgement(renamed(journal));
        expect(other.checks.map(({ outcome }) => outcome)).toEqual(own.checks.map(({ outcome }) => outcome));
        expect([other.runbook?.verdict, other.exit.code, other.readiness?.total]).toEqual([
          own.runbook?.verdict,
          own.exit.code,
          own.readiness?.total,
        ]);
      }),
      { numRuns: 20 },
    );
  });
});
