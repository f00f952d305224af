/** Brings the project up, and loads the rules when there is something to see. */
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { isReady, reload } from '../../embedded/prometheus/original.ts';
import type { WaitStrategy } from 'testcontainers';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { Intention } from '../../safety/undo-log.ts';
import { minutes, seconds } from '../../units.ts';
import { untilItWorks } from '../answering.ts';
import { architectureOf, missingImages } from './images.ts';
import { endStarts, partsOf } from './removal.ts';
import { composeFile, projectName, type ComposeProject } from './replica.ts';
import { docker, DockerFailed, type Engine } from './docker.ts';
import { dockerProblem, isPortClash, naming } from './docker-problem.ts';

const startsWithin = seconds(60);
const buildsWithin = minutes(3);

/** Somebody else took a port between our look and Docker's. */
const portTriesMax = 3;

/**
 * Writes down that the containers of this run are to be removed, before the first one exists.
 *
 * @returns The record's id. @throws {GamedayError} where something of the name is there already: it is not ours to remove.
 */
export const intendRemoval = async (
  folder: string,
  intend: (entry: Pick<Intention, 'what' | 'byHand' | 'record'>) => string,
): Promise<string> => {
  const project = projectName(folder);
  const parts = await partsOf(project);
  if (Object.values(parts).some((ids) => ids.length > 0))
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `Docker has a project ${project} already`,
      hint: `remove it if it is yours: docker compose --project-name ${project} down --volumes`,
    });
  return intend({
    what: `the containers of ${project}`,
    byHand: `docker compose --project-name ${project} down --volumes`,
    record: { kind: 'containers.remove', project },
  });
};

/** `host`: where its published ports are reached from here. `publishAt`: the address that they have to be published at for that. */
export type DockerHost = { readonly host: string; readonly publishAt: string };

/**
 * As Testcontainers finds out: also from inside a container, and for a Docker elsewhere.
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED for an endpoint that it cannot use.
 */
export const dockerHost = async ({ endpoint }: Engine): Promise<DockerHost> => {
  // It knows no contexts; a socket is all there is to know of most.
  const isSocket = /^(?:unix|npipe):/.test(endpoint);
  if (isSocket) process.env['DOCKER_HOST'] ??= endpoint;
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    const { host: found } = (await getContainerRuntimeClient()).info.containerRuntime;
    const host = found === 'localhost' ? '127.0.0.1' : found;
    // Behind a socket it is this machine, or the bridge to it: nobody else needs to get in.
    return { host, publishAt: isSocket && isIP(host) !== 0 ? host : '0.0.0.0' };
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `Testcontainers does not reach Docker at ${endpoint}: ${reasonOf(cause)}`,
        hint: 'set DOCKER_HOST to a socket (unix://…) or an address (tcp://…), with DOCKER_CERT_PATH where it needs one',
      },
      { cause },
    );
  }
};

/**
 * @param onAgain Before it is tried with other ports: Compose has taken down what had come up.
 * @throws {GamedayError} ENVIRONMENT_FAILED with the next step.
 */
export const startProject = async (
  project: ComposeProject,
  services: readonly string[] | undefined,
  { architecture }: Engine,
  signal: AbortSignal,
  onAgain: () => void,
): Promise<void> => {
  const end = (): void => void endStarts(project.name);
  signal.addEventListener('abort', end, { once: true });
  try {
    await buildShop(signal);
    await upWithFreePorts(project, services, signal, onAgain);
  } catch (error) {
    signal.throwIfAborted();
    throw naming(await missingImages(architecture), error);
  } finally {
    signal.removeEventListener('abort', end);
  }
};

/**
 * Under one name for all runs, and without the time of the build: Compose labels an image with its project, so otherwise each
 * run would leave one more image without a tag.
 */
const buildShop = async (signal: AbortSignal): Promise<void> => {
  const build = ['compose', '--project-name', 'gameday', '--file', composeFile, 'build', 'prepare'];
  const variables = { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  await explained(docker(build, { variables, signal, withinMs: buildsWithin }));
};

const upWithFreePorts = async (
  project: ComposeProject,
  services: readonly string[] | undefined,
  signal: AbortSignal,
  onAgain: () => void,
): Promise<void> => {
  const { DockerComposeEnvironment } = await import('testcontainers');
  const reaped = await hasReaper();
  for (let left = portTriesMax; ; left -= 1)
    try {
      signal.throwIfAborted();
      await new DockerComposeEnvironment(dirname(composeFile), [...project.files])
        .withProjectName(project.name)
        .withEnvironment({ ...project.variables })
        .withAutoCleanup(reaped)
        .withDefaultWaitStrategy(askedByOurselves)
        .up(services === undefined ? undefined : [...services]);
      signal.throwIfAborted();
      return;
    } catch (error) {
      signal.throwIfAborted();
      const failed = new DockerFailed(['compose', 'up'], reasonOf(error));
      if (left === 1 || !isPortClash(failed)) throw dockerProblem(failed);
      await project.drawPorts();
      onAgain();
    }
};

/** Each server is asked in its own way once it is there (`containers.ts`), so that who is late is named. */
const askedByOurselves: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => askedByOurselves,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

/**
 * Testcontainers' own reaper removes the project, too, when this process is gone. It is one more image, with Docker's socket
 * inside: it is used where it is there already, and our undo record does without.
 */
const hasReaper = async (): Promise<boolean> => {
  const { RYUK_CONTAINER_IMAGE: image = 'testcontainers/ryuk:0.14.0', TESTCONTAINERS_RYUK_DISABLED: disabled } =
    process.env;
  return disabled !== 'true' && (await architectureOf(image)) !== undefined;
};

export type StartServices = {
  readonly signal?: AbortSignal | undefined;
  /** Also what is there already, as new and with the same ports. */
  readonly isAnew?: boolean;
};

/** Starts some of it, and nothing that these depend on. @throws {GamedayError} ENVIRONMENT_FAILED with the next step. */
export const startServices = async (
  { name, files, variables }: ComposeProject,
  services: readonly string[],
  { signal, isAnew = false }: StartServices = {},
): Promise<void> => {
  const chosen = files.flatMap((file) => ['--file', file]);
  const up = ['up', '--detach', '--no-deps', '--no-build', '--timeout', '5', ...(isAnew ? ['--force-recreate'] : [])];
  const options = { variables, withinMs: startsWithin, ...(signal === undefined ? {} : { signal }) };
  await explained(docker(['compose', '--project-name', name, ...chosen, ...up, ...services], options));
};

/** What Docker refuses is said with the next step. */
export const explained = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    throw error instanceof DockerFailed ? dockerProblem(error) : error;
  }
};

export type Rules = {
  readonly url: string;
  readonly container: string;
  /** Where copies are written first. */
  readonly folder: string;
  readonly rules: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** A server without rules cannot be wrong about what it has not seen yet. */
export const loadRules = async ({ url, container, folder, rules, signal }: Rules): Promise<void> => {
  const ready = { what: 'prometheus', withinMs: seconds(60), signal };
  await untilItWorks(ready, () => isReady(url));
  for (const [name, text] of Object.entries(rules)) {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o644 });
    await explained(docker(['cp', file, `${container}:/etc/prometheus/${name}`], { signal }));
  }
  await reload(url);
  await untilItWorks(ready, () => isReady(url));
};
