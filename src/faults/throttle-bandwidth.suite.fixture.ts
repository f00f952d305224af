/** What only this fault is asked; `faults.test.ts` runs it. */
import { describe, expect, test } from 'vitest';
import type { FaultSuite } from './fault-replica.fixture.ts';

export const throttleBandwidth: FaultSuite = {
  name: 'throttle-bandwidth',
  params: { rateKbPerSecond: 50 },
  changes: {
    toxics: ['postgres: gameday:test:1-throttle-bandwidth-bandwidth-downstream bandwidth downstream'],
  },
  written: [[{ rateKbPerSecond: 8 }, 'at most 8 kB/s on each connection from PostgreSQL']],
  abandoned: { rateKbPerSecond: 50 },
  own: (on) => {
    describe('a fault on the wire', () => {
      test('throttle-bandwidth slows what the service reads to its rate', async () => {
        const { inject, milliseconds } = on();
        const text = "select repeat('x', 50000)";
        const { undo } = await inject('throttle-bandwidth', { rateKbPerSecond: 50 });
        const throttled = await milliseconds(text, 1);
        expect(throttled).toBeGreaterThan(800); // 50 kB at 50 kB/s, less the first slice
        await undo();
        expect(await milliseconds(text, 3)).toBeLessThan(throttled / 3);
      });
    });
  },
};
