/** The one crash of containers that CI has time for; the others are in `crashes.test.ts`. */
import { expect, test } from 'vitest';
import { untilNothing } from '../gameday.fixture.ts';
import { everything, inDocker, skipped, underFault, withoutDocker } from './docker.fixture.ts';

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
