/** Which alertmanager.yml a command is about: the one that is named, or the project's own. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GamedayError } from '../../errors.ts';
import type { CommandContext } from '../command.ts';
import { monitoringNames } from './monitoring-names.ts';

/** @throws {GamedayError} USAGE when none is named and there is no project around. */
export const alertmanagerFile = (context: Pick<CommandContext, 'folders'>, given: string | undefined): string => {
  const file = given ?? relative('.', join(context.folders().root, monitoringNames.alertmanager));
  if (existsSync(file)) return file;
  throw new GamedayError('USAGE', { message: `there is no ${file}`, hint: 'name one with --config FILE' });
};
