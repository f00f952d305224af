/** Programs that take the originals' flags and speak their API, for tests on machines that have no original. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;

/** @returns The path of the program. */
export const programIn = (folder: string, name: string, script: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

/** Called with `-host HOST -port PORT`. */
export const toxiproxyIn = (folder: string): string => {
  const command = resolve(here, '../../../dist/cli/main.js');
  return programIn(
    folder,
    'toxiproxy-server',
    `[ "$1" = --version ] && echo 'toxiproxy-server version 9.8.7' && exit
exec '${process.execPath}' '${command}' toxiproxy --host "$2" --port "$4"`,
  );
};

export const prometheusIn = (folder: string): string =>
  programIn(
    folder,
    'prometheus',
    `[ "$1" = --version ] && echo 'prometheus, version 9.8.7 (branch: none)' && exit
exec '${process.execPath}' '${join(here, 'prometheus-flags.fixture.ts')}' "$@"`,
  );

export const alertmanagerIn = (folder: string): string =>
  programIn(
    folder,
    'alertmanager',
    `[ "$1" = --version ] && echo 'alertmanager, version 9.8.7 (branch: none)' && exit
exec '${process.execPath}' '${join(here, 'alertmanager-flags.fixture.ts')}' "$@"`,
  );
