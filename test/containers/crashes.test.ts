/**
 * One crash for each who can be killed while a fault is active in containers; Docker itself is in `docker-stopped.test.ts`.
 * `src/` is not asked whether it cleaned up: Docker and the machine are.
 */
import { expect, test } from 'vitest';
import { untilNothing } from '../gameday.fixture.ts';
import {
  everything,
  inDocker,
  skipped,
  toContainer,
  underFault,
  watchdogsOf,
  withoutDocker,
} from './docker.fixture.ts';

test.skipIf(withoutDocker)(
  `the watchdog of a conductor that was killed removes the containers, and nothing is left${skipped}`,
  async () => {
    const { verify, runId, journal } = await underFault('web-stack-outage', '1-lower-connection-limit');
    expect(inDocker(runId)).not.toEqual([]);
    verify.child.kill('SIGKILL');
    await verify.exited;
    expect(await untilNothing(everything(runId), 30_000)).toEqual([]);
    expect(journal()).toContain('"by":"watchdog"');
  },
);

test.skipIf(withoutDocker)(
  `a conductor whose watchdog was killed ends the run, and restores and removes everything${skipped}`,
  async () => {
    const { verify, runId, journal } = await underFault('database-throttled', '2-throttle-bandwidth');
    for (const pid of watchdogsOf(runId)) process.kill(pid, 'SIGKILL');
    expect(await verify.exited).toBe(3);
    expect(verify.stderr()).toContain('run failed: watchdog was killed by SIGKILL');
    expect(journal()).toMatch(/"type":"fault\.verified","faultId":"2-throttle-bandwidth"/);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);

test.skipIf(withoutDocker)(
  `a container that ends on its own ends the run, which says so and restores everything${skipped}`,
  async () => {
    const { verify, runId } = await underFault('web-stack-outage', '1-lower-connection-limit');
    toContainer('kill', runId, 'shop-1');
    expect(await verify.exited).toBe(3);
    expect(verify.stderr()).toContain('run failed: shop-1 ended with 137');
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);
