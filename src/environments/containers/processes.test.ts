import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { containersRemove } from './removal.ts';
import { runningHere, seenHere } from './processes.ts';

/** As good as the id of a container: processes are in a group of this name, this one among them. */
const own = (): string => readFileSync('/proc/self/cgroup', 'utf8').split('\n')[0] ?? '';
const nobodys = 'f'.repeat(64);

const dockerSays = (...ids: readonly string[]): void => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\nprintf '%s\\n' ${ids.map((id) => `'${id}'`).join(' ')}\n`);
  chmodSync(join(folder, 'docker'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
};

test.skipIf(process.platform !== 'linux')('a container runs while a process is in its group', async () => {
  expect(await runningHere([own(), nobodys])).toEqual([own()]);
});

test.skipIf(process.platform !== 'linux')('what Docker says to run counts only where all of it is seen', async () => {
  dockerSays(own());
  expect(await seenHere('p')).toEqual([own()]);
  dockerSays(own(), nobodys);
  expect(await seenHere('p')).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')(
  'containers have ended when they are known and none of them runs',
  async () => {
    const hasEnded = (...containers: readonly string[]): Promise<boolean> =>
      containersRemove.hasEnded({ kind: 'containers.remove', project: 'p', containers });
    expect(await hasEnded(nobodys)).toBe(true);
    expect(await hasEnded(nobodys, own())).toBe(false);
    expect(await hasEnded()).toBe(false);
    expect(await containersRemove.hasEnded({ kind: 'containers.remove', project: 'p' })).toBe(false);
  },
);
