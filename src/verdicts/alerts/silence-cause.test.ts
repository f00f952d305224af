import { describe, expect, test } from 'vitest';
import type { AlertExamination, FailedTarget } from '../../journal/alert-facts.ts';
import { ms } from '../../units.ts';
import { alert, examined, explain, seen } from './explanation.fixture.ts';
import type { Entry } from '../journal.fixture.ts';

/** In which nothing fires, and the service stays ill for longer than every bound. */
const silent = { firesMs: Infinity, runbookMs: Infinity, wellMs: Infinity } as const;

const target = (part: Partial<FailedTarget>): FailedTarget => ({
  ...{ job: 'ledger', instance: 'ledger:80', feeds: true, never: false, error: 'connection refused' },
  ...{ fromMs: ms(9_200), untilMs: null },
  ...part,
});
const missing = { selector: 'refussed', metric: 'refussed', ofThatName: 0, excluding: [], nearest: ['refused'] };
const stretch = (fromMs: number, untilMs: number) => [{ labels: {}, fromMs: ms(fromMs), untilMs: ms(untilMs) }];

describe('an alert that never fired says why', () => {
  test.each<[string, Partial<AlertExamination>, string]>([
    [
      'its closest value',
      {},
      'never-true: refused came no closer than 0.42, 1.0 s, at 30x 30 s after the fault, and needs > 0.5',
    ],
    [
      'the parts that never held, by their series',
      {
        conditions: [
          { ...seen.conditions[0]!, value: 'a', held: true },
          { value: 'b', op: '<', bound: 3, held: false, closest: { value: 4, atMs: ms(8_000), labels: { job: 'x' } } },
          { value: 'c', op: '==', bound: 1, held: false, closest: null },
        ],
      },
      'never-true: b came no closer than 4 for job=x, 0.0 s, at 30x 0 s after the fault, and needs < 3; c had no value, and needs == 1',
    ],
    [
      'that its parts never held together',
      { conditions: [{ ...seen.conditions[0]!, held: true }] },
      'never-true: each of its conditions held, but never all of them at once',
    ],
    ['that it compares nothing', { conditions: [], expr: 'absent(\n  up)' }, 'never-true: absent( up) had no result'],
    [
      'how long it was true at most',
      { stretches: stretch(9_000, 10_200) },
      'too-short: true for 1.2 s, at 30x 36 s at most; `for` asks for 1 min',
    ],
    [
      'that it was true too late',
      { stretches: stretch(38_500, 39_900) },
      'too-slow: true too late: for the last 1.4 s, at 30x 42 s; `for` asks for 1 min',
    ],
    [
      'a metric that is not there, and those that read alike',
      { missing: [missing], conditions: [] },
      'no-metric: there is no metric refussed, nearest: refused',
    ],
    [
      'a metric that nothing resembles',
      { missing: [{ ...missing, nearest: [] }] },
      'no-metric: there is no metric refussed, and none that reads alike',
    ],
    [
      'a pattern that no name matches',
      { missing: [{ ...missing, selector: '{__name__=~"x.*"}', metric: null, nearest: [] }] },
      'no-metric: no series matches {__name__=~"x.*"}',
    ],
    [
      'the matchers that exclude every series, and what there is instead',
      {
        missing: [
          {
            ...missing,
            ...{ selector: 'refused{code="1",host="a"}', metric: 'refused', ofThatName: 9 },
            excluding: [
              { matcher: 'code="1"', values: ['2', '3'], more: 4 },
              { matcher: 'host="a"', values: [], more: 0 },
            ],
          },
        ],
      },
      'labels-differ: none of the 9 series of refused matches code="1"; it has code 2, 3 and 4 more; none of the 9 series of refused matches host="a"; it has no label host',
    ],
    [
      'matchers that exclude each other',
      { missing: [{ ...missing, selector: 'refused{a="1",b="2"}', metric: 'refused', ofThatName: 9 }] },
      'labels-differ: none of the 9 series of refused matches all of refused{a="1",b="2"}',
    ],
    [
      'a target that was never there, where its metric reads like no other',
      { missing: [{ ...missing, nearest: [] }], targets: [target({ feeds: false, never: true, fromMs: ms(2_000) })] },
      'blinded: scrapes of ledger (ledger:80) failed since before the fault: connection refused; refussed was never seen',
    ],
    [
      'a misspelt metric, and beside it a target that was never there',
      { missing: [missing], targets: [target({ feeds: false, never: true })] },
      'no-metric: there is no metric refussed, nearest: refused; scrapes of ledger (ledger:80) failed since before the fault: connection refused',
    ],
    [
      'scrapes that failed for most of the time',
      { targets: [target({})] },
      'blinded: scrapes of ledger (ledger:80) failed from 1.2 s, at 30x 36 s after the fault on: connection refused; its condition was not seen true',
    ],
    [
      'scrapes that failed when it was true',
      { stretches: stretch(9_000, 10_000), targets: [target({ fromMs: ms(10_150), untilMs: ms(11_150), error: '' })] },
      'blinded: scrapes of ledger (ledger:80) failed from 2.1 s, at 30x 1 min 5 s after the fault, for 1.0 s, at 30x 30 s; its condition was last seen true for 1.0 s, at 30x 30 s of `for` 1 min',
    ],
    [
      'a rule that cannot be evaluated',
      { error: 'many-to-many matching not allowed' },
      'cannot-evaluate: its rule cannot be evaluated: many-to-many matching not allowed',
    ],
  ])('%s', (_, part, expected) => {
    expect(explain([examined(part)], silent).why).toBe(expected);
  });

  test('scrapes that failed for a moment are a note, not the reason', () => {
    const { why, notes } = explain(
      [examined({ targets: [target({ untilMs: ms(9_800) }), target({ untilMs: ms(9_500) })] })],
      silent,
    );
    expect(why).toMatch(/^never-true/);
    expect(notes).toEqual([
      'scrapes of ledger (ledger:80) failed from 1.2 s, at 30x 36 s after the fault, for 0.6 s, at 30x 18 s: connection refused',
    ]);
  });

  test('other labels than the wanted ones', () => {
    const other: Entry = [9_900, { type: 'alert.fired', alert, labels: { severity: 'ticket' }, value: 1 }];
    expect(explain([examined(), other], silent).why).toBe('wrong-labels: fired, but without severity=page (is ticket)');
  });

  test('nothing, where the run did not record what its rule saw', () => {
    expect(explain([], silent).why).toBe('not-recorded: the run did not record what its rule saw');
  });

  test('nothing, where the verdict itself is open: then that says why', () => {
    const { why, verdict } = explain([examined()], { ...silent, undoMs: 10_000 });
    expect([why, verdict.outcome]).toEqual([null, 'inconclusive']);
  });
});
