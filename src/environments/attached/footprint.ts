/**
 * What an experiment does to somebody else's servers, said before it does it: each statement and each call, in the words in
 * which the servers' own logs will show them (N: a number that is known only then). A proof runs an experiment under
 * `log_statement = all` and compares (`test/proofs/attached.test.ts`).
 */
import type { Command } from '../../documents/environment-settings.ts';
import type { Target } from './attached.ts';

/** One thing that is done, when, and as whom. */
export type Act = { readonly when: 'inject' | 'undo'; readonly as: string; readonly what: string };

export type Footprint = {
  /** Sessions that it holds on the server at one time. */
  readonly sessions: number;
  readonly acts: readonly Act[];
};

type FootprintOf = (params: never, target: Target) => Footprint;

/** By the name of the fault; a test keeps it complete. */
const footprints: Readonly<Record<string, FootprintOf>> = {
  'hold-connections': ({ count }: { count: number }, { logins, inspection }) => {
    const neighbour = `${logins.neighbour?.role ?? '(no neighbour)'}, ${count} sessions`;
    const operator = logins.operator.role;
    const bound = holderSql(inspection.server?.versionNumber ?? 0);
    const find = 'from pg_stat_activity where';
    return {
      sessions: count,
      acts: [
        ...bound.map((what) => ({ when: 'inject', as: neighbour, what }) as const),
        ...[...bound, `select pg_terminate_backend(pid) ${find} usename = '${logins.service.role}'`].map(
          (what) => ({ when: 'inject', as: operator, what: what }) as const,
        ),
        {
          when: 'undo',
          as: operator,
          what: `select pg_terminate_backend(pid, 2000) ${find} application_name = 'nightly-report N'`,
        },
        {
          when: 'undo',
          as: operator,
          what: `select count(*)::int as left ${find} application_name = 'nightly-report N'`,
        },
      ],
    };
  },
  'add-latency': ({ delay, jitter }: { delay: number; jitter: number }, target) =>
    toxics(
      ['upstream', 'downstream'].map((stream) => ({ type: 'latency', stream, attributes: { latency: delay, jitter } })),
      target,
    ),
  'throttle-bandwidth': ({ rateKbPerSecond: rate }: { rateKbPerSecond: number }, target) =>
    toxics([{ type: 'bandwidth', stream: 'downstream', attributes: { rate } }], target),
  'lower-connection-limit': (
    { max_connections: max }: { max_connections: number },
    { settings, logins, inspection },
  ) => {
    const as = logins.operator.role;
    const read = "select pg_read_file('postgresql.auto.conf') as text";
    const pending = 'select exists (select from pg_settings where pending_restart) as pending';
    const loaded = 'select pg_conf_load_time()::text as at';
    const injected = [
      read,
      ...holderSql(inspection.server?.versionNumber ?? 0),
      `alter system set max_connections = ${max}`,
    ];
    const undone = [
      "select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = 'gameday:…'",
      read,
      'alter system reset all',
      'alter system set … = … (each line of the old file)',
      loaded,
      'select pg_reload_conf()',
      `${loaded} (until it is another)`,
      pending,
    ];
    const restarted = (when: Act['when']): readonly Act[] => [
      { when, as: 'shell', what: shown(settings.postgres.restart) },
      { when, as, what: 'select 1' },
    ];
    return {
      sessions: 0,
      acts: [
        ...injected.map((what) => ({ when: 'inject', as, what }) as const),
        ...restarted('inject'),
        ...undone.map((what) => ({ when: 'undo', as, what }) as const),
        ...restarted('undo'),
        ...[read, pending].map((what) => ({ when: 'undo', as, what }) as const),
      ],
    };
  },
  'shrink-pool': () => ({ sessions: 0, acts: [] }),
};

export const footprintOf = (fault: string, params: unknown, target: Target): Footprint => {
  const footprint = Object.hasOwn(footprints, fault) ? footprints[fault] : undefined;
  if (footprint === undefined) throw new Error(`nobody has written down what ${fault} does to a server`);
  return footprint(params as never, target);
};

export const knowsFootprint = (fault: string): boolean => Object.hasOwn(footprints, fault);

/** As `bindToHolder` binds a session to the process that holds it. */
const holderSql = (version: number): readonly string[] => [
  "select current_setting('server_version_num')::int as version",
  ...(version >= 140_000 ? ['set client_connection_check_interval = N', 'set idle_session_timeout = N'] : []),
  ...(version >= 170_000 ? ['set transaction_timeout = N'] : []),
  'set idle_in_transaction_session_timeout = N',
];

const toxics = (
  added: readonly { readonly type: string; readonly stream: string; readonly attributes: object }[],
  { settings, inspection }: Target,
): Footprint => {
  const { url = '', proxy = '' } = settings.toxiproxy ?? {};
  const as = 'Toxiproxy';
  const ttl = inspection.proxy?.knowsTtl === true ? ', "ttl": N' : '';
  const list = `${url}/proxies/${proxy}/toxics`;
  return {
    sessions: 0,
    acts: [
      { when: 'inject', as, what: `GET ${url}/version` },
      { when: 'inject', as, what: `GET ${url}/proxies/${proxy}` },
      ...added.map(
        ({ type, stream, attributes }) =>
          ({
            when: 'inject',
            as,
            what: `POST ${list} {"name": "gameday:…", "type": "${type}", "stream": "${stream}", "attributes": ${JSON.stringify(attributes)}${ttl}}`,
          }) as const,
      ),
      ...added.map(
        ({ type, stream }) => ({ when: 'undo', as, what: `DELETE ${list}/gameday:…-${type}-${stream}` }) as const,
      ),
      { when: 'undo', as, what: `GET ${url}/proxies` },
    ],
  };
};

const shown = (command: Command | undefined): string => command?.join(' ') ?? '(no command)';
