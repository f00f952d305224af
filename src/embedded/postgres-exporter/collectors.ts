/**
 * What the exporter reads and what it calls it. Names, types and labels are those of prometheus-community's
 * postgres_exporter 0.20.1: since 0.20 the settings carry no `server` label, since 0.18 the exporter's own session is
 * not counted, since 0.17 sessions are told apart by user, application, backend type and wait event. Left out is what
 * is about tables, replication slots, WAL and background writing, and the `server` label of `pg_static`.
 */

import type { Dialect } from './dialect.ts';
import { ownText } from './exposition.ts';
import { settingsText } from './settings.ts';

export type Metric = { readonly name: string; readonly type: 'gauge' | 'counter'; readonly help: string };

/** One statement; its columns are first the labels, then one value per metric, all as text. NULL in a label is "". */
export type Collector = {
  readonly labels: readonly string[];
  readonly metrics: readonly Metric[];
  readonly sql: string;
};

export const gauge = (name: string, help: string): Metric => ({ name, type: 'gauge', help });
export const counter = (name: string, help: string): Metric => ({ name, type: 'counter', help });

/** Every state of every database, also those in which nobody is: an alert on `idle in transaction` needs a 0 to resolve. */
const activity: Collector = {
  labels: ['datname', 'state', 'usename', 'application_name', 'backend_type', 'wait_event_type', 'wait_event'],
  metrics: [
    gauge('pg_stat_activity_count', 'Sessions in this state'),
    gauge('pg_stat_activity_max_tx_duration', 'Age of the oldest transaction of these sessions, in seconds'),
  ],
  sql: `
    SELECT d.datname, s.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
           coalesce(a.count, 0), coalesce(a.max_tx_duration, 0)
    FROM pg_database d
    CROSS JOIN (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                       ('fastpath function call'), ('disabled')) s(state)
    LEFT JOIN (
      SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event, count(*) AS count,
             max(extract(epoch FROM now() - xact_start))::float8 AS max_tx_duration
      FROM pg_stat_activity WHERE pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) a ON a.datname = d.datname AND a.state = s.state`,
};

const databases: Collector = {
  labels: ['datid', 'datname'],
  metrics: [
    gauge('pg_stat_database_numbackends', 'Sessions connected to this database'),
    counter('pg_stat_database_xact_commit', 'Transactions committed'),
    counter('pg_stat_database_xact_rollback', 'Transactions rolled back'),
    counter('pg_stat_database_blks_read', 'Blocks read from disk'),
    counter('pg_stat_database_blks_hit', 'Blocks found in the buffer cache'),
    counter('pg_stat_database_tup_returned', 'Rows returned by queries'),
    counter('pg_stat_database_tup_fetched', 'Rows fetched by queries'),
    counter('pg_stat_database_tup_inserted', 'Rows inserted'),
    counter('pg_stat_database_tup_updated', 'Rows updated'),
    counter('pg_stat_database_tup_deleted', 'Rows deleted'),
    counter('pg_stat_database_conflicts', 'Queries cancelled by conflicts with recovery'),
    counter('pg_stat_database_temp_files', 'Temporary files written by queries'),
    counter('pg_stat_database_temp_bytes', 'Bytes written to temporary files'),
    counter('pg_stat_database_deadlocks', 'Deadlocks detected'),
    counter('pg_stat_database_blk_read_time', 'Time spent reading blocks, in milliseconds'),
    counter('pg_stat_database_blk_write_time', 'Time spent writing blocks, in milliseconds'),
    counter('pg_stat_database_stats_reset', 'When these statistics were last reset, in seconds since 1970'),
    counter('pg_stat_database_active_time_seconds_total', 'Time spent executing statements, in seconds'),
  ],
  sql: `
    SELECT datid, datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched,
           tup_inserted, tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, deadlocks, blk_read_time,
           blk_write_time, coalesce(extract(epoch FROM stats_reset)::bigint, 0), active_time / 1000
    FROM pg_stat_database WHERE datname IS NOT NULL`,
};

const locks: Collector = {
  labels: ['datname', 'mode'],
  metrics: [gauge('pg_locks_count', 'Locks held or awaited')],
  sql: `
    SELECT d.datname, m.mode, coalesce(l.count, 0)
    FROM pg_database d
    CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                       ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'),
                       ('sireadlock')) m(mode)
    LEFT JOIN (SELECT database, lower(mode) AS mode, count(*) AS count FROM pg_locks GROUP BY 1, 2) l
      ON l.database = d.oid AND l.mode = m.mode`,
};

const databaseLimits: Collector = {
  labels: ['datname'],
  metrics: [gauge('pg_database_connection_limit', 'Sessions allowed in this database, -1 for no limit')],
  sql: 'SELECT datname, datconnlimit FROM pg_database',
};

const roleLimits: Collector = {
  labels: ['rolname'],
  metrics: [gauge('pg_roles_connection_limit', 'Sessions allowed for this role, -1 for no limit')],
  sql: 'SELECT rolname, rolconnlimit FROM pg_roles',
};

const server: Collector = {
  labels: [],
  metrics: [
    gauge('pg_postmaster_start_time_seconds', 'When the server was started, in seconds since 1970'),
    gauge('pg_replication_is_replica', 'Whether the server is a replica'),
    gauge('pg_replication_lag_seconds', 'How far a replica is behind its primary, in seconds; 0 on a primary'),
  ],
  sql: `
    SELECT extract(epoch FROM pg_postmaster_start_time())::float8, pg_is_in_recovery()::int,
           CASE WHEN pg_is_in_recovery()
                THEN coalesce(greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())), 0)::float8
                ELSE 0 END`,
};

const version: Collector = {
  labels: ['version', 'short_version'],
  metrics: [gauge('pg_static', 'The server in words; always 1')],
  sql: `SELECT version(), substring(current_setting('server_version') FROM '^[0-9.]+') || '.0', 1`,
};

export const postgresExporter: Dialect = {
  collectors: [activity, databases, locks, databaseLimits, roleLimits, server, version],
  settingsText,
  ownText,
};
