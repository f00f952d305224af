import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../clock.ts';
import type { JournalFact, LoadWindow } from '../journal/events.ts';
import type { Plan, PlannedProbe } from '../plan/plan.ts';
import type { OperatorSession } from '../probes/operator-session.ts';
import { ms, seconds, type Ms } from '../units.ts';
import { observe } from './observation.ts';

type World = {
  /** The value of each query; no data for one that is not here. */
  readonly values: Record<string, string>;
  alerts: readonly { labels: Record<string, string>; state: string; value: string }[];
  truth: boolean | null;
  /** Answers wait for it. */
  hold: Promise<void> | undefined;
};

const at = { file: 'experiments/x.yaml', line: 1, column: 1 };
const promql = (query: string, bound: { below?: number; above?: number }): PlannedProbe => ({
  ...{ name: query, written: query, query, at, language: 'promql' },
  ...bound,
});
const sql: PlannedProbe = { name: 'cause', written: 'select', query: 'select', at, language: 'sql' };
const planned = (given: Partial<Plan>): Plan =>
  ({
    ...{ steadyState: [], alerts: [], abort: [], truth: { healed: [] }, observation: { windowMs: 500 } },
    ...given,
  }) as unknown as Plan;
const alerting = (name: string, query: string, op: string, value: number): Plan['alerts'][number] =>
  ({ name, at, rule: { threshold: { query, op, value } } }) as unknown as Plan['alerts'][number];

const start = async (plan: Partial<Plan>) => {
  const world: World = { values: {}, alerts: [], truth: null, hold: undefined };
  const server = createServer((request, response) => {
    void (async () => {
      const query = new URLSearchParams(await text(request)).get('query') ?? '';
      await world.hold;
      const value = world.values[query];
      const result = value === undefined ? [] : [{ metric: {}, value: [1_700_000_000, value] }];
      const body =
        request.url === '/api/v1/query'
          ? { status: 'success', data: { resultType: 'vector', result } }
          : request.url === '/api/v1/alerts'
            ? { status: 'success', data: { alerts: world.alerts } }
            : [];
      response.end(JSON.stringify(body));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let now = 0;
  const clock: Clock = { nowMs: () => ms(now), sleep: (_, signal) => sleepFor(5, undefined, signal ? { signal } : {}) };
  const facts: JournalFact[] = [];
  const aborted: string[] = [];
  const operator = { truth: async () => world.truth } as unknown as OperatorSession;
  const observation = observe({
    ...{ plan: planned(plan), targets: { prometheusUrl: url, operator }, alertmanagerUrl: url, clock },
    record: (fact) => facts.push(fact),
    onAbort: (condition) => aborted.push(condition),
  });
  onTestFinished(async () => {
    await observation[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const measured = (): readonly JournalFact[] => facts.filter(({ type }) => type === 'probe.measured');
  /** The next window of the load generator, and everything that is measured because of it, by name. */
  const window = async (afterMs: Ms = ms(500)): Promise<readonly JournalFact[]> => {
    const before = measured().length;
    const many =
      (plan.steadyState?.length ?? 0) + (plan.alerts?.length ?? 0) + (plan.abort?.length ?? 0) + causes.length;
    now += afterMs;
    observation.onWindow({ atMs: now } as unknown as LoadWindow);
    await expect.poll(() => measured().length - before, { interval: 5, timeout: 5_000 }).toBe(many);
    // One look at a time: the next window is measured once this one is through.
    await sleepFor(0);
    const nameOf = (fact: JournalFact): string => ('name' in fact ? fact.name : '');
    return measured()
      .slice(before)
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  };
  let causes: readonly PlannedProbe[] = [];
  const watchCause = (): void => {
    observation.watchCause();
    causes = plan.truth?.healed ?? [];
  };
  /** Time goes by without a window. */
  const silence = (forMs: Ms): void => void (now += forMs);
  return { world, facts, aborted, observation, measured, window, watchCause, silence };
};

describe('with every window of the load generator', () => {
  test('the window is written down, and every probe is measured once', async () => {
    const { world, facts, window } = await start({
      steadyState: [promql('errors', { below: 0.01 }), promql('waiting', { below: 3 })],
    });
    world.values['errors'] = '0.5';
    expect(await window()).toEqual([
      { type: 'probe.measured', kind: 'steady-state', name: 'errors', value: 0.5, good: false },
      { type: 'probe.measured', kind: 'steady-state', name: 'waiting', value: null, good: false },
    ]);
    Object.assign(world.values, { errors: '0', waiting: '1' });
    expect((await window()).map((fact) => 'good' in fact && fact.good)).toEqual([true, true]);
    expect(facts.filter(({ type }) => type === 'load.measured').length).toBe(2);
  });

  test('the cause is measured from the moment it exists', async () => {
    const { world, window, watchCause } = await start({ truth: { healed: [sql] } as unknown as Plan['truth'] });
    expect(await window()).toEqual([]);
    watchCause();
    world.truth = false;
    expect(await window()).toEqual([{ type: 'probe.measured', kind: 'cause', name: 'cause', value: 0, good: false }]);
    world.truth = true;
    expect(await window()).toEqual([{ type: 'probe.measured', kind: 'cause', name: 'cause', value: 1, good: true }]);
  });

  test.each([
    ['>', '0.5', false],
    ['>', '0.6', true],
    ['>=', '0.5', true],
    ['<', '0.5', false],
    ['<=', '0.5', true],
    ['==', '0.5', true],
    ['!=', '0.5', false],
  ])("an alert's own value is measured, and its condition: value %s 0.5 of %s is %s", async (op, value, good) => {
    const { world, window } = await start({ alerts: [alerting('Down', 'errors', op, 0.5)] });
    world.values['errors'] = value;
    expect(await window()).toEqual([
      { type: 'probe.measured', kind: 'alert', name: 'Down', value: Number(value), good },
    ]);
    delete world.values['errors'];
    expect(await window()).toEqual([{ type: 'probe.measured', kind: 'alert', name: 'Down', value: null, good: false }]);
  });

  test('a window that comes while the one before is still being measured is written down, not measured', async () => {
    const { world, facts, observation, window, measured } = await start({
      steadyState: [promql('errors', { below: 1 })],
    });
    const answered = Promise.withResolvers<void>();
    world.hold = answered.promise;
    const first = window();
    observation.onWindow({ atMs: 501 } as unknown as LoadWindow);
    answered.resolve();
    await first;
    expect(facts.filter(({ type }) => type === 'load.measured').length).toBe(2);
    expect(measured().length).toBe(1);
    world.hold = undefined;
    await window();
    expect(measured().length).toBe(2);
  });
});

describe('an abort condition', () => {
  const gone = { probe: promql('up', { below: 1 }), forMs: seconds(1) };

  test('ends the run once it has held for as long as it says', async () => {
    const { world, window, aborted } = await start({ abort: [gone] });
    world.values['up'] = '0';
    expect(await window()).toEqual([{ type: 'probe.measured', kind: 'abort', name: 'up', value: 0, good: false }]);
    await window();
    expect(aborted).toEqual([]);
    await window();
    expect(aborted).toEqual(['up']);
  });

  test('that is over in between begins anew', async () => {
    const { world, window, aborted } = await start({ abort: [gone] });
    for (const value of ['0', '0', '1', '0', '0']) {
      world.values['up'] = value;
      await window();
    }
    expect(aborted).toEqual([]);
    await window();
    expect(aborted).toEqual(['up']);
  });

  test('that cannot be read counts as bad', async () => {
    const { window, aborted } = await start({ abort: [gone] });
    for (let turn = 0; turn < 3; turn++)
      expect(await window()).toEqual([{ type: 'probe.measured', kind: 'abort', name: 'up', value: null, good: false }]);
    expect(aborted).toEqual(['up']);
  });

  test('is measured on when the load generator hangs, and once it has begun only', async () => {
    const { world, window, silence, measured, aborted } = await start({ abort: [gone] });
    silence(seconds(60));
    world.values['up'] = '1';
    await window();
    expect(measured()).toHaveLength(1);
    world.values['up'] = '0';
    for (const many of [2, 3]) {
      silence(ms(1_500));
      await expect.poll(() => measured().length, { interval: 5, timeout: 5_000 }).toBe(many);
    }
    expect(aborted).toEqual(['up']);
  });
});

test('alerts are watched all the time, and nothing is written down after the end', async () => {
  const { world, facts, observation, measured } = await start({ steadyState: [promql('errors', { below: 1 })] });
  world.alerts = [{ labels: { alertname: 'Down', severity: 'page' }, state: 'firing', value: '1' }];
  await expect
    .poll(() => facts.map(({ type }) => type), { interval: 5, timeout: 5_000 })
    .toEqual(['alert.pended', 'alert.fired']);
  await observation[Symbol.asyncDispose]();
  world.alerts = [];
  observation.onWindow({ atMs: 1 } as unknown as LoadWindow);
  await sleepFor(30);
  expect(facts.length).toBe(2);
  expect(measured()).toEqual([]);
});

test('the end does not wait for a measurement that hangs', async () => {
  const { world, observation, facts } = await start({ steadyState: [promql('errors', { below: 1 })] });
  world.hold = new Promise(() => {});
  observation.onWindow({ atMs: 500 } as unknown as LoadWindow);
  await observation[Symbol.asyncDispose]();
  expect(facts.map(({ type }) => type)).toEqual(['load.measured']);
});
