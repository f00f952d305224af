/**
 * A stand-in for postgres_exporter: `GET /metrics` with the names that a team's alert rules use. It answers every scrape
 * with 200 and within 0.3 s, whatever the server does: `pg_up 0` is the message, and a scrape that failed instead would
 * be another alert. The role it logs in as needs `pg_monitor`, and a reserved slot, or it goes blind with the service.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GamedayError, reasonOf } from '../../errors.ts';
import { ms } from '../../units.ts';
import { dialects, type Dialect, type DialectName } from './dialect.ts';
import { contentType } from './exposition.ts';
import { openSession } from './session.ts';

export type PostgresExporterOptions = {
  readonly connectionString: string;
  /** By which names the team's rules ask; those of postgres_exporter unless given. */
  readonly names?: DialectName | undefined;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
};

/** `close` also ends the session with the server. Twice is harmless. */
export type PostgresExporter = { readonly url: string; readonly close: () => Promise<void> };

/** For connecting and asking together. */
const deadlineMs = ms(250);

/**
 * @param signal Closes it when aborted.
 * @throws {GamedayError} ENVIRONMENT_FAILED when the address cannot be listened on; a server that is down is no error.
 */
export const startPostgresExporter = async (
  { connectionString, names = 'postgres_exporter', listen }: PostgresExporterOptions,
  signal?: AbortSignal,
): Promise<PostgresExporter> => {
  signal?.throwIfAborted();
  const dialect: Dialect = dialects[names];
  const session = openSession(connectionString, dialect);
  let scrapes = 0;

  const metrics = async (): Promise<string> => {
    const startedAt = performance.now();
    scrapes += 1;
    const text = await session.collect(deadlineMs).catch(() => undefined);
    return dialect.ownText(text !== undefined, performance.now() - startedAt, scrapes) + (text ?? '');
  };

  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.split('?')[0] !== '/metrics') return respond(response, 404, 'metrics are at /metrics\n');
    void metrics().then((text) => respond(response, 200, text));
  });
  try {
    await once(server.listen(listen.port, listen.host), 'listening');
  } catch (error) {
    const message = `the postgres_exporter stand-in cannot listen on ${listen.host}:${listen.port}: ${reasonOf(error)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message }, { cause: error });
  }

  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await Promise.all([closed, session.close()]);
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= stop());
  signal?.addEventListener('abort', () => void close(), { once: true });
  return { url: `http://${listen.host}:${(server.address() as AddressInfo).port}`, close };
};

const respond = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'Content-Type': contentType });
  response.end(text);
};
