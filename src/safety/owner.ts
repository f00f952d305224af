/**
 * Whose run it is. A process id alone says little: numbers are given out again, and a run's folder can be seen from another
 * container or machine, where the same number is somebody else or nobody. So the owner is a machine, a boot, a namespace
 * of process ids and a moment of starting as well.
 */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** `startedAt` in the kernel's ticks since boot; null where there is no /proc. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string | null };
type Host = { readonly name: string; readonly boot: string | null; readonly namespace: string | null };

export type Owner = {
  readonly host: Host;
  readonly conductor: ProcessIdentity;
  readonly watchdog: ProcessIdentity;
  /** The run's session, for `gameday env`. */
  readonly url: string;
  readonly token: string;
  /** Of who plays; only a drill has one. */
  readonly primaryToken?: string;
};

export type OwnerState =
  | 'alive'
  /** Nobody works on it any more: what it left may be undone from here. */
  | 'dead'
  /** It belongs to another machine or container, whose processes cannot be seen from here. */
  | 'elsewhere';

const ownerFile = (runFolder: string): string => join(runFolder, 'owner.json');

export const keepOwner = (runFolder: string, owner: Omit<Owner, 'host'>): void =>
  writeFileSync(ownerFile(runFolder), JSON.stringify({ host: thisHost(), ...owner }), { mode: 0o600 });

/** The same in a folder that has to be found without its run's: who made it is all that is asked of it. */
export const keepMaker = (folder: string): void =>
  writeFileSync(ownerFile(folder), JSON.stringify({ host: thisHost(), conductor: identityOf(process.pid) }), {
    mode: 0o600,
    flag: 'wx',
  });

/** undefined where there is none, or a crash left half of one. */
export const ownerOf = (runFolder: string): Owner | undefined => {
  try {
    const owner = JSON.parse(readFileSync(ownerFile(runFolder), 'utf8')) as Partial<Owner>;
    return owner.host === undefined || owner.conductor === undefined ? undefined : (owner as Owner);
  } catch {
    return undefined;
  }
};

export const ownerState = (runFolder: string): OwnerState => {
  const owner = ownerOf(runFolder);
  // The owner is written before anything is started that would have to be undone.
  if (owner === undefined) return 'dead';
  const here = thisHost();
  if (owner.host.name !== here.name) return 'elsewhere';
  // After a reboot none of its processes can be left, in whatever namespace they were.
  if (owner.host.boot !== here.boot) return 'dead';
  if (owner.host.namespace !== here.namespace) return 'elsewhere';
  return isRunning(owner.conductor) ? 'alive' : 'dead';
};

/** It may be undoing what a dead conductor left. */
export const watchdogRuns = (runFolder: string): boolean => {
  const watchdog = ownerOf(runFolder)?.watchdog;
  return watchdog !== undefined && isRunning(watchdog);
};

/** The same process, not another one that was given its number; never this one itself. */
export const isRunning = ({ pid, startedAt }: ProcessIdentity): boolean => {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startedAt === null || startOf(pid) === startedAt;
};

export const identityOf = (pid: number): ProcessIdentity => ({ pid, startedAt: startOf(pid) });

/** Field 22 of /proc/PID/stat (proc(5)), counted behind the name, which may hold anything; null where there is none, or for a zombie. */
const startOf = (pid: number): string | null => {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? null : (fields[19] ?? null);
};

const thisHost = (): Host => ({
  name: hostname(),
  boot: readOr('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
  namespace: linkOr('/proc/self/ns/pid'),
});

const readOr = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

const linkOr = (file: string): string | null => {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
};
