/**
 * The program that makes an empty PostgreSQL the database of a replica; `docker-compose.yml` runs it once, before the
 * shop. Roles, tables, goods and rights come from where the embedded environment takes them, so there is no second copy
 * to keep equal. Waits for a server that is only starting. All or nothing, and harmless twice.
 */
import type { Client } from 'pg';
import { GamedayError } from '../../errors.ts';
import { asOperator } from '../../faults/operator.ts';
import { grantSql, schemaSql, seedSql } from '../../shop/schema.ts';
import { replicaRoles, rolesSql, type ReplicaRole } from '../replica-roles.ts';

/** A superuser's, to the database of the shop. The one password is for every role: it opens nothing but a replica. */
const { OPERATOR_URL: operatorUrl = '', REPLICA_PASSWORD: password = '' } = process.env;
if (operatorUrl === '' || password === '')
  throw new GamedayError('USAGE', { message: 'OPERATOR_URL and REPLICA_PASSWORD must be set' });

const passwords = Object.fromEntries(replicaRoles.map((role) => [role, password])) as Record<ReplicaRole, string>;

const prepare = async (client: Client): Promise<void> => {
  const { rowCount } = await client.query("select from pg_roles where rolname = 'shop'");
  if (rowCount !== 0) return;
  // One message to the server is one transaction.
  await client.query(`${rolesSql(passwords)}\n${schemaSql}\n${seedSql}\n${grantSql('shop')}`);
};

/** A server that has to set itself up first. */
const startsWithinMs = 60_000;

await asOperator(operatorUrl, prepare, { restartWithinMs: startsWithinMs });
