/**
 * The names of CloudNativePG's own exporter, as its default monitoring queries give them. Left out is
 * what is about WAL files, replication slots, background writing and extensions. The labels that a cluster adds
 * (`cnpg_io_cluster` and the like) are those of the scrape configuration, here as there.
 */
import { counter, gauge, type Collector } from './collectors.ts';
import type { Dialect } from './dialect.ts';
import { header, sampleLine } from './exposition.ts';

const backends: Collector = {
  labels: ['datname', 'usename', 'application_name', 'state'],
  metrics: [
    gauge('cnpg_backends_total', 'Number of backends'),
    gauge('cnpg_backends_max_tx_duration_seconds', 'Maximum duration of a transaction in seconds'),
  ],
  sql: `
    SELECT datname, usename, coalesce(application_name, ''), state, count(*),
           coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8
    FROM pg_stat_activity WHERE usename IS NOT NULL AND state IS NOT NULL GROUP BY 1, 2, 3, 4`,
};

const waiting: Collector = {
  labels: [],
  metrics: [gauge('cnpg_backends_waiting_total', 'Backends that wait for a lock of another one')],
  sql: 'SELECT count(*) FROM pg_locks WHERE NOT granted AND cardinality(pg_blocking_pids(pid)) > 0',
};

const databases: Collector = {
  labels: ['datname'],
  metrics: [
    gauge('cnpg_pg_database_size_bytes', 'Disk space used by the database'),
    gauge('cnpg_pg_database_xid_age', 'Transactions from the frozen one to the current one'),
    gauge('cnpg_pg_database_mxid_age', 'Multixacts from the frozen one to the current one'),
  ],
  sql: `
    SELECT datname, pg_database_size(oid), age(datfrozenxid), mxid_age(datminmxid) FROM pg_database WHERE datallowconn`,
};

const statistics: Collector = {
  labels: ['datname'],
  metrics: [
    counter('cnpg_pg_stat_database_xact_commit', 'Transactions committed'),
    counter('cnpg_pg_stat_database_xact_rollback', 'Transactions rolled back'),
    counter('cnpg_pg_stat_database_blks_read', 'Blocks read from disk'),
    counter('cnpg_pg_stat_database_blks_hit', 'Blocks found in the buffer cache'),
    counter('cnpg_pg_stat_database_tup_returned', 'Rows returned by queries'),
    counter('cnpg_pg_stat_database_tup_fetched', 'Rows fetched by queries'),
    counter('cnpg_pg_stat_database_tup_inserted', 'Rows inserted'),
    counter('cnpg_pg_stat_database_tup_updated', 'Rows updated'),
    counter('cnpg_pg_stat_database_tup_deleted', 'Rows deleted'),
    counter('cnpg_pg_stat_database_conflicts', 'Queries cancelled by conflicts with recovery'),
    counter('cnpg_pg_stat_database_temp_files', 'Temporary files written by queries'),
    counter('cnpg_pg_stat_database_temp_bytes', 'Bytes written to temporary files'),
    counter('cnpg_pg_stat_database_deadlocks', 'Deadlocks detected'),
    counter('cnpg_pg_stat_database_blk_read_time', 'Time spent reading blocks, in milliseconds'),
    counter('cnpg_pg_stat_database_blk_write_time', 'Time spent writing blocks, in milliseconds'),
  ],
  sql: `
    SELECT datname, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched, tup_inserted,
           tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, deadlocks, blk_read_time, blk_write_time
    FROM pg_stat_database`,
};

const server: Collector = {
  labels: [],
  metrics: [
    gauge('cnpg_pg_postmaster_start_time', 'When the server was started, in seconds since 1970'),
    gauge('cnpg_pg_replication_lag', 'Replication lag behind the primary, in seconds'),
    gauge('cnpg_pg_replication_in_recovery', 'Whether the instance is in recovery'),
    gauge('cnpg_pg_replication_is_wal_receiver_up', 'Whether the WAL receiver of the instance is up'),
    gauge('cnpg_pg_replication_streaming_replicas', 'Streaming replicas connected to the instance'),
  ],
  sql: `
    SELECT extract(epoch FROM pg_postmaster_start_time())::float8,
           CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE coalesce(greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())), 0)::float8 END,
           pg_is_in_recovery()::int, (EXISTS (SELECT FROM pg_stat_wal_receiver))::int,
           (SELECT count(*) FROM pg_stat_replication)`,
};

const archiver: Collector = {
  labels: [],
  metrics: [
    counter('cnpg_pg_stat_archiver_archived_count', 'WAL files that have been archived'),
    counter('cnpg_pg_stat_archiver_failed_count', 'Failed attempts to archive a WAL file'),
    gauge('cnpg_pg_stat_archiver_seconds_since_last_archival', 'Seconds since a WAL file was archived, -1 for never'),
    gauge('cnpg_pg_stat_archiver_seconds_since_last_failure', 'Seconds since archiving failed, -1 for never'),
    gauge('cnpg_pg_stat_archiver_last_archived_time', 'When a WAL file was last archived, -1 for never'),
    gauge('cnpg_pg_stat_archiver_last_failed_time', 'When archiving last failed, -1 for never'),
  ],
  sql: `
    SELECT archived_count, failed_count,
           coalesce(extract(epoch FROM now() - last_archived_time), -1)::float8,
           coalesce(extract(epoch FROM now() - last_failed_time), -1)::float8,
           coalesce(extract(epoch FROM last_archived_time), -1)::float8,
           coalesce(extract(epoch FROM last_failed_time), -1)::float8
    FROM pg_stat_archiver`,
};

const setting = gauge('cnpg_pg_settings_setting', 'The setting as the server shows it, in its own unit');

export const cloudNativePg: Dialect = {
  collectors: [backends, waiting, databases, statistics, server, archiver],
  settingsText: (rows) =>
    header(setting) +
    rows
      .map(([name, written]) => {
        const value = { on: '1', off: '0' }[written] ?? written;
        return sampleLine(setting.name, ['name'], [name], value);
      })
      .join(''),
  ownText: (isUp, durationMs, scrapes) =>
    (
      [
        [gauge('cnpg_collector_up', 'Whether PostgreSQL is up'), isUp ? 1 : 0],
        [gauge('cnpg_collector_last_collection_error', 'Whether the last collection failed'), isUp ? 0 : 1],
        [counter('cnpg_collector_collections_total', 'Collections since the exporter was started'), scrapes],
      ] as const
    )
      .map(([metric, value]) => header(metric) + sampleLine(metric.name, [], [], String(value)))
      .join('') + durationText(durationMs),
};

const durationText = (durationMs: number): string => {
  const metric = gauge('cnpg_collector_collection_duration_seconds', 'How long the collection took, in seconds');
  return header(metric) + sampleLine(metric.name, ['collector'], ['Collect.up'], String(durationMs / 1_000));
};
