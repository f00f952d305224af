/** What a runbook must leave alone, read in one go: settings and roles of the server, and the shop's books. */
import type { Snapshot } from '../journal/events.ts';
import { booksSql } from '../shop/schema.ts';
import type { OperatorSession } from './operator-session.ts';

const stateSql = `
select 'setting ' || name as key, coalesce(reset_val, '') as value from pg_settings
  where source in ('configuration file', 'database', 'user', 'database user', 'global')
union all
select 'role ' || rolname, concat_ws(' ', 'limit', rolconnlimit, 'login', rolcanlogin, 'super', rolsuper) from pg_roles
  where rolname not like 'pg\\_%'
union all
select 'database ' || datname, 'limit ' || datconnlimit from pg_database
union all
select 'table ' || schemaname || '.' || tablename, tableowner from pg_tables
  where schemaname not in ('pg_catalog', 'information_schema')
order by 1`;

export const takeSnapshot = async (operator: OperatorSession): Promise<Snapshot> => {
  const state = await operator.rows<{ key: string; value: string }>(stateSql);
  const [books] = await operator.rows<{ stock: string; sold: string }>(booksSql);
  return {
    state: Object.fromEntries(state.map(({ key, value }) => [key, value])),
    books: { stock: Number(books?.stock), sold: Number(books?.sold) },
  };
};
