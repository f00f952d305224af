import { describe, expect, test } from 'vitest';
import type { AlertExamination, FailedTarget, Muting } from '../journal/alert-facts.ts';
import { seconds, ms } from '../units.ts';
import { alertExplanations } from './alert-explanation.ts';
import { sampleRun, samplePlan, withMore, without, type Entry, type Story } from './journal.fixture.ts';

const alert = 'DatabaseConnectionsRefused';
const labels = { severity: 'page' };
/** As it is sent: with what is added on the way. */
const sentLabels = { ...labels, gameday: 'drill' };
const group = '{}:{alertname="DatabaseConnectionsRefused"}';

const seen: AlertExamination = {
  ...{ expr: 'refused > 0.5', error: '', scrapeMs: ms(167), evaluationMs: ms(167), forMs: seconds(2) },
  seriesFirstMs: seconds(2),
  ...{ missing: [], stretches: [], targets: [] },
  conditions: [
    { value: 'refused', op: '>', bound: 0.5, held: false, closest: { value: 0.42, atMs: ms(9_000), labels: {} } },
  ],
  routes: [
    { receiver: 'pager', by: ['webhook to pager:9095'], group, groupWaitMs: ms(167), groupIntervalMs: ms(10_000) },
  ],
};

const examined = (part: Partial<AlertExamination> = {}): Entry => [
  40_000,
  { type: 'alert.examined', alert, wanted: labels, examination: { ...seen, ...part } },
];

const explain = (
  more: readonly Entry[],
  story: Partial<Story> = {},
  entries: (all: readonly Entry[]) => readonly Entry[] = (all) => all,
) => {
  const monitoring = { metrics: 'postgres_exporter', prometheus: 3 } as const;
  const mark = { label: 'gameday', value: 'drill', prefix: '(DRILL) ' };
  const plan = { ...samplePlan, monitoring: { ...monitoring, drillMark: mark } };
  const journal = sampleRun({ story, plan, entries: (all) => withMore(...more)(entries(all)) });
  const explanations = alertExplanations(journal, plan);
  const found = explanations.expected.find((each) => each.alert === alert);
  if (found === undefined) throw new Error('not explained');
  return { ...explanations, ...found, why: found.cause && `${found.cause.reason}: ${found.cause.detail}` };
};

/** In which nothing fires, and the service stays ill for longer than every bound. */
const silent = { firesMs: Infinity, runbookMs: Infinity, wellMs: Infinity } as const;

describe('an alert that came as it should', () => {
  test('shows each step by the servers’ own times, beside the delay that is configured', () => {
    const stretches = [{ labels: {}, fromMs: ms(8_400), untilMs: ms(13_000) }];
    const { steps, why } = explain([examined({ stretches })]);
    expect(why).toBeNull();
    expect(steps.map(({ name, sinceFaultMs, configured }) => [name, sinceFaultMs, configured])).toEqual([
      ['series', -6_000, null],
      ['true', 400, { name: 'scrape_interval', writtenMs: 5_000 }],
      ['pending', 900, { name: 'evaluation_interval', writtenMs: 5_000 }],
      ['firing', 1_900, { name: 'for', writtenMs: 60_000 }],
      ['sent', 1_950, null],
      ['received', 2_000, { name: 'group_wait', writtenMs: 5_000 }],
      ['resolved', 6_900, { name: 'group_interval', writtenMs: 300_000 }],
    ]);
  });

  test('is dated by the servers where they say it, unless that cannot be', () => {
    const dated = (all: readonly Entry[]): readonly Entry[] =>
      all.map(([atMs, fact]) => {
        if (fact.type === 'alert.pended') return [atMs, { ...fact, activeAtMs: ms(8_850) }];
        if (fact.type === 'alert.sent') return [atMs, { ...fact, firedAtMs: ms(9_860), sentAtMs: ms(99_000) }];
        return [atMs, fact];
      });
    const { steps } = explain([], {}, dated);
    expect(Object.fromEntries(steps.map(({ name, sinceFaultMs }) => [name, sinceFaultMs]))).toMatchObject({
      ...{ pending: 850, firing: 1_860, sent: 1_950 },
    });
  });

  test('is explained by its events alone in a journal of before alerts were examined', () => {
    const { steps, why, verdict } = explain([]);
    expect([verdict.outcome, why]).toEqual(['pass', null]);
    expect(steps.map(({ name }) => name)).toEqual(['true', 'pending', 'firing', 'sent', 'received', 'resolved']);
  });
});

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

/** It fires at T+9.9 s, is sent at T+9.95 s and, unless `reachedMs`, reaches nobody; the service stays ill. */
const firing = (more: readonly Entry[], reachedMs: number | null = null, sent = true) => {
  const told: Entry[] = sent ? [[9_950, { type: 'alert.sent', alert, labels: sentLabels, receivers: ['pager'] }]] : [];
  if (reachedMs !== null)
    told.push([reachedMs, { type: 'alert.delivered', alert, labels: sentLabels, receiver: 'pager', group }]);
  const quiet = without('alert.sent', 'alert.delivered', 'alert.resolved', 'runbook.found');
  return explain([examined(), ...told, ...more], { runbookMs: Infinity, wellMs: Infinity }, quiet);
};
const muted = (atMs: number, part: Partial<Muting>): Entry => [
  atMs,
  {
    ...{ type: 'alert.muted', alert, labels: sentLabels },
    muting: { silences: [], alerts: [], intervals: [], ...part },
  },
];
const earlier = (atMs: number): Entry => [
  atMs,
  { type: 'alert.delivered', alert: 'Other', labels: sentLabels, receiver: 'pager', group },
];

describe('an alert that fired and did not arrive says why', () => {
  const inhibiting = { alerts: [{ alert: 'DatabaseDown', labels: sentLabels }] };
  const silencing = { silences: [{ id: 'c0ffee', author: 'alice', comment: 'works' }] };

  test.each<[string, readonly Entry[], string]>([
    [
      'which alert inhibits it',
      [muted(10_000, inhibiting)],
      'inhibited: firing, but inhibited by DatabaseDown (severity=page), for 30.1 s, at 30x 15 min 3 s, to the end',
    ],
    [
      'which silence',
      [muted(10_000, silencing), [20_000, { type: 'alert.unmuted', alert, labels: sentLabels }]],
      'silenced: firing, but silenced by alice (c0ffee): works, for 10.0 s, at 30x 5 min',
    ],
    [
      'which time interval',
      [muted(10_000, { intervals: ['nights'] })],
      'muted: firing, but muted by the time interval nights, for 30.1 s, at 30x 15 min 3 s, to the end',
    ],
    [
      'that the notification service was told, and its receiver not',
      [],
      'not-taken: sent 30.1 s, at 30x 15 min 5 s before the end and routed to pager (webhook to pager:9095), which never got it: delivery failed',
    ],
    [
      'that its receiver refused it',
      [[10_500, { type: 'notification.refused', receiver: 'pager', reason: 'not JSON' }]],
      'not-taken: sent 30.1 s, at 30x 15 min 5 s before the end and routed to pager (webhook to pager:9095), which never got it: it was refused: not JSON',
    ],
  ])('%s', (_, more, expected) => {
    expect(firing(more).why).toBe(expected);
  });

  test('by which means it would have been told, which a replica does not have', () => {
    const withheld = {
      type: 'alert.withheld',
      alert,
      labels: sentLabels,
      receiver: 'pager',
      integration: 'slack',
    } as const;
    expect(firing([[10_100, withheld]]).why).toBe(
      'not-taken: pager would have been told by slack, which a replica does not do; expect a webhook or PagerDuty',
    );
  });

  test('that nobody was told that it fires', () => {
    expect(firing([], null, false).why).toBe(
      'not-sent: fired, but Alertmanager never had it: look at alerting: in prometheus.yml',
    );
  });

  test('whom it went to instead, whether or not that one could be told', () => {
    const sent: Entry = [9_950, { type: 'alert.sent', alert, labels: sentLabels, receivers: ['tickets'] }];
    expect(firing([sent], null, false).why).toBe(
      'routed-elsewhere: routed to tickets instead of pager, with labels severity=page',
    );
    const told: Entry = [10_100, { type: 'alert.delivered', alert, labels: sentLabels, receiver: 'chat' }];
    expect(firing([told], null, false).why).toMatch(/^routed-elsewhere: routed to chat instead of pager/);
  });

  test('that its group waits for its next turn, or for its first', () => {
    const waiting = { routes: [{ ...seen.routes[0]!, groupWaitMs: ms(60_000), groupIntervalMs: ms(60_000) }] };
    const told: Entry = [9_950, { type: 'alert.sent', alert, labels: sentLabels, receivers: ['pager'] }];
    const quiet = without('alert.sent', 'alert.delivered', 'alert.resolved', 'runbook.found');
    const story = { runbookMs: Infinity, wellMs: Infinity };
    expect(explain([examined(waiting), told], story, quiet).why).toBe(
      'grouped-late: its group waits 30 min (group_wait) before it is told: still not told 30.1 s, at 30x 15 min 5 s after it was sent',
    );
    expect(explain([examined(waiting), told, earlier(9_500)], story, quiet).why).toBe(
      `grouped-late: its group ${group} had been told 0.5 s, at 30x 14 s before it came, and is told again every 30 min (group_interval): still not told 30.1 s, at 30x 15 min 5 s after it was sent`,
    );
  });
});

describe('an alert that arrived too late says where the time went', () => {
  test('to its group, which had been told already', () => {
    const { why, steps } = firing([earlier(9_500)], 19_400);
    expect(why).toBe(
      `grouped-late: its group ${group} had been told 0.5 s, at 30x 14 s before it came, and is told again every 5 min (group_interval): told 9.4 s, at 30x 4 min 44 s after it was sent`,
    );
    expect(steps.at(-1)).toMatchObject({ name: 'received', configured: { name: 'group_interval' } });
  });

  test('to what kept it from being told', () => {
    const { why } = firing([muted(10_000, { intervals: ['nights'] })], 19_400);
    expect(why).toBe('muted: firing, but muted by the time interval nights, for 9.4 s, at 30x 4 min 42 s');
  });

  test('also where the machine was too busy to say that it was too late', () => {
    const busy = (all: readonly Entry[]): readonly Entry[] =>
      without(
        'alert.sent',
        'alert.delivered',
        'alert.resolved',
      )(all).map(([atMs, fact]) => [
        atMs,
        fact.type === 'load.measured' && atMs === 10_000 ? { ...fact, lagP99Ms: 180 } : fact,
      ]);
    const { why, verdict } = explain(
      [
        examined(),
        [9_950, { type: 'alert.sent', alert, labels: sentLabels, receivers: ['pager'] }],
        muted(10_000, { intervals: ['nights'] }),
        [19_400, { type: 'alert.delivered', alert, labels: sentLabels, receiver: 'pager', group }],
      ],
      { runbookMs: Infinity, wellMs: Infinity },
      busy,
    );
    expect([verdict.outcome, why?.split(':')[0]]).toEqual(['inconclusive', 'muted']);
  });

  test('to its own `for`', () => {
    const late = { firesMs: 14_000, runbookMs: Infinity, wellMs: Infinity };
    const slow = (all: readonly Entry[]): readonly Entry[] =>
      all.map(([atMs, fact]) => [fact.type === 'alert.pended' ? 8_500 : atMs, fact]);
    expect(explain([examined()], late, slow).why).toBe(
      'too-slow: most of the time passed until it fired: 5.5 s, at 30x 2 min 45 s (for 1 min)',
    );
  });
});

test('an alert that nobody expected is listed once, with what made it fire', () => {
  const fired = (atMs: number): Entry => [
    atMs,
    { type: 'alert.fired', alert: 'DatabaseDown', labels: sentLabels, value: 0 },
  ];
  const rule: Entry = [
    40_000,
    { type: 'alert.examined', alert: 'DatabaseDown', wanted: null, examination: { ...seen, expr: 'pg_up == 0' } },
  ];
  expect(explain([fired(9_000), fired(12_000)]).unexpected).toEqual([
    {
      alert: 'DatabaseDown',
      trial: 'fault',
      labels: sentLabels,
      sinceFaultMs: 1_100,
      value: 0,
      forMs: null,
      examination: null,
    },
  ]);
  expect(explain([fired(9_000), rule]).unexpected).toMatchObject([
    { alert: 'DatabaseDown', forMs: 60_000, examination: { expr: 'pg_up == 0' } },
  ]);
  expect(explain([]).unexpected).toEqual([]);
});

test('a run that never broke anything explains its alerts by its verdict alone', () => {
  const journal = sampleRun({ entries: without('fault.intended', 'fault.injected') });
  const { expected, unexpected } = alertExplanations(journal, samplePlan);
  expect(expected.map(({ verdict, steps, cause }) => [verdict.outcome, steps, cause])).toEqual([
    ['inconclusive', [], null],
    ['inconclusive', [], null],
  ]);
  expect(unexpected).toEqual([]);
});
