import { expect, test } from 'vitest';
import { DockerFailed } from './docker.ts';
import { dockerProblem, isPortClash, naming } from './docker-problem.ts';

const messageOf = (said: string): string => dockerProblem(new DockerFailed(['compose', 'up'], said)).message;

test.each([
  ['guard: 7: docker: not found', 'docker is not installed here'],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://x/_ping": dial unix /var/run/docker.sock: connect: permission denied',
    'this account may not talk to Docker',
  ],
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'Docker does not answer (unix:///var/run/docker.sock)',
  ],
  ["docker: 'compose' is not a docker command.\nSee 'docker --help'", 'this Docker has no Compose'],
  [
    'Error response from daemon: driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:20123 failed: port is already allocated',
    'port 20123 is taken on the Docker host',
  ],
  [
    'Error starting userland proxy: listen tcp4 127.0.0.1:29999: bind: address already in use',
    'port 29999 is taken on the Docker host',
  ],
  [
    'Error response from daemon: Conflict. The container name "/gameday-1-f-pager-1" is already in use by container "c0ffee". You have to remove',
    'Docker has something of the name /gameday-1-f-pager-1 already',
  ],
  [
    'Error response from daemon: manifest for prom/prometheus:v3.5.99 not found: manifest unknown: manifest unknown',
    'an image is missing and cannot be fetched: prom/prometheus:v3.5.99',
  ],
  [
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    'an image is missing and cannot be fetched: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
  ],
  [
    'Error response from daemon: Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    'an image is missing and cannot be fetched: Error response from daemon: Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [
    'no matching manifest for linux/arm64/v8 in the manifest list entries',
    'an image is not made for the architecture of this Docker (linux/arm64/v8)',
  ],
  [
    'Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "serve": executable file not found in $PATH: unknown',
    'a container could not be started: "serve": executable file not found in $PATH',
  ],
  ['write /var/lib/docker/tmp/x: no space left on device', 'the Docker host has no room left'],
  ['something\nthat nobody has seen before', 'Docker did not do it: that nobody has seen before'],
])('%s', (said, message) => {
  expect(messageOf(said)).toBe(message);
});

test('every explanation has a next step, and is a failure of the environment', () => {
  const { code, problems } = dockerProblem(new DockerFailed([], 'exec format error'));
  expect(code).toBe('ENVIRONMENT_FAILED');
  expect(problems[0]?.hint).toContain('docker pull --platform');
});

test('only a port that is taken is tried again with another one', () => {
  const clash = 'Error starting userland proxy: listen tcp4 127.0.0.1:20123: bind: address already in use';
  expect(isPortClash(new DockerFailed([], clash))).toBe(true);
  expect(isPortClash(new DockerFailed([], 'no space left on device'))).toBe(false);
});

test('an image that Compose does not name is named', () => {
  const unnamed = dockerProblem(
    new DockerFailed([], 'Get "https://quay.io/v2/": dial tcp: lookup quay.io: no such host'),
  );
  expect(naming({ absent: ['quay.io/x:1'], foreign: [] }, unnamed)).toMatchObject({
    problems: [
      {
        message: 'an image is missing and cannot be fetched: quay.io/x:1',
        hint: expect.stringContaining('docker pull quay.io/x:1'),
      },
    ],
  });
  const other = dockerProblem(new DockerFailed([], 'no space left on device'));
  expect(naming({ absent: ['quay.io/x:1'], foreign: ['quay.io/y:1'] }, other)).toBe(other);
  expect(naming({ absent: [], foreign: ['quay.io/y:1'] }, unnamed)).toBe(unnamed);
});

test('an image for another architecture is named', () => {
  const unnamed = dockerProblem(new DockerFailed(['run'], 'exec /bin/x: exec format error'));
  expect(naming({ absent: ['quay.io/x:1'], foreign: ['quay.io/y:1'] }, unnamed)).toMatchObject({
    problems: [
      {
        message: 'an image is not made for the architecture of this Docker: quay.io/y:1',
        hint: expect.stringContaining('docker image rm quay.io/y:1'),
      },
    ],
  });
});
