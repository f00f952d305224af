/** Who may log in to a replica of ours. Least privilege, as a team's own server should have it. */
import { quoteIdentifier, quoteLiteral } from '../faults/operator.ts';

/** Besides the service. */
export const otherRoles = ['oncall_dba', 'monitor', 'reporting'] as const;
export const replicaRoles = ['shop', ...otherRoles] as const;
/** Who logs in once in a while. */
const seldom: readonly string[] = ['oncall_dba', 'monitor'];
export type ReplicaRole = (typeof replicaRoles)[number];

/**
 * - `shop`, or the name of a team's own: the service.
 * - `oncall_dba`: the person on call. Gets in through reserved slots when ordinary ones are gone, sees everybody's
 *   sessions, may end them, may change the few settings a runbook may touch (PostgreSQL 15+: GRANT … ON PARAMETER) and
 *   may limit the neighbour.
 * - `monitor`: the exporter; reserved slots, or an exhausted server would blind its own alerts.
 * - `reporting`: another team's job on the same server.
 *
 * The passwords are random, live as long as the replica, and need no slow hash; with the usual 4096 rounds a hundred
 * refused logins a second would cost a third of a core and drown what is to be measured. People and the exporter, who do
 * not knock that often, have the usual ones: the driver of the real exporter (Go's lib/pq) refuses fewer.
 */
export const rolesSql = (passwords: Readonly<Record<string, string>>): string => `
${Object.entries(passwords)
  .map(
    ([role, password]) => `set scram_iterations = ${seldom.includes(role) ? 4096 : 256};
create role ${quoteIdentifier(role)} login password ${quoteLiteral(password)};`,
  )
  .join('\n')}
grant pg_monitor, pg_use_reserved_connections to monitor;
grant pg_monitor, pg_use_reserved_connections, pg_signal_backend to oncall_dba;
grant alter system on parameter max_connections, reserved_connections, idle_session_timeout,
  idle_in_transaction_session_timeout, statement_timeout to oncall_dba;
grant execute on function pg_reload_conf(), pg_show_all_file_settings() to oncall_dba;
grant select on pg_file_settings to oncall_dba;
alter role oncall_dba createrole;
grant reporting to oncall_dba with admin option, inherit false, set false;
`;
