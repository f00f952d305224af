/**
 * What can be observed of a bed and of this machine, with its own SQL, HTTP and /proc: nothing here comes from `src/`, so
 * that what undoes and what looks cannot be wrong together.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export type Watched = {
  readonly operatorUrl: string;
  readonly toxiproxyUrl: string;
  readonly dataFolder: string;
  readonly serviceUrl: string;
  readonly serviceFile: string;
  /** Processes that name it, and what they listen on, are compared. */
  readonly folder: string;
  readonly runsFolder: string;
};

/** Every value is text or lists of text, so that a difference can be read. */
export type State = Readonly<Record<string, readonly string[]>>;

const queries = {
  settings: `select concat_ws(' ', name, setting, source, sourcefile, case when pending_restart then 'pending' end) from pg_settings`,
  roles: `select concat_ws(' ', rolname, rolconnlimit, rolsuper, rolcanlogin, rolinherit, rolcreaterole, rolcreatedb,
    rolreplication, rolvaliduntil, rolpassword) from pg_authid`,
  memberships: `select concat_ws(' ', roleid::regrole, member::regrole, admin_option) from pg_auth_members`,
  databases: `select concat_ws(' ', datname, datconnlimit, datallowconn, datacl) from pg_database`,
  'role settings': `select concat_ws(' ', setdatabase, setrole::regrole, setconfig) from pg_db_role_setting`,
  sessions: `select concat_ws(' ', application_name, usename, datname) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  locks: `select concat_ws(' ', locktype, mode, relation::regclass) from pg_locks
    where pid is distinct from pg_backend_pid()
      and (pid is null or pid in (select pid from pg_stat_activity where backend_type = 'client backend'))`,
  'prepared transactions': `select gid from pg_prepared_xacts`,
  schema: `select concat_ws(' ', 'relation', relnamespace::regnamespace, relname, relkind, relacl) from pg_class
      where relnamespace::regnamespace::text !~ '^pg_(toast|temp)'
    union all select concat_ws(' ', 'schema', nspname, nspacl) from pg_namespace where nspname !~ '^pg_(toast|temp)'
    union all select concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled) from pg_trigger
    union all select concat_ws(' ', 'function', oid::regprocedure, md5(prosrc)) from pg_proc
      where pronamespace <> 'pg_catalog'::regnamespace
    union all select concat_ws(' ', 'column', attrelid::regclass, attname, atttypid::regtype) from pg_attribute
      where attrelid >= 16384 and attnum > 0 and attrelid::regclass::text !~ '^pg_toast'`,
} as const;

export const stateOf = async (watched: Watched): Promise<State> => ({
  ...(await fromSql(watched.operatorUrl)),
  ...fromFiles(watched),
  ...(await fromProxy(watched.toxiproxyUrl)),
  ...(await fromService(watched)),
  ...fromMachine(watched),
});

/** One line for everything that is not as it was. */
export const differences = (before: State, after: State): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [was, is] = [before[name] ?? [], after[name] ?? []];
    return [
      ...without(is, was).map((line) => `${name}: now ${line}`),
      ...without(was, is).map((line) => `${name}: no longer ${line}`),
    ];
  });

/** As often as it stands in `taken`, a line is taken out. */
const without = (lines: readonly string[], taken: readonly string[]): readonly string[] => {
  const left = [...taken];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
};

const fromSql = async (operatorUrl: string): Promise<State> => {
  const client = new pg.Client({
    connectionString: operatorUrl,
    application_name: 'inspector',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const state: Record<string, readonly string[]> = {};
    for (const [name, text] of Object.entries(queries)) {
      const { rows } = await client.query<[string]>({ text, rowMode: 'array' });
      state[name] = rows.map(([line]) => line).toSorted();
    }
    return state;
  } finally {
    await client.end();
  }
};

const fromFiles = ({ dataFolder, runsFolder }: Watched): State => ({
  ...Object.fromEntries(
    ['postgresql.auto.conf', 'postgresql.conf', 'pg_hba.conf', 'pg_ident.conf'].map((name) => [
      name,
      [readFileSync(join(dataFolder, name), 'base64')],
    ]),
  ),
  // A run's name in the temporary folder is an environment of ours; a lock in its own is an undo that never ended.
  'temporary folders': readdirSync(tmpdir()).filter((name) =>
    readdirSync(runsFolder).some((run) => name.includes(run)),
  ),
  'locks on runs': readdirSync(runsFolder).flatMap((run) =>
    readdirSync(join(runsFolder, run)).filter((name) => name === 'recovering'),
  ),
});

type Proxies = Readonly<Record<string, { toxics: object[] } & Record<string, unknown>>>;

const fromProxy = async (url: string): Promise<State> => {
  const proxies = (await (await fetch(`${url}/proxies`)).json()) as Proxies;
  return {
    proxies: Object.values(proxies).map((proxy) => JSON.stringify({ ...proxy, toxics: [] })),
    toxics: Object.values(proxies).flatMap(({ toxics }) => toxics.map((toxic) => JSON.stringify(toxic))),
  };
};

/** The file that it reads when it starts, and the pool with which it really runs, as it says of itself. */
const fromService = async ({ serviceUrl, serviceFile }: Watched): Promise<State> => ({
  'service configuration': [readFileSync(serviceFile, 'base64')],
  service: await fetch(`${serviceUrl}/metrics`).then(
    async (answer) => [/^shop_pool_max .*$/m.exec(await answer.text())?.[0] ?? 'tells no pool'],
    () => ['does not answer'],
  ),
});

/** Processes that name the bed on their command line (zombies are none), and what they listen on. */
const fromMachine = ({ folder }: Watched): State => {
  const ours = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      const zombie = /^State:\s+Z/m.test(readOr(`/proc/${pid}/status`));
      return command.includes(folder) && !zombie && Number(pid) !== process.pid ? [{ pid, command }] : [];
    });
  return {
    processes: ours.map(({ command }) => command).toSorted(),
    listening: portsOf(ours.map(({ pid }) => pid)),
  };
};

/** Ports in state LISTEN (0A, proc(5)) whose socket one of `pids` has open. */
const portsOf = (pids: readonly string[]): readonly string[] => {
  const sockets = new Set(pids.flatMap(socketsOf));
  return ['tcp', 'tcp6']
    .flatMap((table) => readOr(`/proc/net/${table}`).split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
    .map((fields) => String(Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)))
    .toSorted();
};

const socketsOf = (pid: string): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.slice(1) ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
};

const readOr = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
