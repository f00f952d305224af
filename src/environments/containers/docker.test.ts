/** Against a Docker that there is not, so that it holds on every machine. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { containersRemove } from './removal.ts';
import { docker, DockerFailed, dockerVariables, findEngine } from './docker.ts';

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

/** A `docker` of our own in front of the search path, or none at all. */
const dockerIs = (script: string | undefined): void => {
  const folder = folderForTest();
  if (script !== undefined) {
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'docker'), 0o755);
  }
  vi.stubEnv('PATH', script === undefined ? folder : `${folder}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
};

const engine = (version: string, compose: string, endpoint: string): string => `
case "$1 $2" in
  'version --format') echo '${version} amd64' ;;
  'compose version') echo '${compose}' ;;
  'context inspect') echo '${endpoint}' ;;
esac`;

test('where docker is not installed, that is said with the next step', async () => {
  dockerIs(undefined);
  await expect(findEngine()).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    problems: [
      { message: 'docker is not installed here', hint: expect.stringContaining('leave --env containers out') },
    ],
  });
});

test('a Compose that is too old is named beside the one that is needed', async () => {
  dockerIs(engine('28.1.0', '2.24.3', 'unix:///var/run/docker.sock'));
  await expect(findEngine()).rejects.toThrow('Docker Compose is 2.24.3; the replica needs 2.24.4 or newer');
});

test('what answers is told, and where', async () => {
  dockerIs(engine('28.1.0', 'v2.38.2', 'tcp://build-host:2376'));
  expect(await findEngine()).toEqual({
    version: '28.1.0',
    architecture: 'amd64',
    composeVersion: 'v2.38.2',
    endpoint: 'tcp://build-host:2376',
  });
});

test('a Docker that hears and says nothing is given up after a while', async () => {
  dockerIs('sleep 60');
  await expect(docker(['ps'], { withinMs: 200 as never })).rejects.toThrow('docker ps: no answer within 0.2 s');
});

test('an abort ends the command and everything it has started, before it is told', async () => {
  const socket = join(folderForTest(), 's');
  const connected = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const server = createServer((client) => {
    connected.resolve();
    client.once('close', () => gone.resolve());
  }).listen(socket);
  onTestFinished(() => void server.close());
  // A plugin is a child of a child.
  dockerIs(`sh -c '"${process.execPath}" -e "require(\\"net\\").connect(\\"${socket}\\")"; true'; true`);
  const abort = new AbortController();
  const working = docker(['compose', 'up'], { signal: abort.signal });
  await connected.promise;
  abort.abort(new Error('enough'));
  await expect(working).rejects.toThrow('enough');
  await gone.promise;
});

test('what a command says on standard error is kept', async () => {
  dockerIs('echo no such thing >&2; exit 1');
  const failed: unknown = await docker(['rm', 'x']).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DockerFailed);
  expect(failed).toMatchObject({ said: 'no such thing', message: 'docker rm x: no such thing' });
});

test('only what leads to Docker is handed on', () => {
  vi.stubEnv('DOCKER_HOST', 'tcp://x:1');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(dockerVariables()).toMatchObject({ DOCKER_HOST: 'tcp://x:1' });
  expect(dockerVariables()).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
});

test('a removal whose Docker does not answer says so, and removes nothing that is not of a run', async () => {
  dockerIs('echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2; exit 1');
  const context = { signal: AbortSignal.timeout(300) };
  const removal = containersRemove.undo(
    { kind: 'containers.remove', project: 'gameday-20260101-000000-abc-f' },
    context,
  );
  await expect(removal).rejects.toThrow('Docker does not answer (unix:///x)');
  await expect(containersRemove.undo({ kind: 'containers.remove', project: '' }, context)).rejects.toThrow(
    '"" is not the project of a run',
  );
});
