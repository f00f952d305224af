/**
 * The replica's database: a real PostgreSQL server in a folder of its own, without Docker. Only what can never be part of
 * a fault (port, socket, address) is on its command line, because a setting there outranks ALTER SYSTEM and a runbook
 * that changes it would change nothing. The server ends when this process ends, however that ends.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GamedayError, reasonOf } from '../../errors.ts';
import { asAccount, ownFolder, serverAccount } from './account.ts';
import { packagedBinaries, usableBinaries } from './binaries.ts';
import { createCluster, type Settings } from './cluster.ts';
import { freePort, isPortFree } from '../free-port.ts';
import { startGuarded, type Guarded } from './guard.ts';
import { openLog, type Log } from './log-end.ts';
import { answersQueries } from './readiness.ts';

export type OpenPostgres = {
  /** Absolute, private and short: the socket's path inside must fit in 107 bytes. Its owner changes where root runs as nobody. */
  readonly folder: string;
  /** The server's log is appended to it. */
  readonly logFile: string;
  /** A free one is chosen when it is not given, and kept over restarts. */
  readonly port?: number;
  /** For postgresql.conf. */
  readonly settings: Settings;
  /** Ends the opening; later acts are not bound to it, because what undoes a fault comes after an abort. */
  readonly signal?: AbortSignal;
  /** Called when the server ends without having been asked to. */
  readonly onLost?: (reason: string) => void;
};

export type PostgresServer = AsyncDisposable & {
  /** `17.10` */
  readonly version: string;
  readonly port: number;
  readonly socketFolder: string;
  readonly dataFolder: string;
  readonly superuser: 'postgres';
  /** Through the socket, as superuser, without a password. */
  readonly operatorUrl: string;
  /** Stops fast (sessions are ended) and starts again; resolves when it answers. Also starts a server that has ended. */
  readonly restart: () => Promise<void>;
  /** Fast, and immediate where fast takes more than 5 s. Twice is harmless. */
  readonly stop: () => Promise<void>;
};

const stopWithinMs = 5_000;
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the final zero included. */
const socketPathBytesMax = process.platform === 'darwin' ? 103 : 107;

/**
 * Creates a cluster in `folder` and starts it.
 *
 * @throws {GamedayError} ENVIRONMENT_FAILED: no server for this platform, port taken, path too long, or the server did
 * not start, then with the end of its log.
 */
export const openPostgres = async (options: OpenPostgres): Promise<PostgresServer> => {
  const { folder, logFile, settings, signal, onLost } = options;
  signal?.throwIfAborted();
  const port = options.port ?? (await freePort());
  const socketFolder = join(folder, 's');
  const dataFolder = join(folder, 'pg');
  checkSocketPath(join(socketFolder, `.s.PGSQL.${port}`));
  await checkPort(port);
  const account = await serverAccount();
  for (const owned of [folder, socketFolder]) await ownFolder(account, owned);
  const binaries = await usableBinaries(packagedBinaries(), account, folder);
  await createCluster({ binaries, account, dataFolder, settings });
  const command = asAccount(account, [
    binaries.postgres,
    ...['-D', dataFolder, '-p', String(port), '-k', socketFolder, '-c', 'listen_addresses=127.0.0.1'],
  ]);

  let server: Guarded | undefined;

  const start = async (opening?: AbortSignal): Promise<void> => {
    opening?.throwIfAborted();
    await checkPort(port);
    const log = openLog(logFile);
    const started = startGuarded({ ...command, cwd: folder, logFile });
    server = started;
    try {
      await answersQueries({ host: socketFolder, port }, started.exited, opening);
    } catch (error) {
      await halt();
      opening?.throwIfAborted();
      throw new GamedayError(
        'ENVIRONMENT_FAILED',
        { message: `PostgreSQL did not start: ${reasonOf(error)}`, hint: `its log ends:\n${log.end()}` },
        { cause: error },
      );
    }
    void watch(started, log);
  };

  const watch = async (started: Guarded, log: Log): Promise<void> => {
    const how = await started.exited;
    if (server !== started) return; // asked to
    server = undefined;
    onLost?.(`PostgreSQL ${how}; its log ends:\n${log.end()}`);
  };

  const halt = async (): Promise<void> => {
    const stopping = server;
    server = undefined;
    if (stopping === undefined) return;
    for (const how of ['INT', 'QUIT', 'KILL'] as const) {
      stopping.signal(how);
      const ended = await Promise.race([stopping.exited, sleep(stopWithinMs, 'still running', { ref: false })]);
      if (ended !== 'still running') return;
    }
  };

  let last: Promise<void> = Promise.resolve();
  /** One act at a time, also after one that failed. */
  const inTurn = (act: () => Promise<void>): Promise<void> => (last = last.catch(() => {}).then(act));
  const stop = (): Promise<void> => inTurn(halt);
  const restart = (): Promise<void> => inTurn(async () => (await halt(), await start()));

  await inTurn(() => start(signal));
  return {
    version: binaries.version,
    port,
    socketFolder,
    dataFolder,
    superuser: 'postgres',
    operatorUrl: `postgresql://postgres@/postgres?host=${encodeURIComponent(socketFolder)}&port=${port}`,
    restart,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

const checkSocketPath = (path: string): void => {
  const bytes = Buffer.byteLength(path);
  if (bytes > socketPathBytesMax)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `the path of PostgreSQL's socket has ${bytes} bytes, the system allows ${socketPathBytesMax}: ${path}`,
      hint: 'set TMPDIR to a shorter path',
    });
};

const checkPort = async (port: number): Promise<void> => {
  if (await isPortFree(port)) return;
  throw new GamedayError('ENVIRONMENT_FAILED', {
    message: `port ${port} on 127.0.0.1, which PostgreSQL needs, is taken`,
    hint: `find out by whom (lsof -i :${port}), or leave the port open so that a free one is chosen`,
  });
};
