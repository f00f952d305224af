/**
 * Looking at a target before anything is done to it: who we are there, what the server allows, what stands around it. It only
 * reads: one transaction that is read-only, logins that ask who they are, and GET requests. What it asked is part of what it
 * tells, so that nobody has to believe it.
 */
import pg from 'pg';
import type { AttachedSettings } from '../../documents/environment-settings.ts';
import { reasonOf } from '../../errors.ts';
import { markerIn, type Marker } from '../../safety/marker.ts';
import { isAllowed, shownLogin, type Login, type Logins } from './address.ts';

export type RoleFacts = { readonly role: string; readonly superuser: boolean; readonly reservedSlots: boolean };

export type ServerFacts = {
  readonly version: string;
  readonly versionNumber: number;
  readonly clusterName: string;
  /** PostgreSQL's own identifier of the cluster. */
  readonly cluster: string;
  readonly standby: boolean;
  readonly operator: RoleFacts & {
    readonly monitors: boolean;
    readonly endsSessions: boolean;
    /** Settings as files carry them, and who may log in: what a runbook must leave alone. */
    readonly seesFiles: boolean;
    readonly owner: boolean;
  };
  readonly neighbour: RoleFacts | null;
  readonly connections: {
    readonly max: number;
    /** For superusers, and for roles that may use reserved ones. */
    readonly reserved: number;
    readonly used: number;
    /** By roles other than the service's. */
    readonly usedByOthers: number;
  };
  readonly comment: string | null;
  readonly marker: Marker | null;
  /** How far the server's clock is ahead of this machine's, give or take half the round trip. */
  readonly clockAheadMs: number;
  /** The session that asked had no transaction id at its end: it cannot have written. */
  readonly wroteNothing: boolean;
};

export type ProxyFacts = {
  readonly version: string;
  /** It ends a toxic by itself; the original Toxiproxy does not. */
  readonly knowsTtl: boolean;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly string[];
};

/** What could not be reached or is not as the settings say; `what` is the address. */
export type Trouble = { readonly what: string; readonly why: string };

export type Inspection = {
  readonly server: ServerFacts | null;
  readonly proxy: ProxyFacts | null;
  readonly troubles: readonly Trouble[];
  /** In order, as a log of the servers would show it. */
  readonly asked: readonly string[];
};

const withinMs = 5_000;

/** Whoever is not on the allow list is not even greeted; `guards.ts` says so. */
export const inspect = async (settings: AttachedSettings, logins: Logins): Promise<Inspection> => {
  const troubles: Trouble[] = [];
  const asked: string[] = [];
  const attempt = async <Value>(what: string, look: () => Promise<Value>): Promise<Value | null> => {
    try {
      return await look();
    } catch (error) {
      troubles.push({ what, why: reasonOf(error) });
      return null;
    }
  };
  const get = (url: string): Promise<Response> => {
    asked.push(`GET ${url}`);
    return answerOf(url);
  };
  const mayLogIn = (login: Login): boolean => !Object.values(isAllowed(settings.allow, login)).includes(false);
  const server = mayLogIn(logins.operator)
    ? await attempt(`operator ${shownLogin(logins.operator)}`, () => serverFacts(logins, asked))
    : null;
  for (const use of ['service', 'neighbour', 'onCall'] as const) {
    const login = logins[use];
    if (login !== null && mayLogIn(login))
      await attempt(`${use} ${shownLogin(login)}`, () => sameServer(login, server?.cluster, asked));
  }
  const { toxiproxy, prometheus, alertmanager, service } = settings;
  const proxy =
    toxiproxy === undefined
      ? null
      : await attempt(`Toxiproxy ${toxiproxy.url}`, () => proxyFacts(toxiproxy.url, toxiproxy.proxy, get));
  for (const [name, url] of [
    ['Prometheus', prometheus === undefined ? undefined : `${prometheus.url}/api/v1/rules`],
    ['Alertmanager', alertmanager === undefined ? undefined : `${alertmanager.url}/api/v2/status`],
  ] as const)
    if (url !== undefined) await attempt(`${name} ${url}`, async () => (await get(url)).body?.cancel());
  for (const url of service?.urls ?? []) await attempt(`service ${url}`, () => greeted(url, asked));
  return { server, proxy, troubles, asked };
};

const answerOf = async (url: string): Promise<Response> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(withinMs), redirect: 'error' });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`it answered ${response.status}`);
};

/** Whatever a service answers to a stranger, it answers. */
const greeted = async (url: string, asked: string[]): Promise<void> => {
  asked.push(`GET ${url}/`);
  const response = await fetch(`${url}/`, { signal: AbortSignal.timeout(withinMs), redirect: 'manual' });
  await response.body?.cancel();
};

/** A transaction that cannot write, whatever is asked in it; without options that a pooler before the server would refuse. */
const reading = async <Value>(
  { url }: Login,
  asked: string[],
  work: (rows: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row>) => Promise<Value>,
): Promise<Value> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'gameday check',
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('BEGIN READ ONLY');
    return await work(async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => {
      asked.push(sql);
      const { rows } = await client.query<Row>(sql, values);
      const [row] = rows;
      if (row === undefined) throw new Error('the server answered with no row');
      return row;
    });
  } finally {
    await client.end().catch(() => {});
  }
};

const serverSql = `select current_setting('server_version') as version,
  current_setting('server_version_num')::int as version_number, current_setting('cluster_name') as cluster_name,
  (select system_identifier::text from pg_control_system()) as cluster, pg_is_in_recovery() as standby,
  current_setting('max_connections')::int as max,
  current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true), '0')::int as reserved,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
  (select count(*)::int from pg_stat_activity
    where backend_type = 'client backend' and usename is distinct from $1 and pid <> pg_backend_pid()) as used_by_others,
  (select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()) as comment,
  (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()) as owner,
  has_table_privilege('pg_file_settings', 'select') and has_function_privilege('pg_show_all_file_settings()', 'execute')
    and has_table_privilege('pg_hba_file_rules', 'select') and has_function_privilege('pg_hba_file_rules()', 'execute')
    as sees_files,
  extract(epoch from clock_timestamp())::float8 * 1000 as now_ms`;

const roleSql = `select rolname as role, rolsuper as superuser, rolsuper or pg_has_role(oid, 'pg_monitor', 'usage') as monitors,
  rolsuper or pg_has_role(oid, 'pg_signal_backend', 'usage') as ends_sessions,
  exists (select from pg_roles reserved where reserved.rolname = 'pg_use_reserved_connections'
    and pg_has_role(mine.oid, reserved.oid, 'usage'))
    and coalesce(current_setting('reserved_connections', true), '0') <> '0' as reserved_slots
  from pg_roles mine where rolname = $1`;

const untouchedSql = `select pg_current_xact_id_if_assigned() is null and current_setting('transaction_read_only') = 'on' as untouched`;

type RoleRow = { role: string; superuser: boolean; monitors: boolean; ends_sessions: boolean; reserved_slots: boolean };

const serverFacts = ({ operator, service, neighbour }: Logins, asked: string[]): Promise<ServerFacts> =>
  reading(operator, asked, async (row) => {
    const before = Date.now();
    const found = await row<{
      version: string;
      version_number: number;
      cluster_name: string;
      cluster: string;
      standby: boolean;
      max: number;
      reserved: number;
      used: number;
      used_by_others: number;
      comment: string | null;
      owner: boolean;
      sees_files: boolean;
      now_ms: number;
    }>(serverSql, [service.role]);
    const here = (before + Date.now()) / 2;
    const roleOf = (name: string): Promise<RoleRow> => row<RoleRow>(roleSql, [name]);
    const mine = await roleOf(operator.role);
    const held = neighbour === null ? null : await roleOf(neighbour.role);
    const { untouched } = await row<{ untouched: boolean }>(untouchedSql);
    const factsOf = ({ role, superuser, reserved_slots: reservedSlots }: RoleRow): RoleFacts => ({
      ...{ role, superuser, reservedSlots },
    });
    return {
      version: found.version.split(' ')[0] ?? found.version,
      versionNumber: found.version_number,
      clusterName: found.cluster_name,
      cluster: found.cluster,
      standby: found.standby,
      operator: {
        ...factsOf(mine),
        monitors: mine.monitors,
        endsSessions: mine.ends_sessions,
        seesFiles: found.sees_files,
        owner: found.owner,
      },
      neighbour: held === null ? null : factsOf(held),
      connections: { max: found.max, reserved: found.reserved, used: found.used, usedByOthers: found.used_by_others },
      comment: found.comment,
      marker: markerIn(found.comment),
      clockAheadMs: Math.round(found.now_ms - here),
      wroteNothing: untouched,
    };
  });

/** Every login has to lead to the server that is guarded. */
const sameServer = (login: Login, cluster: string | undefined, asked: string[]): Promise<void> =>
  reading(login, asked, async (row) => {
    const { there } = await row<{ there: string }>('select system_identifier::text as there from pg_control_system()');
    if (cluster !== undefined && there !== cluster)
      throw new Error(`it leads to another server (cluster ${there}, the operator's is ${cluster})`);
  });

type ProxyView = { listen: string; upstream: string; enabled: boolean; toxics: { name: string }[] };

const proxyFacts = async (url: string, name: string, get: (url: string) => Promise<Response>): Promise<ProxyFacts> => {
  const greeting = await get(`${url}/version`);
  const { version } = (await greeting.json()) as { version: string };
  const all = (await (await get(`${url}/proxies`)).json()) as Record<string, ProxyView>;
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found === undefined)
    throw new Error(`it has no proxy "${name}"; it has ${Object.keys(all).join(', ') || 'none'}`);
  const { listen, upstream, enabled, toxics } = found;
  return {
    ...{ version, listen, upstream, enabled },
    knowsTtl: (greeting.headers.get('x-toxiproxy-extensions') ?? '').split(',').includes('ttl'),
    toxics: toxics.map((toxic) => toxic.name),
  };
};
