/**
 * Whether anything of a container runs, seen without Docker. The kernel says of every process in which control group it is,
 * and Docker names the group of a container after its id. An address that refuses would prove nothing: the proxy that
 * publishes it ends with Docker, and the container need not.
 */
import { readdir, readFile } from 'node:fs/promises';
import { docker } from './docker.ts';

/** @returns Those of `containers` of which a process is seen on this machine. @throws {Error} where there is no /proc. */
export const runningHere = async (containers: readonly string[]): Promise<readonly string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')));
  const all = groups.join('');
  return containers.filter((id) => all.includes(id));
};

/**
 * Who is not seen while it runs could not be missed later: of a Docker on another machine, in a virtual one, or behind
 * somebody else's eyes, nothing is known.
 *
 * @returns The ids of a project's running containers, or undefined where not all of them are seen on this machine.
 */
export const seenHere = async (project: string): Promise<readonly string[] | undefined> => {
  try {
    const label = `label=com.docker.compose.project=${project}`;
    const told = await docker(['ps', '--quiet', '--no-trunc', '--filter', label]);
    const running = told.split('\n').filter((id) => id !== '');
    return (await runningHere(running)).length === running.length ? running : undefined;
  } catch {
    return undefined; // less is known then; nothing is worse
  }
};
