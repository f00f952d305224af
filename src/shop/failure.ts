/**
 * One word for each way in which the database can fail a request. PostgreSQL's own answers have an SQLSTATE and sockets have
 * an errno name, but the driver's own failures carry only an English sentence, and one of those says "connect" where it
 * means the queue for a pool connection (brianc/node-postgres #2973).
 */
import { DatabaseError } from 'pg';

/** Classes that exist from the first scrape on, at 0: a rate cannot see the first increment of a series that was not there. */
export const usualCodes = [
  '53300', // too many connections: server, role or database
  '57P01', // session ended by an administrator or a shutdown
  '57P03', // the server is starting up or shutting down
  '28P01', // password refused
  '25006', // the server is read-only
  'pool_timeout', // no pool connection became free in time
  'connect_timeout', // no new connection was established in time
  'connection_lost', // an established connection ended without a word
] as const;

/** Texts of `pg` 8 and `pg-pool` 3 that come without a code. */
const sentences: Readonly<Record<string, string>> = {
  'timeout exceeded when trying to connect': 'pool_timeout',
  'Connection terminated due to connection timeout': 'connect_timeout',
  'timeout expired': 'connect_timeout',
  'Query read timeout': 'query_timeout',
  'Connection terminated unexpectedly': 'connection_lost',
  'Connection terminated': 'connection_lost',
  'Client has encountered a connection error and is not queryable': 'connection_lost',
  'Client was closed and is not queryable': 'connection_lost',
  'Cannot use a pool after calling end on the pool': 'stopping',
};

/** Errno names of a connection that had been there; one that never came (`ECONNREFUSED`, `EHOSTUNREACH`) keeps its name. */
const lostErrnos = new Set(['ECONNRESET', 'EPIPE']);

/** The class of a database failure: an SQLSTATE, an errno name or a word of ours; undefined for anything else, which is a bug. */
export const failureCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (error instanceof DatabaseError) return code;
  if (code !== undefined && isErrno(code)) return lostErrnos.has(code) ? 'connection_lost' : code;
  return sentences[error.message];
};

/** `ECONNREFUSED`, `EAI_AGAIN`; not `ERR_INVALID_ARG_TYPE`, by which Node complains about its caller. */
const isErrno = (code: string): boolean => /^E(?!RR_)[A-Z_]+$/.test(code);

/** After an ERROR the session goes on and wants a ROLLBACK; after anything else there is no session left to ask. */
export const sessionSurvives = (error: unknown): boolean =>
  error instanceof DatabaseError && error.severity === 'ERROR';
