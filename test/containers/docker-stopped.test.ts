/**
 * The whole of Docker is stopped while a fault is active, as `systemctl stop docker` does it: its containers end with it.
 * That is only done where somebody says how: `GAMEDAY_DOCKER_STOP` and `GAMEDAY_DOCKER_START` are shell commands. It runs
 * alone, after everything else in containers, and not while Docker has containers of somebody else.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gameday, leftBy, untilNothing } from '../gameday.fixture.ts';
import { ask, everything, inDocker, isRequired, underFault, withoutDocker } from './docker.fixture.ts';

const { GAMEDAY_DOCKER_STOP: stop, GAMEDAY_DOCKER_START: start } = process.env;
const nobodySays = 'GAMEDAY_DOCKER_STOP and GAMEDAY_DOCKER_START say nothing';
const whyNot = withoutDocker ?? (stop === undefined || start === undefined ? nobodySays : undefined);
const skipped = whyNot === undefined ? '' : ` (skipped: ${whyNot})`;

/** @throws {Error} with what it said, where it fails. */
const shell = (command = ''): void => {
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${command}: ended with ${status}: ${stderr}`);
};

const answers = (): boolean => ask(['version']).status === 0;

test.skipIf(whyNot)(
  `a Docker that is stopped takes the fault with it: exit 3, and the next command removes what is left${skipped}`,
  async ({ skip }) => {
    const others = ask(['ps', '--format', '{{.Names}}']).lines;
    if (others.length > 0 && !isRequired) skip(`Docker has other containers: ${others.join(', ')}`);
    expect(others).toEqual([]);
    const { folder, verify, runId, journal } = await underFault('web-stack-outage', '1-lower-connection-limit');
    onTestFinished(() => {
      if (!answers()) shell(start);
      if (inDocker(runId).length > 0) ask(['compose', '--project-name', `gameday-${runId}-f`, 'down', '--volumes']);
    });
    shell(stop);
    expect(await verify.exited).toBe(3);
    expect(answers()).toBe(false);
    expect(verify.stderr()).toContain('run failed: Docker does not answer any more');
    expect(verify.stdout().replaceAll(/\s+/g, ' ')).toContain(
      `nothing runs any more of the containers of gameday-${runId}-f; once`,
    );
    expect(verify.stdout()).not.toContain('A FAULT MAY STILL BE ACTIVE');
    expect(journal()).toMatch(new RegExp(`"residue":\\[\\],"left":\\["the containers of gameday-${runId}-f`));
    expect(leftBy(runId)).toEqual([]);

    // Meanwhile every other command works, and says that it is there.
    const list = gameday(folder, 'list');
    expect(await list.exited).toBe(0);
    expect(list.stderr()).toContain('nothing of it runs any more');
    const recover = gameday(folder, 'recover');
    expect(await recover.exited).toBe(3);
    expect(recover.stderr()).toContain('try  start Docker, then gameday recover');

    shell(start);
    expect(inDocker(runId)).not.toEqual([]);
    expect(await gameday(folder, 'list').exited).toBe(0);
    expect(await untilNothing(everything(runId))).toEqual([]);
    const undoLog = readFileSync(join(folder, '.gameday/runs', runId, 'undo.log'), 'utf8');
    expect(undoLog).toMatch(/"state":"ended"[^]*"state":"verified"/);
  },
);
