/** A drill as a responder lives it, in events: the outage of the flagship, a page, a wrong lead, a right one, a relief. */
import type { Briefing } from '../drill/briefing.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import type { LoadWindow } from '../load/window.ts';
import { minutes, ms, seconds } from '../units.ts';
import { reduce, startModel, type Model } from './model.ts';

export const briefing: Briefing = {
  runId: '20261122-201000-abc123',
  startedAt: '2026-11-22T20:10:00.000Z',
  experiment: { name: 'web-stack-outage', title: 'Web stack outage of 2024-06-20' },
  mode: 'training',
  timeScale: 5,
  speed: 10,
  limitMs: minutes(30),
  holdMs: seconds(6),
  components: ['database', 'load-balancer', 'network', 'service', 'web-server'],
  causes: ['database/connection-limit-too-low', 'database/slow-query', 'network/ddos', 'service/pool-too-small'],
  roles: ['dba', 'manager', 'network'],
  runbooks: ['runbooks/DatabaseConnectionsRefused.md', 'runbooks/ShopErrorRateHigh.md'],
  pagers: ['pager'],
  hints: [
    { level: 'nudge', cost: 0 },
    { level: 'pointer', cost: 0 },
    { level: 'solution', cost: 0 },
  ],
  ghost: (
    [
      [0, 'detected', null],
      [5, 'notified', null],
      [10, 'wrong_lead', 'web-server'],
      [30, 'right_lead', 'database'],
      [90, 'escalated', 'dba'],
      [105, 'mitigated', null],
      [150, 'resolved', null],
    ] as const
  ).map(([at, milestone, about]) => ({ atMs: ms(minutes(at) / 5), asWrittenMs: minutes(at), milestone, about })),
};

/** The same, as an evaluation tells it: no words of the original, hints at a price. */
export const evaluation: Briefing = {
  ...briefing,
  mode: 'evaluation',
  hints: briefing.hints.map((hint, index) => ({ ...hint, cost: [2, 3, 8][index] ?? 0 })),
  ghost: briefing.ghost.map((moment) => ({ ...moment, about: null })),
};

const alert = (name: string) => ({ alert: name, labels: { alertname: name, severity: 'page' } });
const errors = alert('ShopErrorRateHigh');
const refused = alert('DatabaseConnectionsRefused');

/** What happened at which second of the run; measurements come between. */
const story: readonly (readonly [number, JournalFact])[] = [
  [0, { type: 'phase.entered', phase: 'up' }],
  [
    3,
    {
      type: 'environment.opened',
      kind: 'embedded',
      postgresVersion: '17.10',
      capabilities: [],
      connections: { max: 60, reserved: 3, poolMax: 20, instances: 2 },
    },
  ],
  [60, { type: 'alert.pended', ...errors, value: 0.4 }],
  [64, { type: 'alert.fired', ...errors, value: 0.6 }],
  [66, { type: 'alert.sent', ...errors }],
  [67, { type: 'alert.delivered', ...errors, receiver: 'pager' }],
  [
    68,
    {
      type: 'runbook.found',
      alert: errors.alert,
      url: 'https://runbooks.example/ShopErrorRateHigh',
      file: 'runbooks/ShopErrorRateHigh.md',
    },
  ],
  [70, { type: 'alert.pended', ...refused, value: 5 }],
  [76, { type: 'alert.fired', ...refused, value: 5 }],
  [78, { type: 'alert.delivered', ...refused, receiver: 'pager' }],
  [90, { type: 'team.acknowledged', by: 'primary', alert: null }],
  [100, { type: 'team.severityDeclared', by: 'primary', severity: 'SEV-1' }],
  [110, { type: 'team.leadNamed', by: 'primary', lead: 'me' }],
  [
    120,
    {
      type: 'note.delivered',
      to: 'lead',
      text: 'Marketing says a campaign mail went out at 10:00, and that the first carts of it were worth more than all of last week.',
    },
  ],
  [130, { type: 'team.focused', by: 'primary', component: 'web-server' }],
  [150, { type: 'team.hypothesised', by: 'primary', cause: 'network/ddos', status: 'suspected', because: null }],
  [
    170,
    {
      type: 'team.queried',
      by: 'primary',
      tool: 'logs',
      component: null,
      text: 'access',
      ok: true,
      summary: '40 lines',
      output: [],
    },
  ],
  [
    180,
    { type: 'team.hypothesised', by: 'primary', cause: 'network/ddos', status: 'ruled-out', because: 'few addresses' },
  ],
  [190, { type: 'team.focused', by: 'primary', component: 'database' }],
  [
    200,
    {
      type: 'team.queried',
      by: 'primary',
      tool: 'sql',
      component: 'database',
      text: 'select count(*) from pg_stat_activity',
      ok: false,
      summary: '53300: sorry, too many clients already',
      output: [],
    },
  ],
  [
    205,
    {
      type: 'hint.taken',
      by: 'primary',
      level: 'nudge',
      text: 'What does the database itself say to a new connection?',
      cost: 0,
    },
  ],
  [
    215,
    {
      type: 'team.hypothesised',
      by: 'primary',
      cause: 'database/connection-limit-too-low',
      status: 'confirmed',
      because: null,
    },
  ],
  [220, { type: 'team.escalated', by: 'primary', to: 'dba', reason: null }],
  [230, { type: 'step.started', step: 'count-sessions', section: 'Look', language: 'sql', danger: 'read', line: 12 }],
  [231, { type: 'step.finished', step: 'count-sessions', outcome: 'passed', detail: '20 rows', attempts: 1 }],
  [
    240,
    {
      type: 'team.updated',
      by: 'primary',
      text: 'Checkout fails for most; the database refuses logins; relief in ten minutes.',
    },
  ],
];

const load = (share: number, p95Ms: number): LoadWindow & { readonly type: 'load.measured' } => ({
  type: 'load.measured',
  windowMs: 1_000,
  buyers: 60,
  buyersFailed: Math.round(60 * share),
  requests: 100,
  requestsFailed: Math.round(100 * share),
  p50Ms: p95Ms / 3,
  p95Ms,
  lagP99Ms: 2,
  inFlight: 10,
  dropped: 0,
  errors: {},
});

/** Each second of the run up to `untilSeconds`: the measurements first, then what happened. */
export const drillEvents = (untilSeconds: number): readonly JournalEvent[] => {
  const facts: (readonly [number, JournalFact])[] = [];
  for (let second = 0; second <= untilSeconds; second++) {
    if (second > 4) {
      const ill = Math.max(0, Math.min(1, (second - 40) / 40));
      const ripple = (second * 7) % 5;
      facts.push([second, load(ill * 0.7 + ripple / 200, 60 + ill * 1_900 + ripple * 20)]);
      facts.push([
        second,
        {
          type: 'connections.measured',
          used: Math.round(24 + ripple - ill * 6),
          limit: ill > 0 ? 20 : 60,
          waiting: Math.round(ill * 35),
        },
      ]);
    }
    facts.push(...story.filter(([at]) => at === second));
  }
  return facts.map(([second, fact], index) => ({ seq: index + 1, atMs: seconds(second), ...fact }));
};

export const modelAt = (untilSeconds: number, told: Briefing = briefing): Model =>
  drillEvents(untilSeconds).reduce(reduce, startModel(told));
