/** Replicas that stand without a run (`gameday env up`): one folder each beside the runs, with the same undo log and owner. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownerOf, ownerState } from '../../safety/owner.ts';
import type { Replica } from '../project/replica-kinds.ts';

/** What is printed of a replica; the passwords in it are its own, and gone with it. */
export type Standing = {
  readonly id: string;
  readonly kind: Replica;
  readonly upSince: string;
  /** What for → what to paste. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Where its logs are written. */
  readonly logs: string;
  /** Private; in Docker its name is the project's. */
  readonly folder: string;
};

export type StandingReplica = Standing & { readonly keeperPid: number };

export const replicasFolder = (runsFolder: string): string => join(dirname(runsFolder), 'replicas');

const fileIn = (folder: string): string => join(folder, 'replica.json');

export const writeStanding = (folder: string, standing: Standing): void =>
  writeFileSync(fileIn(folder), `${JSON.stringify(standing, null, 2)}\n`, { mode: 0o600 });

/** Those that are up now, oldest first. */
export const standingReplicas = (runsFolder: string): readonly StandingReplica[] => {
  const all = replicasFolder(runsFolder);
  if (!existsSync(all)) return [];
  return readdirSync(all)
    .toSorted()
    .flatMap((id) => {
      const folder = join(all, id);
      const owner = ownerOf(folder);
      if (owner === undefined || ownerState(folder) !== 'alive' || !existsSync(fileIn(folder))) return [];
      const standing = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Standing;
      return [{ ...standing, keeperPid: owner.conductor.pid }];
    });
};
