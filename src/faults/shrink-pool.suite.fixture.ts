/** What only this fault is asked; `faults.test.ts` runs it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rollback } from '../safety/rollback.ts';
import { emptyLog, ttlMs, type FaultSuite } from './fault-replica.fixture.ts';
import { undoers } from './undoers.ts';

export const shrinkPool: FaultSuite = {
  name: 'shrink-pool',
  params: { max: 1 },
  changes: { poolMax: [1] },
  written: [
    [{ max: 2 }, "each instance's pool holds at most 2, then a restart of the service"],
    [{ max: 0 }, expect.stringContaining('>=1')],
    [{ maximum: 3, max: 3 }, expect.stringContaining('maximum')],
  ],
  own: (on) => {
    describe('the undo of shrink-pool', () => {
      test('restores the pool when a runbook wrote the old size into the file and did not restart', async () => {
        const { inject, state, before, environment } = on();
        const { undo } = await inject('shrink-pool', { max: 1 });
        await environment.service.writeConfiguration(before.configuration);
        expect((await state()).poolMax).toEqual([1]);
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('restores the pool when the file was left so broken that the service cannot start', async () => {
        const { inject, state, before, environment, folder } = on();
        const { undo } = await inject('shrink-pool', { max: 1 });
        writeFileSync(join(folder, 'shop.json'), '{ "pool": ');
        await expect(environment.restart('service')).rejects.toThrow('shop-1 did not start');
        expect(await undo()).toEqual([]);
        expect(await state()).toEqual(before);
      });

      test('fails, and says why, where nobody can restart the service', async () => {
        const { before, reach } = on();
        const { log } = emptyLog();
        log.intend({
          what: 'a small pool',
          byHand: '',
          ttlMs,
          record: { kind: 'service.restore', configuration: before.configuration },
        });
        const residue = await rollback({ log, undoers, acts: undefined, reach });
        expect(residue.map(({ reason }) => reason)).toEqual([
          'the service has to be reconfigured and restarted, and nobody here can',
        ]);
      });
    });
  },
};
