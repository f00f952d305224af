/**
 * Whatever else can go away while a fault is active in containers. `src/` is not asked whether it cleaned up: Docker and the
 * machine are.
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gameday, untilNothing } from '../gameday.fixture.ts';
import { everything, inDocker, skipped, toContainer, underFault, withoutDocker } from './docker.fixture.ts';

/** Docker as it is, behind a socket that can be taken away. */
const behindRelay = async (): Promise<{ readonly address: string; readonly cut: () => void }> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect('/var/run/docker.sock');
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(from.on('error', () => to.destroy()));
      from.pipe(to);
    }
  });
  const cut = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  onTestFinished(cut);
  await once(server.listen(join(folder, 's')), 'listening');
  return { address: `unix://${join(folder, 's')}`, cut };
};

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

const watchdogsOf = (runId: string): readonly number[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return /watchdog\.js/.test(command) && command.includes(runId) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

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

test.skipIf(withoutDocker ?? !existsSync('/var/run/docker.sock'))(
  `a Docker that goes away ends the run with what is left and how to remove it; the next command removes it${skipped}`,
  async () => {
    const { address, cut } = await behindRelay();
    const { folder, verify, runId } = await underFault('web-stack-outage', '1-lower-connection-limit', {
      DOCKER_HOST: address,
    });
    cut();
    expect(await verify.exited).toBe(5);
    expect(verify.stderr()).toContain('run failed: Docker does not answer any more');
    const said = verify.stdout() + verify.stderr();
    expect(said).toContain(`docker compose --project-name gameday-${runId}-f down --volumes`);
    expect(inDocker(runId)).not.toEqual([]);

    const recover = gameday(folder, 'recover');
    expect(await recover.exited).toBe(0);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);
