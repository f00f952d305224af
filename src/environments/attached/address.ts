/** The connection strings of an attached environment, read from where they stand, and how they are shown. */
import pg from 'pg';
import type { AttachedSettings, SecretReference } from '../../documents/environment-settings.ts';
import { GamedayError, reasonOf, type Problem } from '../../errors.ts';
import type { Secrets } from '../../safety/secrets.ts';

/** A connection string and what it says. Only `url` holds the password. */
export type Login = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly role: string;
  readonly database: string;
};

export type Logins = {
  readonly operator: Login;
  readonly service: Login;
  readonly neighbour: Login | null;
  readonly onCall: Login | null;
};

/** @throws {GamedayError} USAGE naming every connection string that is missing or is none. */
export const readLogins = ({ postgres, at }: AttachedSettings, secrets: Secrets, home: string): Logins => {
  const problems: Problem[] = [];
  const read = (use: string, reference: SecretReference): Login | null => {
    try {
      return loginOf(secrets.read(reference, home));
    } catch (error) {
      const told = error instanceof GamedayError ? error.problems : [{ message: reasonOf(error), hint: form }];
      problems.push(...told.map(({ message, hint = form }) => ({ message: `${use}: ${message}`, at, hint })));
      return null;
    }
  };
  const maybe = (use: string, reference: SecretReference | undefined): Login | null =>
    reference === undefined ? null : read(use, reference);
  const operator = read('operator', postgres.operator);
  const service = read('service', postgres.service);
  const neighbour = maybe('neighbour', postgres.neighbour);
  const onCall = maybe('onCall', postgres.onCall);
  if (operator === null || service === null || problems.length > 0) throw new GamedayError('USAGE', problems);
  return { operator, service, neighbour, onCall };
};

const form = 'postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE';

const loginOf = (url: string): Login => {
  if (!/^postgres(?:ql)?:\/\//.test(url)) throw new Error('this is no connection string of PostgreSQL');
  if ((URL.parse(url)?.hostname ?? '') === '') throw new Error('the connection string names no host');
  // The driver reads PGUSER and parameters, too; whom it would really talk to is what has to be allowed.
  const { host, port, user = '', database = '' } = new pg.Client({ connectionString: url });
  if (user === '' || database === '') throw new Error('the connection string names no role or no database');
  return { url, host, port, role: user, database };
};

/** `shop@staging-db:5432/shop`: all but the password. */
export const shownLogin = ({ role, host, port, database }: Login): string => `${role}@${host}:${port}/${database}`;

/** Asked before anybody logs in there, because a login tells a password. */
export const isAllowed = (
  { hosts, databases }: AttachedSettings['allow'],
  { host, port, database }: Login,
): { readonly host: boolean; readonly database: boolean } => ({
  host: hosts.includes(host) || hosts.includes(`${host}:${port}`),
  database: databases.includes(database),
});

/** The same login at another address. */
export const loginAt = ({ url }: Login, { host, port }: Pick<Login, 'host' | 'port'>): string => {
  const moved = new URL(url);
  for (const name of ['host', 'port']) moved.searchParams.delete(name);
  moved.hostname = host.includes(':') ? `[${host}]` : host;
  moved.port = String(port);
  return moved.href;
};
