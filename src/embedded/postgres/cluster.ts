/** A new data directory with the settings and the access rules of a replica. */
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GamedayError } from '../../errors.ts';
import { asAccount, type ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { run } from './run.ts';

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Nothing in a replica outlives its run, so nothing waits for the disk. A caller's settings come later and win. */
const base: Settings = {
  fsync: false,
  synchronous_commit: false,
  full_page_writes: false,
  shared_buffers: '32MB',
  unix_socket_permissions: '0700',
};

/**
 * The operator comes through the socket without a password, and so cannot be locked out by a fault; everyone else proves
 * who they are.
 */
const accessRules = `
local all postgres              trust
local all all                   scram-sha-256
host  all all      127.0.0.1/32 scram-sha-256
host  all all      ::1/128      scram-sha-256
`;

export type NewCluster = {
  readonly binaries: Binaries;
  readonly account: ServerAccount;
  /** Must not exist yet, in a folder that `account` owns. */
  readonly dataFolder: string;
  readonly settings: Settings;
};

/** @throws {GamedayError} ENVIRONMENT_FAILED with what initdb said. */
export const createCluster = async (cluster: NewCluster): Promise<void> => {
  const { binaries, account, dataFolder, settings } = cluster;
  const { command, ...as } = asAccount(account, [
    binaries.initdb,
    ...['--pgdata', dataFolder, '--username=postgres', '--auth-local=trust', '--auth-host=scram-sha-256'],
    // A small segment makes a small folder; its size cannot be changed later.
    ...['--locale=C', '--encoding=UTF8', '--no-sync', '--wal-segsize=1'],
  ]);
  const { ok, stdout, stderr } = await run(command, { cwd: '/', ...as });
  if (!ok)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `initdb failed: ${stderr}`,
      hint: stdout.trim().split('\n').slice(-3).join('\n'),
    });
  await appendFile(join(dataFolder, 'postgresql.conf'), `\n${settingsText({ ...base, ...settings })}`);
  await writeFile(join(dataFolder, 'pg_hba.conf'), accessRules);
};

/** Lines of postgresql.conf; a setting there can still be changed by ALTER SYSTEM, one on the command line cannot. */
const settingsText = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');

const quoted = (value: string | number | boolean): string => {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return `'${String(value).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
};
