/**
 * Environments whose run is not to be found any more: its project was deleted, or lies elsewhere. Their folders are known by
 * the run's id in their name, and each holds who made it; when that process is dead and no watchdog of the run is at work,
 * nobody else will remove it.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderRemove, processesOf } from '../environments/removal.ts';
import { ownerState } from './owner.ts';
import { isRunFolder } from './run-folder.ts';

export type Stray = { readonly runId: string; readonly folder: string };

const pattern = /^gameday-(\d{8}-\d{6}-[0-9a-f]+)-[a-z]$/;

/** @param known Ids of the runs that are found: theirs is in their undo logs. */
export const strayEnvironments = async (known: readonly string[]): Promise<readonly Stray[]> => {
  const found = readdirSync(tmpdir()).flatMap((name): readonly Stray[] => {
    const [, runId] = pattern.exec(name) ?? [];
    const folder = join(tmpdir(), name);
    return runId === undefined || known.includes(runId) || !isOurs(folder, runId) ? [] : [{ runId, folder }];
  });
  const attended = await Promise.all(found.map(async ({ runId }) => (await processesOf(runId)).length > 0));
  return found.filter((_, index) => !attended[index]);
};

/** Anybody can make a folder of that name; only this account can have written the owner in it. */
const isOurs = (folder: string, runId: string): boolean => {
  const maker = lstatSync(join(folder, 'owner.json'), { throwIfNoEntry: false });
  const own = maker?.isFile() === true && (process.getuid === undefined || maker.uid === process.getuid());
  return own && isRunFolder(folder, runId) && ownerState(folder) === 'dead';
};

/** Ends its processes, frees their ports and removes its folder. @returns What is left of it. */
export const removeStray = async ({ folder }: Stray): Promise<string | undefined> => {
  const record = { kind: 'folder.remove', folder } as const;
  const context = { signal: AbortSignal.timeout(20_000) };
  await folderRemove.undo(record, context);
  return folderRemove.verify(record, context);
};
