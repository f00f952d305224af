import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { drillPlan } from '../../test/drill.fixture.ts';
import { startClock, type Clock } from '../clock.ts';
import type { Environment } from '../environments/environment.ts';
import type { JournalFact, Phase } from '../journal/events.ts';
import { openJournal } from '../journal/journal.ts';
import type { Plan, PlannedDrill } from '../plan/plan.ts';
import type { OperatorSession } from '../probes/operator-session.ts';
import { openUndoLog } from '../safety/undo-log.ts';
import { ms } from '../units.ts';
import { window } from '../verdicts/journal.fixture.ts';
import { drillScene } from './drill.ts';
import type { Scene } from './scenes.ts';

const short: Plan['observation'] = {
  warmUpMs: ms(0),
  baselineMs: ms(0),
  impactMs: ms(0),
  windowMs: ms(1_000),
  healed: { good: 2, of: 2 },
  settleMs: ms(0),
};

/** A drill in which everything that is measured is said by the test; its fault changes nothing. */
const play = async (part: Partial<PlannedDrill>, clock: Clock = startClock(), calm = true) => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-drill-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const journal = openJournal(join(folder, 'journal.jsonl'), clock.nowMs, () => expect.unreachable());
  const undoLog = openUndoLog(join(folder, 'undo.jsonl'));
  const stopping = new AbortController();
  const base = drillPlan('evaluation', { notes: [], holdMs: ms(0), ...part });
  const fault = base.faults[0]!;
  const plan: Plan = { ...base, observation: short };
  const record = (fact: JournalFact): void => void journal.append(fact);
  const measure = (good: boolean): void => {
    for (const { name } of plan.steadyState)
      record({ type: 'probe.measured', kind: 'steady-state', name, value: good ? 0 : 0.9, good });
    for (const { name } of plan.truth.healed)
      record({ type: 'probe.measured', kind: 'cause', name, value: good ? 1 : 0, good });
    record({ ...window({ buyers: 10, buyersFailed: good ? 0 : 9 }), windowMs: 10 } as JournalFact);
  };
  const ttls: number[] = [];
  const scene = {
    ...{ plan, runId: '20240620-101500-beef', journal, clock, undoLog, record, signal: stopping.signal },
    environment: { prometheusUrl: 'http://127.0.0.1:1', undoId: 'u0', service: { urls: [] } } as unknown as Environment,
    operator: { rows: async () => [{ used: 7, limit: 20 }] } as unknown as OperatorSession,
    observation: { watchCause: () => {} },
    load: { send: () => {} },
    enter: (phase: Phase) => record({ type: 'phase.entered', phase }),
    events: () => journal.events,
    onHeld: () => {},
    onIntended: () => {},
    faults: {
      [fault.fault]: {
        inject: async (
          _: unknown,
          { intend, ttlMs }: { intend: (undo: object, byHand: string) => void; ttlMs: number },
        ) => {
          ttls.push(ttlMs);
          intend({ kind: 'none' }, 'nothing');
        },
      },
    },
  } as unknown as Scene;
  const played = drillScene(scene).then(
    () => 'resolved',
    (error: Error) => error.message,
  );
  onTestFinished(async () => {
    stopping.abort(new Error('the test is over'));
    await played;
    undoLog.close();
    journal.close();
  });
  const phases = (): readonly string[] =>
    journal.events.flatMap((event) => (event.type === 'phase.entered' ? [event.phase] : []));
  const reached = async (phase: string): Promise<void> => {
    await expect.poll(phases, { interval: 5, timeout: 5_000 }).toContain(phase);
  };
  await reached('baseline');
  measure(calm);
  const types = (...wanted: readonly JournalFact['type'][]): readonly string[] =>
    journal.events.flatMap(({ type }) => (wanted.includes(type) ? [type] : []));
  return { played, record, measure, stopping, phases, reached, types, journal, ttls };
};

const expected = drillPlan('evaluation', {}).alerts[0]!.name;
const fired: JournalFact = { type: 'alert.fired', alert: expected, labels: {}, value: 1 };
const delivered: JournalFact = { type: 'alert.delivered', alert: expected, labels: {}, receiver: 'pager' };
const over: JournalFact = { type: 'alert.resolved', alert: expected, labels: {}, receiver: 'pager' };
const resolved: JournalFact = { type: 'team.claimed', by: 'primary', claim: 'resolved' };

test('a drill ends when "resolved" is true and the alerts have said so, too; before, nobody hears that it was not', async () => {
  const { played, record, measure, reached, phases, types } = await play({ limitMs: ms(20_000) });
  await reached('await-alert');
  expect(phases()).not.toContain('respond');
  record(fired);
  record(delivered);
  await reached('respond');
  measure(false);
  record(resolved);
  for (let index = 0; index < 4; index += 1) measure(true);
  await expect.poll(() => types('service.healed')).toHaveLength(1);
  for (let index = 0; index < 3; index += 1) measure(false);
  await expect.poll(() => types('service.healed', 'service.relapsed')).toEqual(['service.healed', 'service.relapsed']);
  record(resolved);
  expect(phases()).not.toContain('resolve');
  for (let index = 0; index < 4; index += 1) measure(true);
  record(resolved);
  await reached('resolve');
  record(over);
  expect(await played).toBe('resolved');
  expect(types('team.claimed')).toHaveLength(3);
});

test('the time limit counts from the page, and from the injection where none comes', async () => {
  const unseen = await play({ limitMs: ms(60) });
  expect(await unseen.played).toBe('the time limit was reached');
  expect(unseen.phases().at(-1)).toBe('await-alert');
  // No fault may expire by itself while somebody fights it.
  expect(unseen.ttls[0]).toBeGreaterThan(120);
  const paged = await play({ limitMs: ms(200) });
  await paged.reached('await-alert');
  paged.record(fired);
  paged.record(delivered);
  await paged.reached('respond');
  expect(await paged.played).toBe('the time limit was reached');
});

test('whoever stops a resolved drill does not wait for its alerts', async () => {
  const { played, record, measure, reached, stopping } = await play({ limitMs: ms(20_000) });
  await reached('await-alert');
  record(fired);
  record(delivered);
  measure(false);
  for (let index = 0; index < 4; index += 1) measure(true);
  record(resolved);
  await reached('resolve');
  stopping.abort(new Error('stopped'));
  expect(await played).toBe('stopped');
});

test('notes come at their time after the page, and connections are measured all along', async () => {
  const notes = [
    { atMs: ms(40), to: 'all', text: 'second' },
    { atMs: ms(0), to: 'lead', text: 'first' },
  ];
  const { record, reached, journal, types } = await play({ limitMs: ms(20_000), notes });
  await reached('await-alert');
  expect(types('note.delivered')).toEqual([]);
  record(fired);
  record(delivered);
  await expect.poll(() => types('note.delivered')).toHaveLength(2);
  expect(journal.events.flatMap((event) => (event.type === 'note.delivered' ? [event.text] : []))).toEqual([
    'first',
    'second',
  ]);
  expect(journal.events.find(({ type }) => type === 'connections.measured')).toMatchObject({
    used: 7,
    limit: 20,
    waiting: null,
  });
});

test('a replica that never comes to rest is not broken, and the responder is told why it is over', async () => {
  const real = startClock();
  const quick: Clock = {
    nowMs: () => ms(real.nowMs() * 100),
    sleep: (duration, signal) => real.sleep(ms(duration / 100), signal),
  };
  const { played, phases, journal } = await play({}, quick, false);
  expect(await played).toBe('resolved');
  expect(phases()).not.toContain('inject');
  expect(journal.events.at(-1)).toMatchObject({ type: 'run.stopped', by: 'nobody' });
  expect(journal.events.at(-1)).toHaveProperty(
    'reason',
    expect.stringMatching(/^nothing was broken: the replica never came to rest \(/),
  );
});
