/**
 * SQL as the person on call would run it: a login of its own as the role that the runbook names, never an open connection of
 * ours, because whether one still gets in is part of what a runbook has to prove.
 */
import { Socket, connect } from 'node:net';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { Client, DatabaseError, types, type FieldDef } from 'pg';
import { reasonOf } from '../../errors.ts';
import type { Row, Value } from '../../documents/expression.ts';
import type { Step } from '../../documents/runbook.ts';
import type { Attempt, AttemptBound, StepContext } from './attempt.ts';

/** A login that is not answered by then is lost, however long the step may take. */
const loginMsMax = 5_000;
const lockMsMax = 5_000;
/** How long the end of a cancelled statement, and the goodbye, are waited for before the socket is cut. */
const graceMs = 500;
const rowsMax = 10_000;

/**
 * A role that may use the reserved slots is refused only in moments in which logins that are being refused fill these, too:
 * whoever tries again gets in, and so does this. A role that may not is locked out, and is told so at once.
 */
const crowdedMsMax = 2_000;
const crowdedAgainMs = 100;

export const attemptSql = async (step: Step, context: StepContext, bound: AttemptBound): Promise<Attempt> => {
  const { on } = step;
  if (on === undefined) return { type: 'refused', kind: 'unreachable', reason: 'the step names no connection' };
  const startedMs = performance.now();
  while (!bound.signal.aborted) {
    const attempt = await attemptOnce(step, on, context, bound);
    if (!isCrowded(attempt) || performance.now() - startedMs > crowdedMsMax) return attempt;
    await sleepFor(crowdedAgainMs, undefined, { signal: bound.signal }).catch(() => {});
  }
  return { type: 'stopped' };
};

/** The name of the attribute is the same in every language of the server. */
const isCrowded = (attempt: Attempt): boolean =>
  attempt.type === 'refused' && attempt.sqlState === '53300' && /\bSUPERUSER\b/.test(attempt.reason);

const attemptOnce = async (
  step: Step,
  { role, via }: NonNullable<Step['on']>,
  context: StepContext,
  { timeoutMs, signal }: AttemptBound,
): Promise<Attempt> => {
  // A little later than our own limit: it is for the server to keep when we are gone.
  const serverMs = Math.ceil(timeoutMs) + 2 * graceMs;
  const socket = new Socket();
  const client = new Client({
    connectionString: context.connectionString(role, via),
    application_name: context.applicationName,
    connectionTimeoutMillis: loginMsMax,
    statement_timeout: serverMs,
    lock_timeout: lockMsMax,
    idle_in_transaction_session_timeout: serverMs,
    types: { getTypeParser: () => (text: string) => text },
    stream: () => socket,
  });
  // The error of a lost connection also rejects the query that was running; idle, it has nothing to say to anybody.
  client.on('error', () => {});
  let cut: NodeJS.Timeout | undefined;
  const stop = (): void => {
    const key = backendKeyOf(client);
    if (key !== undefined) cancelStatement(client, key);
    cut = setTimeout(() => socket.destroy(), key === undefined ? 0 : graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    try {
      await client.connect();
    } catch (error) {
      return signal.aborted ? { type: 'stopped' } : loginRefused(error, role);
    }
    return await execute(client, step, role, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(cut);
    await goodbye(client, socket);
  }
};

/** Reading happens in a transaction that cannot write; everything else statement by statement, as ALTER SYSTEM demands. */
const execute = async (client: Client, step: Step, role: string, signal: AbortSignal): Promise<Attempt> => {
  const { statements, danger } = step;
  let rows: readonly Row[] = [];
  let at = 0;
  try {
    if (danger === 'read') await client.query('BEGIN READ ONLY');
    for (const statement of statements) {
      at += 1;
      const { fields, rows: answered } = await client.query<(string | null)[]>({ text: statement, rowMode: 'array' });
      if (fields.length > 0) rows = answered.slice(0, rowsMax).map((values) => rowOf(fields, values));
    }
    if (danger === 'read') await client.query('ROLLBACK');
  } catch (error) {
    if (signal.aborted) return { type: 'stopped' };
    return statementRefused(error, role, statements.length > 1 ? `statement ${at} of ${statements.length}: ` : '');
  }
  return { type: 'answered', facts: { stdout: '', stderr: '', rows } };
};

const loginRefused = (error: unknown, role: string): Attempt => {
  const sqlState = sqlStateOf(error);
  const state = sqlState === undefined ? {} : { sqlState };
  if (sqlState === '53300') {
    const reason = `login as ${role} was refused, no connection slot is free for it: ${reasonOf(error)}`;
    return { type: 'refused', kind: 'blocked', reason, ...state };
  }
  const kind = sqlState === '42501' ? 'blocked' : 'unreachable';
  const verb = sqlState === undefined ? 'did not get through' : 'was refused';
  return { type: 'refused', kind, reason: `login as ${role} ${verb}: ${reasonOf(error)}`, ...state };
};

const statementRefused = (error: unknown, role: string, where: string): Attempt => {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined)
    return { type: 'refused', kind: 'unreachable', reason: `${where}the connection was lost: ${reasonOf(error)}` };
  if (sqlState === '42501')
    return {
      type: 'refused',
      kind: 'blocked',
      reason: `${where}${role} lacks a permission: ${reasonOf(error)}`,
      sqlState,
    };
  // Class 57P: the server is shutting down or starting up.
  const kind = sqlState.startsWith('57P') ? 'unreachable' : 'rejected';
  return { type: 'refused', kind, reason: `${where}${reasonOf(error)}`, sqlState };
};

const sqlStateOf = (error: unknown): string | undefined => (error instanceof DatabaseError ? error.code : undefined);

const numberTypes = [
  types.builtins.FLOAT4,
  types.builtins.FLOAT8,
  types.builtins.INT2,
  types.builtins.INT4,
  types.builtins.INT8,
  types.builtins.NUMERIC,
  types.builtins.OID,
];
const kinds: ReadonlyMap<number, 'number' | 'truth' | 'interval'> = new Map([
  ...numberTypes.map((oid) => [oid, 'number'] as const),
  [types.builtins.BOOL, 'truth'],
  [types.builtins.INTERVAL, 'interval'],
]);

/** Numbers as numbers, truth as truth, an interval in seconds (as expressions count durations), all else as its text. */
const rowOf = (fields: readonly FieldDef[], values: readonly (string | null)[]): Row => {
  const row: Record<string, Value> = {};
  for (const [index, { name, dataTypeID }] of fields.entries())
    if (!Object.hasOwn(row, name)) row[name] = valueOf(dataTypeID, values[index] ?? null);
  return row;
};

const valueOf = (oid: number, text: string | null): Value => {
  const kind = kinds.get(oid);
  if (text === null || kind === undefined) return text;
  if (kind === 'truth') return text === 't';
  if (kind === 'interval') return intervalSeconds(text);
  return Number.isNaN(Number(text)) ? null : Number(text);
};

/** `1 day 02:03:04.5`, as the server writes intervals by default; years and months as PostgreSQL's own `extract(epoch)`. */
const intervalSeconds = (text: string): Value => {
  const unitSeconds = { year: 31_557_600, mon: 2_592_000, day: 86_400 } as const;
  let total = 0;
  for (const [name, factor] of Object.entries(unitSeconds))
    total += factor * Number(new RegExp(`(-?\\d+) ${name}`).exec(text)?.[1] ?? 0);
  const [, sign, hours, minutes, seconds] = /(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(text) ?? [];
  const clock = Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return total + (sign === '-' ? -clock : clock);
};

/** What a request to cancel needs; the driver knows it once it is logged in, its types do not. */
const backendKeyOf = (client: Client): { readonly processID: number; readonly secretKey: number } | undefined => {
  const [processID, secretKey]: unknown[] = [Reflect.get(client, 'processID'), Reflect.get(client, 'secretKey')];
  return typeof processID === 'number' && typeof secretKey === 'number' ? { processID, secretKey } : undefined;
};

/**
 * Asks the server to end the running statement, through a connection that needs no free slot. Only cutting the socket would
 * leave it running.
 *
 * @see PostgreSQL manual, "Canceling Requests in Progress"
 */
const cancelStatement = (
  { host, port }: Client,
  { processID, secretKey }: { processID: number; secretKey: number },
): void => {
  const request = Buffer.alloc(16);
  for (const [index, word] of [16, 80_877_102, processID, secretKey].entries()) request.writeInt32BE(word, index * 4);
  const address = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const messenger = connect(address, () => messenger.end(request));
  messenger.on('error', () => messenger.destroy());
  messenger.setTimeout(graceMs, () => messenger.destroy());
};

const goodbye = async (client: Client, socket: Socket): Promise<void> => {
  const cut = setTimeout(() => socket.destroy(), graceMs);
  await client.end().catch(() => {});
  clearTimeout(cut);
  socket.destroy();
};
