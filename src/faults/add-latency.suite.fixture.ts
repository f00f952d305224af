/** What only this fault is asked; `faults.test.ts` runs it. */
import { describe, expect, test } from 'vitest';
import type { FaultSuite } from './fault-replica.fixture.ts';

export const addLatency: FaultSuite = {
  name: 'add-latency',
  params: { delay: 40, jitter: 0 },
  changes: {
    toxics: [
      'postgres: gameday:test:1-add-latency-latency-upstream latency upstream',
      'postgres: gameday:test:1-add-latency-latency-downstream latency downstream',
    ],
  },
  written: [
    [{ delay: '20ms' }, '20 ms each way'],
    [{ delay: '20ms', jitter: '5ms' }, '20 ms each way, give or take 5 ms'],
    [{ delay: 'soon' }, '"soon" is not a duration such as 20ms'],
  ],
  abandoned: { delay: 1, jitter: 0 },
  own: (on) => {
    describe('a fault on the wire', () => {
      test('add-latency delays every round trip in both directions', async () => {
        const { inject, milliseconds } = on();
        const { undo } = await inject('add-latency', { delay: 60, jitter: 0 });
        expect(await milliseconds('select 1', 3)).toBeGreaterThan(110);
        await undo();
        expect(await milliseconds('select 1', 3)).toBeLessThan(60);
      });
    });
  },
};
