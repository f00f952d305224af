/** What a runbook must leave alone, read in one go: settings and roles of the server, and the shop's books. */
import type { Snapshot } from '../journal/events.ts';
import { booksSql } from '../shop/schema.ts';
import type { OperatorSession } from './operator-session.ts';

/**
 * Settings as the server's files and its roles and databases carry them, not as this session sees them: a session has
 * settings of its own, and would hide a change behind them.
 */
const stateSql = `
select * from (
  select distinct on (name) 'setting ' || name as key, coalesce(setting, '') as value
    from pg_file_settings order by name, seqno desc) files
union all
select 'role ' || rolname, concat_ws(' ', 'limit', rolconnlimit, 'login', rolcanlogin, 'super', rolsuper, 'createrole',
    rolcreaterole, (select string_agg(setting, ' ' order by setting) from pg_db_role_setting, unnest(setconfig) setting
      where setrole = r.oid))
  from pg_roles r where rolname not like 'pg\\_%'
union all
select 'database ' || datname, concat_ws(' ', 'limit', datconnlimit,
    (select string_agg(setting, ' ' order by setting) from pg_db_role_setting, unnest(setconfig) setting
      where setdatabase = d.oid and setrole = 0))
  from pg_database d
union all
select 'role ' || setrole::regrole || ' in database ' || datname, array_to_string(setconfig, ' ')
  from pg_db_role_setting join pg_database d on d.oid = setdatabase where setrole <> 0
union all
select 'member ' || member::regrole || ' of ' || roleid::regrole, concat_ws(' ', admin_option, inherit_option, set_option)
  from pg_auth_members where member::regrole::text not like 'pg\\_%'
union all
select 'table ' || schemaname || '.' || tablename, tableowner from pg_tables
  where schemaname not in ('pg_catalog', 'information_schema')
union all
select 'who may log in', md5(coalesce(string_agg(hba::text, ' ' order by rule_number), '')) from pg_hba_file_rules hba`;

/** @param hasBooks The service is the built-in shop. */
export const takeSnapshot = async (operator: OperatorSession, hasBooks: boolean): Promise<Snapshot> => {
  const state = await operator.rows<{ key: string; value: string }>(stateSql);
  const snapshot = { state: Object.fromEntries(state.map(({ key, value }) => [key, value])) };
  if (!hasBooks) return snapshot;
  const [books] = await operator.rows<{ stock: string; sold: string }>(booksSql);
  return { ...snapshot, books: { stock: Number(books?.stock), sold: Number(books?.sold) } };
};
