/**
 * Under which account the server runs. PostgreSQL refuses to run as root, and a game day must not edit the machine's
 * accounts, so root climbs down a ladder: first a user namespace in which it is `nobody` (nothing is chowned, folders
 * below root's home stay readable), else the real `nobody`, for whom the folders are handed over. Everyone else runs the
 * server directly.
 */
import { chown, mkdir } from 'node:fs/promises';
import { GamedayError } from '../../errors.ts';
import { run } from './run.ts';

export type ServerAccount =
  | { readonly rung: 'direct' }
  | { readonly rung: 'user namespace'; readonly prefix: readonly [string, ...string[]] }
  | { readonly rung: 'nobody'; readonly uid: number; readonly gid: number };

/** For people: what `serverAccount` chose. */
export const describeAccount = ({ rung }: ServerAccount): string =>
  ({
    direct: 'PostgreSQL runs under your own account',
    'user namespace': 'you are root: PostgreSQL runs in a user namespace as nobody, its files stay yours',
    nobody: 'you are root and user namespaces are closed: PostgreSQL runs as nobody and owns its files',
  })[rung];

/**
 * The rung this machine allows, found by trying.
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED when root finds neither a user namespace nor an account `nobody`.
 */
export const serverAccount = async (): Promise<ServerAccount> => {
  if (process.getuid?.() !== 0) return { rung: 'direct' };
  const uid = await idOf('-u');
  const gid = await idOf('-g');
  if (uid === undefined || gid === undefined)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: 'PostgreSQL refuses to run as root, and this machine has no account named nobody',
      hint: 'run gameday as another user',
    });
  // initdb looks its user up by number: only an account that exists can be mapped to.
  const prefix = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`] as const;
  const { ok } = await run([...prefix, 'true'], { cwd: '/' });
  return ok ? { rung: 'user namespace', prefix } : { rung: 'nobody', uid, gid };
};

const idOf = async (flag: '-u' | '-g'): Promise<number | undefined> => {
  const { ok, stdout } = await run(['id', flag, 'nobody'], { cwd: '/' });
  return ok ? Number(stdout) : undefined;
};

/** How a command is started under `account`. */
export const asAccount = (
  account: ServerAccount,
  command: readonly [string, ...string[]],
): { command: readonly [string, ...string[]]; uid?: number; gid?: number } => {
  switch (account.rung) {
    case 'direct':
      return { command };
    case 'user namespace':
      return { command: [...account.prefix, ...command] };
    case 'nobody':
      return { command, uid: account.uid, gid: account.gid };
    default:
      return account satisfies never;
  }
};

/** Makes sure that `folder` exists and that a server under `account` may use it; nobody else may. */
export const ownFolder = async (account: ServerAccount, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account.rung === 'nobody') await chown(folder, account.uid, account.gid);
};
