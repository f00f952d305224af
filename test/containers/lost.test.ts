/** What else can be lost while a fault is active in containers, one thing or two. Docker and the machine are asked what is left. */
import { expect, test } from 'vitest';
import { gameday, untilNothing } from '../gameday.fixture.ts';
import {
  everything,
  inDocker,
  relay,
  skipped,
  toContainer,
  underFault,
  watchdogsOf,
  withoutDocker,
  withoutSocket,
} from './docker.fixture.ts';

test.skipIf(withoutDocker)(
  `what is left when conductor and watchdog are killed together is removed by the next command${skipped}`,
  async () => {
    const { folder, verify, runId } = await underFault('web-stack-outage', '1-lower-connection-limit');
    for (const pid of watchdogsOf(runId)) process.kill(pid, 'SIGKILL');
    verify.child.kill('SIGKILL');
    await verify.exited;
    expect(inDocker(runId)).not.toEqual([]);
    const list = gameday(folder, 'list');
    expect(await list.exited).toBe(0);
    expect(list.stderr()).toContain(`the containers of gameday-${runId}-f`);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);

test.skipIf(withoutDocker)(
  `a fault proxy that hangs on its API is replaced, and the fault is seen to be gone${skipped}`,
  async () => {
    const { verify, runId, journal } = await underFault('database-throttled', '2-throttle-bandwidth');
    toContainer('pause', runId, 'toxiproxy');
    verify.child.kill('SIGINT');
    expect(await verify.exited).toBe(130);
    expect(journal()).toMatch(/"type":"fault\.verified","faultId":"2-throttle-bandwidth"/);
    expect(journal()).toMatch(/"type":"run\.ended".*"residue":\[\]/);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);

const unreachable = withoutSocket === undefined ? '' : ` (skipped: ${withoutSocket})`;
test.skipIf(withoutSocket)(
  `a Docker that is out of reach while its containers go on is no end of the fault: exit 5, and the next command removes it${unreachable}`,
  async () => {
    const { address, cut } = await relay('a socket');
    const { folder, verify, runId, journal } = await underFault('web-stack-outage', '1-lower-connection-limit', {
      DOCKER_HOST: address,
    });
    cut();
    expect(await verify.exited).toBe(5);
    expect(verify.stderr()).toContain('run failed: Docker does not answer any more');
    const said = verify.stdout() + verify.stderr();
    expect(said).toContain(`docker compose --project-name gameday-${runId}-f down --volumes`);
    expect(journal()).not.toContain('"left":');
    expect(inDocker(runId)).not.toEqual([]);

    const recover = gameday(folder, 'recover');
    expect(await recover.exited).toBe(0);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);
