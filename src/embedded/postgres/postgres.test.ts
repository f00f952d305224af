import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { GamedayError } from '../../errors.ts';
import { ownFolder } from './account.ts';
import { packagedBinaries, usableBinaries } from './binaries.ts';
import { openPostgres, type PostgresServer } from './postgres.ts';

const temporaryFolder = async (): Promise<string> => await mkdtemp(join(tmpdir(), 'gd-'));

const scratch = async (): Promise<string> => {
  const folder = await temporaryFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const query = async (url: string, text: string): Promise<unknown> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
};

/** The processes (guard, server, sessions) that name `folder` in their command line or work inside it. */
const processesOf = async (folder: string): Promise<string[]> => {
  const found: string[] = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (`${command} ${cwd}`.includes(folder) && Number(pid) !== process.pid) found.push(`${pid} ${command}`);
  }
  return found;
};

const untilGone = async (folder: string): Promise<void> =>
  await vi.waitFor(async () => expect(await processesOf(folder)).toEqual([]), { timeout: 1_000, interval: 20 });

describe('a running server', () => {
  let folder: string;
  let server: PostgresServer;
  const lost: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openPostgres({
      folder,
      logFile: join(folder, 'log'),
      settings: { max_connections: 17, log_connections: true, application_name: String.raw`it's C:\temp` },
      onLost: (reason) => lost.push(reason),
    });
  });
  afterAll(async () => {
    await server.stop();
    await untilGone(folder);
    await rm(folder, { recursive: true });
  });

  test('the operator is superuser through the socket, without a password', async () => {
    expect(await query(server.operatorUrl, 'select current_user, inet_client_addr()')).toEqual([['postgres', null]]);
    expect(server.version).toMatch(/^17\.\d+$/);
    expect(await query(server.operatorUrl, 'show server_version')).toEqual([[server.version]]);
  });

  test('settings come from the configuration file, so that a runbook can change them', async () => {
    const text = "select setting, source from pg_settings where name = 'max_connections'";
    expect(await query(server.operatorUrl, text)).toEqual([['17', 'configuration file']]);
    const written = "select reset_val from pg_settings where name = 'application_name'";
    expect(await query(server.operatorUrl, written)).toEqual([[String.raw`it's C:\temp`]]);
  });

  test('over TCP a role needs its password', async () => {
    await query(server.operatorUrl, "create role buyer login password 'right'");
    const url = (password: string): string => `postgresql://buyer:${password}@127.0.0.1:${server.port}/postgres`;
    expect(await query(url('right'), 'select current_user')).toEqual([['buyer']]);
    await expect(query(url('wrong'), 'select 1')).rejects.toThrow('password authentication failed for user "buyer"');
  });

  test('a restart ends sessions, keeps the port and brings changed settings into effect', async () => {
    const session = new Client({ connectionString: server.operatorUrl });
    const ended = new Promise((resolve) => session.once('end', resolve));
    session.on('error', () => {});
    await session.connect();
    await session.query('alter system set max_connections = 5');
    await server.restart();
    await ended;
    expect(await query(server.operatorUrl, 'show max_connections')).toEqual([['5']]);
    expect(lost).toEqual([]);
  });

  test('a restart under a bad setting fails with the end of the log, and works again once the setting is undone', async () => {
    await query(server.operatorUrl, 'alter system set max_connections = 2');
    await expect(server.restart()).rejects.toMatchObject({
      code: 'ENVIRONMENT_FAILED',
      message: expect.stringMatching(/^PostgreSQL did not start: it ended with status 1/),
      problems: [{ hint: expect.stringContaining('must be less than "max_connections" (2)') }],
    });
    await rm(join(server.dataFolder, 'postgresql.auto.conf'));
    await server.restart();
    expect(await query(server.operatorUrl, 'show max_connections')).toEqual([['17']]);
  });

  test('stopping leaves no process behind, twice is harmless, and a stopped server can be started again', async () => {
    await Promise.all([server.stop(), server.stop()]);
    await untilGone(folder);
    await server.restart();
    expect(await query(server.operatorUrl, 'select 1')).toEqual([[1]]);
    expect(lost).toEqual([]);
  });

  test('a server that ends unasked is reported with the end of its log', async () => {
    const postmaster = Number((await readFile(join(server.dataFolder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(postmaster, 'SIGINT');
    await vi.waitFor(() => expect(lost).toHaveLength(1), { timeout: 5_000, interval: 10 });
    expect(lost).toEqual([
      expect.stringMatching(/^PostgreSQL ended with status 0; its log ends:[^]*database system is shut down$/),
    ]);
    await server.restart();
  });
});

test('a taken port is named before anything is created', async () => {
  const folder = await scratch();
  const squatter = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  await expect(openPostgres({ folder, logFile: join(folder, 'log'), port, settings: {} })).rejects.toThrow(
    `port ${port} on 127.0.0.1, which PostgreSQL needs, is taken`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a folder whose socket path is longer than the system allows is refused with both lengths', async () => {
  const folder = join(await scratch(), 'x'.repeat(100));
  const opening = openPostgres({ folder, logFile: join(folder, 'log'), settings: {} });
  await expect(opening).rejects.toThrow(/socket has \d+ bytes, the system allows 10[37]/);
  await expect(opening).rejects.toBeInstanceOf(GamedayError);
});

test('an aborted opening leaves no process behind', async () => {
  const folder = await scratch();
  const aborter = new AbortController();
  const opening = openPostgres({ folder, logFile: join(folder, 'log'), settings: {}, signal: aborter.signal });
  aborter.abort(new Error('Ctrl-C'));
  await expect(opening).rejects.toThrow('Ctrl-C');
  await untilGone(folder);
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  const openInChild = async (folder: string, path: string) => {
    const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      const { describeAccount, serverAccount } = await import(${module('account.ts')});
      const { openPostgres } = await import(${module('postgres.ts')});
      const folder = ${JSON.stringify(folder)};
      const { dataFolder, operatorUrl } = await openPostgres({ folder, logFile: folder + '/log', settings: {} });
      console.log(JSON.stringify({ dataFolder, operatorUrl, account: describeAccount(await serverAccount()) }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, ...(JSON.parse(line) as { dataFolder: string; operatorUrl: string; account: string }) };
  };

  test('a server whose parent is killed ends at once, sessions included', async () => {
    const folder = await scratch();
    const { child, operatorUrl } = await openInChild(folder, process.env['PATH'] ?? '');
    const session = new Client({ connectionString: operatorUrl });
    session.on('error', () => {});
    await session.connect();
    expect((await processesOf(folder)).length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await untilGone(folder);
  });

  test.runIf(process.getuid?.() === 0)('root without user namespaces runs the server as nobody', async () => {
    const folder = await scratch();
    const path = join(folder, 'bin');
    await mkdir(path);
    await symlink('/usr/bin/id', join(path, 'id'));
    const { child, dataFolder, operatorUrl, account } = await openInChild(folder, path);
    expect(account).toBe('you are root and user namespaces are closed: PostgreSQL runs as nobody and owns its files');
    expect(await query(operatorUrl, 'select 1')).toEqual([[1]]);
    expect((await lstat(dataFolder)).uid).not.toBe(0);
    child.kill('SIGKILL');
    await untilGone(folder);
  });

  /** Copies what `postgres --version` needs, as a package whose install script did not run. */
  const copyBinaries = async (native: string): Promise<void> => {
    const needed = async (path: string): Promise<boolean> =>
      !/native\/(share|lib\/(pkgconfig|postgresql))/.test(path) && !(await lstat(path)).isSymbolicLink();
    await cp(packagedBinaries(), native, { recursive: true, filter: needed });
  };

  test('library links that the install left out are made', async () => {
    const folder = await scratch();
    await copyBinaries(join(folder, 'native'));
    const { version, postgres } = await usableBinaries(join(folder, 'native'), { rung: 'direct' }, folder);
    expect(version).toMatch(/^17\.\d+$/);
    expect(postgres).toBe(join(folder, 'native', 'bin', 'postgres'));
  });

  test.runIf(process.getuid?.() === 0)('binaries that nobody cannot read are copied to where it can', async () => {
    const home = await scratch(); // mode 0700, owned by root
    await copyBinaries(join(home, 'native'));
    const folder = await scratch();
    const nobody = { rung: 'nobody', uid: 65_534, gid: 65_534 } as const;
    await ownFolder(nobody, folder);
    const { postgres } = await usableBinaries(join(home, 'native'), nobody, folder);
    expect(postgres).toBe(join(folder, 'native', 'bin', 'postgres'));
  });

  test('binaries that do not start are reported with what they said', async () => {
    const folder = await scratch();
    const postgres = join(folder, 'package', 'native', 'bin', 'postgres');
    await mkdir(dirname(postgres), { recursive: true });
    await writeFile(postgres, '#!/bin/sh\necho no such library >&2\nexit 127\n', { mode: 0o755 });
    const usable = usableBinaries(join(folder, 'package', 'native'), { rung: 'direct' }, folder);
    await expect(usable).rejects.toThrow('the embedded PostgreSQL does not start here: no such library');
  });
});
