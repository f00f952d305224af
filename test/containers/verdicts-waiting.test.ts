/** The outages in which the shop waits, before the real servers in containers. */
import { expect, test } from 'vitest';
import { proveOutage } from '../outage.fixture.ts';
import { inDocker, relay, skipped, withoutDocker, withoutSocket } from './docker.fixture.ts';

test.skipIf(withoutDocker)(
  `database-throttled shows in containers all that its proof has to show${skipped}`,
  async () => {
    const { contradictions, runId } = await proveOutage('containers', 'database-throttled');
    expect(contradictions).toEqual([]);
    expect(inDocker(runId)).toEqual([]);
  },
);

const unreachable = withoutSocket === undefined ? '' : ` (skipped: ${withoutSocket})`;
test.skipIf(withoutSocket)(
  `pool-undersized shows behind a Docker at a tcp:// address all that its proof has to show${unreachable}`,
  async () => {
    const { address } = await relay('a port');
    const { contradictions, runId } = await proveOutage('containers', 'pool-undersized', { DOCKER_HOST: address });
    expect(contradictions).toEqual([]);
    expect(inDocker(runId)).toEqual([]);
  },
);
