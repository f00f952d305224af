import { describe, expect, test } from 'vitest';
import type { Muting } from '../../journal/alert-facts.ts';
import { ms } from '../../units.ts';
import { alert, examined, explain, group, seen, sentLabels } from './explanation.fixture.ts';
import { without, type Entry } from '../journal.fixture.ts';

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
