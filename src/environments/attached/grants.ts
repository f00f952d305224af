/** The least that the roles of an attached environment need. Passwords are for the DBA to set. */
import { quoteIdentifier, quoteLiteral } from '../../faults/operator.ts';
import type { Logins } from './address.ts';

/** @param connections The declared blast radius: the server itself keeps the neighbour to it. */
export const grantsSql = ({ operator, service, neighbour }: Logins, connections: number): string => {
  const me = quoteIdentifier(operator.role);
  const database = quoteIdentifier(operator.database);
  return `-- What gameday needs on ${operator.host}:${operator.port}, as a superuser runs it in database ${operator.database}. PostgreSQL 14 or newer.
-- Harmless twice. Set the passwords with \\password.

-- ${inComment(operator.role)}: looks, holds the lock, ends sessions of the experiment, undoes. Reads and writes no table.
${createdSql(operator.role)}
grant connect on database ${database} to ${me};
-- Sees whose session is whose (pg_stat_activity), which is how the blast radius is counted.
grant pg_monitor to ${me};
-- Ends sessions: those it opened for an experiment, and ${inComment(service.role)}'s, from which hold-connections takes slots. Never a superuser's.
grant pg_signal_backend to ${me};
-- Gets in when every other slot is taken; PostgreSQL 16 or newer, and only where reserved_connections is above 0.
do $$ begin
  if current_setting('server_version_num')::int >= 160000 then grant pg_use_reserved_connections to ${me}; end if;
end $$;
-- Sees settings as files carry them, and who may log in: compared before and after a runbook. Leave it out where none is followed.
grant select on pg_file_settings, pg_hba_file_rules to ${me};
grant execute on function pg_show_all_file_settings(), pg_hba_file_rules() to ${me};
-- Probes of an experiment that read tables need more, for example: grant select on orders to ${me};
${neighbour === null ? '' : neighbourSql(neighbour.role, database, connections)}
-- Not granted, and not needed: superuser, createrole, ownership, ALTER SYSTEM.
-- The opt-in is the owner's: gameday env mark prints the one statement.`;
};

const neighbourSql = (role: string, database: string, connections: number): string => `
-- ${inComment(role)}: holds connections and does nothing with them. No rights, no reserved slots, and never more
-- sessions than blastRadius.connections of gameday.yaml, whatever anybody asks for.
${createdSql(role)}
grant connect on database ${database} to ${quoteIdentifier(role)};
alter role ${quoteIdentifier(role)} connection limit ${connections};
`;

/** A comment ends with its line. */
const inComment = (name: string): string => name.replaceAll(/\s/g, ' ');

const createdSql = (role: string): string => `do $$ begin
  if not exists (select from pg_roles where rolname = ${quoteLiteral(role)}) then
    create role ${quoteIdentifier(role)} login;
  end if;
end $$;`;
