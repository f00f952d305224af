/** Where an environment of ours lives while it lives: one private folder per trial, with the run's id in its name. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GamedayError, reasonOf } from '../errors.ts';
import type { Trial } from '../journal/events.ts';
import { keepMaker } from './owner.ts';

/** Sorts by time, and two runs of one second differ. */
export const newRunId = (startedAt: Date): string =>
  `${startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;

const letters = { fault: 'f', control: 'c', 'fault-free': 'n' } as const satisfies Record<Trial, string>;

/** Short, because a socket's path has to be. */
export const runFolderFor = (runId: string, trial: Trial): string =>
  join(realpathSync(tmpdir()), `gameday-${runId}-${letters[trial]}`);

/** @throws {GamedayError} ENVIRONMENT_FAILED where something of that name is there already: it is not ours to remove. */
export const makeRunFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { mode: 0o700 });
    keepMaker(folder);
  } catch (cause) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `the folder of the environment cannot be made: ${reasonOf(cause)}`,
        hint: 'set TMPDIR to a folder of your own',
      },
      { cause },
    );
  }
};

/**
 * Whether `folder` can only be one of ours for this run: its name and place, not a link, and this account's own. What is
 * not there any more passes: then there is nothing to harm.
 */
export const isRunFolder = (folder: string, runId: string): boolean => {
  const ours = Object.keys(letters).some((trial) => runFolderFor(runId, trial as Trial) === folder);
  if (!ours || !/^\d{8}-\d{6}-[0-9a-f]+$/.test(runId) || dirname(folder) !== realpathSync(tmpdir())) return false;
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found === undefined || (found.isDirectory() && (process.getuid === undefined || ownedByUs(found.uid)));
};

/** Root hands the folder to nobody where PostgreSQL cannot run in a user namespace. */
const ownedByUs = (uid: number): boolean => uid === process.getuid?.() || process.getuid?.() === 0;
