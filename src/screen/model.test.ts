import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seenByResponder } from '../drill/redaction.ts';
import type { JournalEvent, JournalFact } from '../journal/events.ts';
import { ms, seconds } from '../units.ts';
import { briefing, drillEvents, evaluation, modelAt } from './drill.fixture.ts';
import { reduce, sinceDetection, startModel, type Model } from './model.ts';

const after = (facts: readonly (readonly [number, JournalFact])[], from: Model = startModel(briefing)): Model =>
  facts.reduce((model, [at, fact]) => reduce(model, { seq: model.seq + 1, atMs: seconds(at), ...fact }), from);

const fired = { type: 'alert.fired', alert: 'A', labels: {}, value: 1 } as const;
const delivered = { type: 'alert.delivered', alert: 'A', labels: {}, receiver: 'pager' } as const;
const stopped = { type: 'run.stopped', by: 'primary', reason: 'enough' } as const;

test('a drill opens, is quiet, is paged, is restored and is over', () => {
  const phases = (facts: readonly JournalFact[]): readonly string[] =>
    facts.map((_, index) => after(facts.slice(0, index + 1).map((fact) => [0, fact] as const)).phase);
  const opened = {
    type: 'environment.opened',
    kind: 'embedded',
    postgresVersion: '17',
    capabilities: [],
    connections: { max: 60, reserved: 3, poolMax: 20, instances: 2 },
  } as const;
  const ended = { type: 'run.ended', outcome: 'completed', residue: [] } as const;
  const down = { type: 'phase.entered', phase: 'down' } as const;
  expect(phases([{ type: 'phase.entered', phase: 'up' }, opened, delivered, down, ended, delivered])).toEqual([
    'opening',
    'on call',
    'paged',
    'restoring',
    'over',
    'over',
  ]);
  expect(
    after([
      [0, opened],
      [1, delivered],
      [2, stopped],
      [3, down],
    ]),
  ).toMatchObject({ phase: 'restoring', stopped: 'stopped: enough' });
});

test('people count from when the first alert that paged had fired; a ticket pages nobody', () => {
  const before = after([
    [8, { ...fired, alert: 'T' }],
    [9, { ...delivered, alert: 'T', receiver: 'tickets' }],
    [10, { ...fired, type: 'alert.pended' }],
    [12, fired],
  ]);
  expect(before.detectedMs).toBeNull();
  const model = after(
    [
      [14, delivered],
      [20, { ...delivered, alert: 'B' }],
    ],
    before,
  );
  expect(model.detectedMs).toBe(12_000);
  expect(sinceDetection(model, seconds(15))).toBe(3_000);
  expect(sinceDetection(startModel(briefing), seconds(15))).toBeNull();
});

test('of each milestone the first time counts', () => {
  const ack = { type: 'team.acknowledged', by: 'primary', alert: null } as const;
  const { reached } = after([
    [1, fired],
    [2, delivered],
    [3, ack],
    [4, delivered],
    [5, ack],
    [6, { type: 'team.claimed', by: 'primary', claim: 'mitigated' }],
  ]);
  expect(reached).toEqual({ detected: 1_000, notified: 2_000, acknowledged: 3_000, mitigated: 6_000 });
});

test('the board holds the newest word on each cause', () => {
  const said = (cause: string, status: 'suspected' | 'ruled-out') =>
    ({ type: 'team.hypothesised', by: 'primary', cause, status, because: null }) as const;
  const { board } = after([
    [1, said('a/b', 'suspected')],
    [2, said('c/d', 'suspected')],
    [3, said('a/b', 'ruled-out')],
  ]);
  expect(board.hypotheses.map(({ cause, status }) => `${cause} ${status}`)).toEqual(['a/b ruled-out', 'c/d suspected']);
});

test('measurements are charts, no timeline; what could not be read is not a zero', () => {
  const model = after([
    [1, { type: 'connections.measured', used: 18, limit: 20, waiting: 4 }],
    [2, { type: 'connections.measured', used: null, limit: null, waiting: null }],
  ]);
  expect(model.timeline).toEqual([]);
  expect(model.series.connections).toMatchObject({ now: null, peak: 18 });
  expect(model.connectionsLimit).toBe(20);
});

test('a hint that was taken has its text, the others only their price', () => {
  const { hints } = after(
    [[1, { type: 'hint.taken', by: 'primary', level: 'nudge', text: 'look there', cost: 2 }]],
    startModel(evaluation),
  );
  expect(hints).toEqual([
    { level: 'nudge', cost: 2, text: 'look there' },
    { level: 'pointer', cost: 3, text: null },
    { level: 'solution', cost: 8, text: null },
  ]);
});

test('a stream that repeats itself changes nothing', () => {
  const events = drillEvents(120);
  fc.assert(
    fc.property(fc.nat({ max: events.length }), fc.nat({ max: 50 }), (upTo, back) => {
      const once = events.slice(0, upTo).reduce(reduce, startModel(briefing));
      const again = events.slice(Math.max(0, upTo - back), upTo).reduce(reduce, once);
      expect(again).toBe(once);
    }),
  );
});

test('what a responder is not shown cannot reach the model', () => {
  const hidden: readonly JournalFact[] = [
    { type: 'fault.intended', faultId: 'canary-1', fault: 'canary', description: 'canary', undoId: 'canary' },
    { type: 'fault.injected', faultId: 'canary-1' },
    { type: 'environment.changed', act: 'restart', target: 'canary', by: 'fault' },
    { type: 'probe.measured', kind: 'cause', name: 'canary', value: 1, good: false },
    { type: 'service.healed', sinceMs: ms(1), evidence: [] },
    { type: 'phase.entered', phase: 'inject' },
  ];
  const events = hidden.map((fact, index): JournalEvent => ({ seq: 9_000 + index, atMs: seconds(300), ...fact }));
  const model = events.flatMap((event) => seenByResponder(event) ?? []).reduce(reduce, modelAt(245));
  expect(model).toEqual(modelAt(245));
  expect(JSON.stringify(model)).not.toContain('canary');
});

test('an hour of measurements takes no more room than five minutes', () => {
  expect(JSON.stringify(modelAt(3_600).series).length).toBeLessThan(1.1 * JSON.stringify(modelAt(400).series).length);
});
