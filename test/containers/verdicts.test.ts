/** The same outages before the real servers, in containers. One file, so one after the other: they measure time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gameday } from '../gameday.fixture.ts';
import { proveOutage } from '../outage.fixture.ts';
import { idOf, inDocker, relay, skipped, withoutDocker, withoutSocket } from './docker.fixture.ts';

test.skipIf(withoutDocker)(
  `web-stack-outage shows in containers all that its proof has to show${skipped}`,
  async () => {
    const { contradictions, folder, runFolder, runId } = await proveOutage('containers', 'web-stack-outage');
    expect(contradictions).toEqual([]);
    expect(inDocker(runId)).toEqual([]);
    const logs = ['postgres', 'shop-1', 'access-shop-1', 'shop-2', 'access-shop-2', 'prometheus', 'fault-proxy'];
    for (const log of logs) expect(readFileSync(join(runFolder, 'fault', `${log}.log`), 'utf8')).not.toBe('');

    // The samples of the real server serve to try other rules on, as those of the stand-in do.
    const rules = join(folder, 'monitoring/alerts.yml');
    expect(await gameday(folder, 'rules', 'backtest', runId, '--rules', rules).exited).toBe(0);
  },
);

test.skipIf(withoutDocker)(
  `connections-held shows in containers all that its proof has to show${skipped}`,
  async () => {
    const { contradictions, runId } = await proveOutage('containers', 'connections-held');
    expect(contradictions).toEqual([]);
    expect(inDocker(runId)).toEqual([]);
  },
);

test.skipIf(withoutDocker)(
  `database-throttled shows in containers all that its proof has to show${skipped}`,
  async () => {
    const image = idOf('gameday-shop');
    const { contradictions, runId } = await proveOutage('containers', 'database-throttled');
    expect(contradictions).toEqual([]);
    expect(inDocker(runId)).toEqual([]);
    expect(idOf('gameday-shop')).toEqual(image); // a run leaves no image behind, not even an old one without a tag
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
