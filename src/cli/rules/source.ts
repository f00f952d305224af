/** Files that are named on the command line or in another file: they may lie anywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../../documents/document.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { CommandContext } from '../command.ts';
import type { Project } from '../project/project.ts';

/** @throws {GamedayError} DOCUMENT_INVALID when it cannot be read. */
export const ruleSource = (file: string): Source => {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (cause) {
    const message = `${file} cannot be read: ${reasonOf(cause)}`;
    throw new GamedayError('DOCUMENT_INVALID', { message, hint: 'correct the path' }, { cause });
  }
};

/** Rules can be tested anywhere; only what is left out is looked for in a project. */
export const projectAround = async (context: CommandContext): Promise<Project | undefined> => {
  try {
    return await context.project();
  } catch (error) {
    if (!(error instanceof GamedayError)) throw error;
    return undefined;
  }
};

/** A file is named from where the command runs, or else from the project's own folder. */
export const located = (file: string, project: Project | undefined): string =>
  !existsSync(file) && project?.exists(file) === true ? join(project.root, file) : file;
