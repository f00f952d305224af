/**
 * Removing the containers of a run, whoever is left to do it. All of them carry the label of their Compose project, whose
 * name has the run's id in it, so the name is all one has to know; neither the file nor the run's folder is needed.
 */
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { UndoContext, Undoer } from '../../safety/rollback.ts';
import type { UndoRecord } from '../../safety/undo-log.ts';
import { minutes } from '../../units.ts';
import { docker, DockerFailed } from './docker.ts';
import { dockerProblem } from './docker-problem.ts';
import { processesOf } from '../removal.ts';
import { runningHere } from './processes.ts';

type ContainersRemove = Extract<UndoRecord, { kind: 'containers.remove' }>;

const kinds = {
  container: { list: ['ps', '--all', '--no-trunc'], remove: ['rm', '--force', '--volumes'] },
  volume: { list: ['volume', 'ls'], remove: ['volume', 'rm', '--force'] },
  network: { list: ['network', 'ls', '--no-trunc'], remove: ['network', 'rm'] },
} as const;

/** Ids of what belongs to a project, by kind. @throws {GamedayError} where Docker does not answer. */
export const partsOf = async (project: string): Promise<Readonly<Record<keyof typeof kinds, readonly string[]>>> => {
  const listed = async (kind: keyof typeof kinds): Promise<readonly string[]> => {
    const label = `label=com.docker.compose.project=${project}`;
    return (await docker([...kinds[kind].list, '--quiet', '--filter', label])).split('\n').filter((id) => id !== '');
  };
  try {
    const [container, volume, network] = await Promise.all([listed('container'), listed('volume'), listed('network')]);
    return { container, volume, network };
  } catch (error) {
    throw error instanceof DockerFailed ? dockerProblem(error) : error;
  }
};

/** A start that nobody has ended would bring more containers after the last one was removed. */
export const endStarts = async (project: string): Promise<void> => {
  const starts = (await processesOf(project)).filter(({ command }) => / compose .* up /.test(command));
  for (const { pid } of starts)
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  if (starts.length > 0) await sleepFor(arrivesWithinMs);
};

/** What was sent to Docker before it was killed. */
const arrivesWithinMs = 500;

/** A Docker that is only being restarted answers again within it. */
const answersWithinMs = 10_000;

/** Docker deletes what a container has written; ten of them on a slow disk take their time. */
const removesWithin = minutes(2);

type Removal = Required<Undoer<ContainersRemove, Pick<UndoContext, 'signal'>>>;

/**
 * A start that was cut off may still bring a last container: it is looked until there is nothing.
 *
 * @param patienceMs For a Docker that does not answer, since it last removed something.
 */
export const containersRemoval = (patienceMs: number): Removal => ({
  withinMs: removesWithin,
  undo: async ({ project }, { signal }) => {
    // A filter by an empty name would find everybody's.
    if (!/^gameday-\d{8}-\d{6}-\w+-\w$/.test(project))
      throw new Error(`${JSON.stringify(project)} is not the project of a run`);
    await endStarts(project);
    for (let patientUntil = performance.now() + patienceMs; ;) {
      try {
        const parts = await partsOf(project);
        if (Object.values(parts).every((ids) => ids.length === 0)) return;
        for (const [kind, ids] of Object.entries(parts)) {
          if (ids.length === 0) continue;
          await docker([...kinds[kind as keyof typeof kinds].remove, ...ids], { signal, withinMs: removesWithin });
          patientUntil = performance.now() + patienceMs;
        }
      } catch (error) {
        if (signal.aborted || performance.now() > patientUntil) throw error;
        await sleepFor(500);
      }
    }
  },
  verify: async ({ project }) => {
    const parts = await partsOf(project);
    const left = Object.entries(parts).flatMap(([kind, ids]) => (ids.length === 0 ? [] : [`${ids.length} ${kind}s`]));
    return left.length === 0 ? undefined : `still there: ${left.join(', ')}`;
  },
  hasEnded: async ({ containers = [] }) => containers.length > 0 && (await runningHere(containers)).length === 0,
});

export const containersRemove = containersRemoval(answersWithinMs);
