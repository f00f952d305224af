/** Where a project lies, found without reading anything of it: what reads its documents is large, and seldom needed. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GamedayError } from '../../errors.ts';

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
    const has = (name: string): boolean => existsSync(join(folder, name));
    if (has('gameday.yaml') || (has('experiments') && has('monitoring'))) return folder;
    if (!existsSync(folder))
      throw new GamedayError('USAGE', {
        message: `there is no folder ${folder}`,
        hint: 'correct the path behind -C',
      });
    if (has('.git') || dirname(folder) === folder)
      throw new GamedayError('USAGE', {
        message: `no gameday.yaml, nor experiments/ and monitoring/, in ${from} or a folder above it`,
        hint: 'gameday init makes a project here; -C FOLDER names one that is elsewhere',
      });
  }
};
