/** Drills at random: every kind of thing that people do, at any time, against any postmortem that can be scored against. */
import fc from 'fast-check';
import type { ReferenceEvent } from '../../documents/reference.ts';
import type { JournalFact } from '../../journal/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { minutes, ms, seconds } from '../../units.ts';
import {
  act,
  by,
  claim,
  confirmed,
  focus,
  goldenPlan,
  goldenTimeline,
  hint,
  update,
  type TeamStory,
} from './golden.fixture.ts';
import { samplePlan } from '../sample-plan.fixture.ts';

/** Measured every five seconds, so that a hundred drills are judged in a moment. */
export const coarsePlan = (part: Partial<Plan> = {}, drill: Parameters<typeof goldenPlan>[1] = {}): Plan =>
  goldenPlan(
    { observation: { ...samplePlan.observation, windowMs: seconds(5), baselineMs: seconds(5) }, ...part },
    drill,
  );

const anyDoing: fc.Arbitrary<JournalFact> = fc.oneof(
  fc.constantFrom('web-server', 'network', 'database').map(focus),
  fc.constantFrom('database/pool-limit-too-low', 'network/ddos').map(confirmed),
  fc.constantFrom('mitigated', 'resolved').map((what) => claim(what)),
  fc.constantFrom('restart-postgres', 'restart-service', 'step look').map(act),
  fc.constantFrom(hint('nudge', 2), hint('pointer', 3), hint('solution', 8)),
  fc
    .constantFrom('SEV-1', 'SEV-2', 'SEV-3')
    .map((severity): JournalFact => ({ type: 'team.severityDeclared', by, severity })),
  fc.constantFrom('dba', 'manager').map((to): JournalFact => ({ type: 'team.escalated', by, to, reason: null })),
  fc.constantFrom<JournalFact>(
    update,
    { type: 'team.acknowledged', by, alert: null },
    { type: 'team.leadNamed', by, lead: 'me' },
    { type: 'team.noted', by, text: 'hm' },
    { type: 'team.hypothesised', by, cause: 'database/pool-limit-too-low', status: 'suspected', because: null },
    {
      type: 'team.queried',
      by,
      tool: 'sql',
      component: 'database',
      text: 'select 1',
      ok: true,
      summary: '',
      output: [],
    },
  ),
);

const anyTeam = fc.array(fc.tuple(fc.integer({ min: -8, max: 1_500 }), anyDoing), { maxLength: 25 });

export const anyStory: fc.Arbitrary<Partial<TeamStory>> = fc
  .record({
    team: anyTeam,
    firesS: fc.integer({ min: 5, max: 400 }),
    causeGoneS: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 10, max: 1_000 }) }, fc.constant(Infinity)),
    greenAfterS: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -100, max: 200 }) }, fc.constant(Infinity)),
    endS: fc.oneof(fc.integer({ min: 200, max: 1_800 }), fc.constant(1_600)),
    bumpS: fc.integer({ min: 0, max: 1_500 }),
    bump: fc.constantFrom(0, 0.1, 0.2),
  })
  .map(({ firesS, causeGoneS, greenAfterS, bumpS, bump, ...rest }) => ({
    ...rest,
    // Everything is over before the undo begins.
    team: rest.team.filter(([atS]) => atS < rest.endS).toSorted(([a], [b]) => a - b),
    firesS,
    deliveredS: firesS + 10,
    causeGoneS,
    greenS: Math.max(20, causeGoneS + greenAfterS),
    failing: (atS) => 0.7 + (atS >= bumpS && atS < bumpS + 60 ? bump : 0),
  }));

/** The golden postmortem with some of its rows missing, and some elsewhere. */
export const anyTimeline: fc.Arbitrary<readonly ReferenceEvent[]> = fc
  .tuple(
    fc.subarray([...goldenTimeline], { minLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 11, maxLength: 11 }),
  )
  .map(([rows, later]) =>
    rows
      .map((row, index) => ({ ...row, atMs: ms(row.atMs + minutes(later[index] ?? 0)) }))
      .toSorted((a, b) => a.atMs - b.atMs),
  );

export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    timeline: anyTimeline,
    timeScale: fc.constantFrom(1, 2, 3, 5, 10),
    required: fc.boolean(),
    harmful: fc.subarray([
      { act: 'restart-postgres', severity: 'minor', why: 'drops sessions' } as const,
      { act: 'restart-service', severity: 'critical', why: 'drops carts' } as const,
    ]),
    nature: fc.constantFrom('curable', 'external'),
  })
  .map(({ timeline, timeScale, required, harmful, nature }) => {
    const plain = goldenPlan();
    return coarsePlan(
      {
        reference: plain.reference && { ...plain.reference, timeline },
        truth: { ...plain.truth, nature },
      },
      { timeScale, escalation: { required, to: 'dba' }, harmful },
    );
  });
