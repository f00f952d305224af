/**
 * A question in SQL as the person on call would ask it: a login of its own past the proxy, now, under the fault, because
 * whether one still gets in is a finding. The server is the guard: the session and the transaction are read-only, and the
 * extended protocol takes one statement at a time, so there is no way out of either.
 */
import { Socket } from 'node:net';
import pg, { type FieldDef } from 'pg';
import { reasonOf } from '../../errors.ts';
import { reachOf } from './sql-reach.ts';
import { countOf, textTable } from './text-table.ts';

export type Answer = {
  readonly ok: boolean;
  /** One line: `98 rows`, `53300: sorry, too many clients already`. */
  readonly summary: string;
  readonly lines: readonly string[];
};

export type AskSql = {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly signal: AbortSignal;
};

/** More is not read by anybody. */
const rowsMax = 200;
/** A single value can be a gigabyte. */
const answerBytesMax = 4 * 1_048_576;
const statementMsMax = 5_000;
const loginMsMax = 5_000;
/** The server keeps its own limit; one that is frozen keeps none. */
const graceMs = 1_000;

/** What psql aligns to the right. */
const numericTypes = new Set<number>([20, 21, 23, 26, 700, 701, 790, 1_700]);

export const askSql = async (text: string, { connectionString, applicationName, signal }: AskSql): Promise<Answer> => {
  const reach = await reachOf(text);
  if (reach !== undefined)
    return failed(`refused: sql only looks, and ${reach}`, ['What changes something is a step of a runbook.']);
  const socket = new Socket();
  const client = new pg.Client({
    connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: loginMsMax,
    options: [
      ...['-c default_transaction_read_only=on', `-c statement_timeout=${statementMsMax}`],
      // An answer that we stop reading is not finished for nobody.
      `-c client_connection_check_interval=500`,
    ].join(' '),
    stream: () => socket,
  });
  // The error of a lost connection also rejects the query that was running.
  client.on('error', () => {});
  let tooLarge = false;
  socket.on('data', () => {
    if (socket.bytesRead <= answerBytesMax) return;
    tooLarge = true;
    socket.destroy();
  });
  const cut = (): void => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  let bound: NodeJS.Timeout | undefined;
  try {
    signal.throwIfAborted();
    await client.connect();
    bound = setTimeout(cut, statementMsMax + graceMs);
    await client.query('BEGIN READ ONLY');
    return answerOf(await rowsOf(client, text));
  } catch (error) {
    if (tooLarge) return failed(`the answer is larger than ${answerBytesMax / 1_048_576} MiB; ask for less of it`, []);
    return errorAnswer(error, text);
  } finally {
    signal.removeEventListener('abort', cut);
    clearTimeout(bound);
    // A goodbye would wait for the rest of an answer. The server rolls back whatever was begun.
    socket.destroy();
  }
};

type Rows = {
  readonly fields: readonly FieldDef[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly more: boolean;
  /** `SELECT`, `SET`, `EXPLAIN`; empty where there was no statement. */
  readonly command: string;
};

const rowsOf = (client: pg.Client, text: string): Promise<Rows> =>
  new Promise((resolve, reject) => {
    const rows: (string | null)[][] = [];
    const query = new pg.Query<(string | null)[]>({
      text,
      rowMode: 'array',
      queryMode: 'extended',
      types: { getTypeParser: () => (value: string) => value },
    } as pg.QueryArrayConfig);
    query.on('row', (row, result) => {
      if (rows.length < rowsMax) rows.push(row);
      else resolve({ fields: result?.fields ?? [], rows, more: true, command: 'SELECT' });
    });
    query.on('end', ({ fields, command }) => resolve({ fields, rows, more: false, command: command ?? '' }));
    query.on('error', reject);
    client.query(query);
  });

const answerOf = ({ fields, rows, more, command }: Rows): Answer => {
  if (fields.length === 0) return { ok: true, summary: command === '' ? 'there was no statement' : command, lines: [] };
  const columns = fields.map(({ name, dataTypeID }) => ({ name, numeric: numericTypes.has(dataTypeID) }));
  const summary = more ? `the first ${rowsMax} rows of more` : countOf(rows.length, 'row');
  return { ok: true, summary, lines: [...textTable(columns, rows), `(${summary})`] };
};

const failed = (summary: string, lines: readonly string[]): Answer => ({ ok: false, summary, lines });

/** As psql with `\set VERBOSITY verbose` shows it, without the lines of the server's own source. */
const errorAnswer = (error: unknown, text: string): Answer => {
  if (!(error instanceof pg.DatabaseError)) return failed(reasonOf(error), [`connection failed: ${reasonOf(error)}`]);
  const { severity = 'ERROR', code = '', message, position, detail, hint } = error;
  return failed(`${code}: ${message}`, [
    `${severity}:  ${code}: ${message}`,
    ...(position === undefined ? [] : pointed(text, Number(position))),
    ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
  ]);
};

/** @param position Of a character, from 1. */
const pointed = (text: string, position: number): readonly string[] => {
  const before = Array.from(text)
    .slice(0, position - 1)
    .join('')
    .split('\n');
  const label = `LINE ${before.length}: `;
  const line = text.split('\n')[before.length - 1] ?? '';
  return [`${label}${line}`, `${' '.repeat(label.length + (before.at(-1) ?? '').length)}^`];
};
