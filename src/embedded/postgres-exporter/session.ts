/**
 * The exporter's one session with the server. It is opened by the first scrape and kept; when it breaks, the next scrape
 * opens another, so that a server that is back shows at the next scrape and a server that is gone costs nobody a wait.
 */
import { Client, type QueryArrayResult } from 'pg';
import type { Ms } from '../../units.ts';
import type { Dialect } from './dialect.ts';
import { collectorText, type Row } from './exposition.ts';
import { settingsSql, type SettingRow } from './settings.ts';

export type Session = {
  /**
   * All metrics of the server, in one round trip.
   *
   * @throws {Error} when the server does not answer within `deadlineMs`, counted from the call; the session is then given up.
   */
  readonly collect: (deadlineMs: Ms) => Promise<string>;
  readonly close: () => Promise<void>;
};

type Connection = { readonly client: Client; settings: { readonly loadedAt: string; readonly text: string } };

export const openSession = (connectionString: string, { collectors, settingsText }: Dialect): Session => {
  let open: Promise<Connection> | undefined;

  const giveUp = (client: Client, connection: Promise<Connection>): void => {
    if (open === connection) open = undefined;
    client.end().catch(() => {}); // it may never have been connected
  };

  const connect = (deadlineMs: Ms): Promise<Connection> => {
    const client = new Client({
      connectionString,
      application_name: 'postgres_exporter',
      connectionTimeoutMillis: deadlineMs,
    });
    const connection = client.connect().then(() => ({ client, settings: { loadedAt: '', text: '' } }));
    client.on('error', () => giveUp(client, connection)); // the server ended an idle session
    client.on('end', () => giveUp(client, connection));
    connection.catch(() => giveUp(client, connection));
    return connection;
  };

  const collect = async (connection: Connection, deadlineMs: Ms): Promise<string> => {
    const statements = [
      settingsSql(connection.settings.loadedAt),
      // Only now and only here: set for the session it would hide the server's own value from pg_settings.
      `SET LOCAL statement_timeout = ${deadlineMs}`,
      ...collectors.map(({ sql }) => sql),
    ];
    const [settings, , ...results] = await rowsOf(connection.client, statements.join(';'));
    const [first] = (settings ?? []) as unknown as SettingRow[];
    if (first !== undefined)
      connection.settings = { loadedAt: first[3], text: settingsText(settings as unknown as SettingRow[]) };
    return (
      collectors.map((collector, i) => collectorText(collector, results[i] ?? [])).join('') + connection.settings.text
    );
  };

  return {
    collect: async (deadlineMs) => {
      open ??= connect(deadlineMs);
      const connection = open;
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      try {
        return await Promise.race([connection.then((connected) => collect(connected, deadlineMs)), late.promise]);
      } catch (error) {
        if (open === connection) open = undefined;
        connection.then(({ client }) => client.end()).catch(() => {});
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: async () => {
      const connection = open;
      open = undefined;
      await connection?.then(({ client }) => client.end()).catch(() => {});
    },
  };
};

/** Runs several statements in one message; one list of rows per statement, every value as the text that was sent. */
const rowsOf = async (client: Client, text: string): Promise<readonly (readonly Row[])[]> => {
  const results: unknown = await client.query({ text, rowMode: 'array', types: { getTypeParser: () => String } });
  return (results as readonly QueryArrayResult<(string | null)[]>[]).map(({ rows }) => rows);
};
