/** What the faults on the wire have in common; `faults.test.ts` runs it. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { rollback } from '../safety/rollback.ts';
import { emptyLog, ttlMs, type FaultReplica } from './fault-replica.fixture.ts';
import { undoers } from './undoers.ts';

export const faultsOnTheWire = (on: () => FaultReplica): void => {
  describe('a fault on the wire', () => {
    test('is undone although somebody removed one of its toxics by hand, and other toxics stay', async () => {
      const { inject, state, environment } = on();
      const { undo } = await inject('add-latency', { delay: 10, jitter: 0 });
      const toxics = `${environment.toxiproxy.url}/proxies/${environment.toxiproxy.proxy}/toxics`;
      await fetch(`${toxics}/gameday:test:1-add-latency-latency-upstream`, { method: 'DELETE' });
      await fetch(toxics, {
        method: 'POST',
        body: JSON.stringify({ name: 'theirs', type: 'latency', attributes: { latency: 1 } }),
      });
      onTestFinished(async () => void (await fetch(`${toxics}/theirs`, { method: 'DELETE' })));
      expect(await undo()).toEqual([]);
      expect((await state()).toxics).toEqual(['postgres: theirs latency downstream']);
    });

    test('cannot be called undone while its proxy does not answer', async () => {
      const { acts } = on();
      const { log } = emptyLog();
      log.intend({
        what: 'gone',
        byHand: '',
        ttlMs,
        record: { kind: 'toxics.remove', toxiproxyUrl: 'http://127.0.0.1:1', proxy: 'postgres', toxics: ['x'] },
      });
      const everywhere = (address: string): string => address;
      expect((await rollback({ log, undoers, acts, reach: everywhere })).map(({ reason }) => reason)).toEqual([
        expect.stringContaining('fetch failed'),
      ]);
    });
  });
};
