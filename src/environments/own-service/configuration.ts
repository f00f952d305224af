/** What may be changed of a team's own service for its next restart. It is a copy: nothing in the project is ever written. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { OwnService, Variables } from '../../documents/service-settings.ts';
import { GamedayError, reasonOf } from '../../errors.ts';

export type ServiceConfiguration = {
  /** Where the service's configuration file is, or would be. */
  readonly file: string;
  /** Makes the copy. @throws {GamedayError} DOCUMENT_INVALID where there is nothing to copy. */
  readonly prepare: () => Promise<void>;
  readonly read: () => Promise<string>;
  readonly write: (text: string) => Promise<void>;
  /** The variables that may be changed, as they are to be now. */
  readonly variables: () => Promise<Variables>;
};

/** @param cwd Where the service's files are. @param folder The run's own, where the copy lies. */
export const serviceConfiguration = (
  { at, configure, env }: OwnService,
  cwd: string,
  folder: string,
): ServiceConfiguration => {
  const variablesFile = join(folder, 'service-variables.json');
  const ofFile = configure !== null && 'file' in configure ? configure.file : undefined;
  const file = join(folder, 'service', ofFile === undefined ? '' : basename(ofFile));
  const copy = ofFile === undefined ? variablesFile : file;
  return {
    file,
    prepare: async () => {
      if (configure === null) return;
      if ('env' in configure) {
        const changeable = Object.fromEntries(configure.env.map((name) => [name, env[name]]));
        return writeFile(copy, `${JSON.stringify(changeable, null, 2)}\n`, { mode: 0o600 });
      }
      await mkdir(join(folder, 'service'), { mode: 0o700, recursive: true });
      try {
        await copyFile(resolve(cwd, configure.file), copy);
      } catch (cause) {
        const message = `service.configure.file ${configure.file} cannot be copied: ${reasonOf(cause)}`;
        throw new GamedayError('DOCUMENT_INVALID', { message, at, hint: 'correct its path' }, { cause });
      }
    },
    read: () => (configure === null ? nothingToChange() : readFile(copy, 'utf8')),
    write: (text) => (configure === null ? nothingToChange() : writeFile(copy, text, { mode: 0o600 })),
    variables: async () =>
      configure !== null && 'env' in configure ? (JSON.parse(await readFile(copy, 'utf8')) as Variables) : {},
  };
};

const nothingToChange = (): Promise<never> =>
  Promise.reject(
    new GamedayError('USAGE', {
      message: 'the service has no configuration that gameday may change',
      hint: 'add configure: to service: in gameday.yaml',
    }),
  );
