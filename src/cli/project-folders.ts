/** Where a project lies, found without reading anything of it: what reads its documents is large, and seldom needed. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GamedayError } from '../errors.ts';

export type ProjectFolders = {
  readonly root: string;
  /** In `.gameday` of the project, or in GAMEDAY_HOME. */
  readonly runsFolder: string;
};

/** @throws {GamedayError} USAGE when `from` is not inside a project. */
export const projectFolders = (from: string, home: string | undefined): ProjectFolders => {
  const root = findRoot(resolve(from));
  return { root, runsFolder: join(home === undefined || home === '' ? join(root, '.gameday') : resolve(home), 'runs') };
};

const findRoot = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'experiments')) && existsSync(join(folder, 'monitoring'))) return folder;
    if (!existsSync(folder))
      throw new GamedayError('USAGE', {
        message: `there is no folder ${folder}`,
        hint: 'correct the path behind -C',
      });
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder)
      throw new GamedayError('USAGE', {
        message: `no experiments/ and monitoring/ in ${from} or a folder above it`,
        hint: 'change to the folder of your game days, or name it with -C FOLDER',
      });
  }
};
