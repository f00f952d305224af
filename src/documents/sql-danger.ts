/**
 * How much a statement may harm, by its grammar (PostgreSQL's own parser) and by the functions it calls. The server enforces
 * reading only a second time, but it cannot do it alone: inside `BEGIN READ ONLY` it still terminates sessions, reloads
 * settings and takes locks. So what is not known to be harmless counts as `write`.
 */
import { loadModule, parseSync, SqlError } from 'libpg-query';
import type { Danger } from './runbook.ts';

/** `because` names the part that decided: `it calls pg_reload_conf()`. */
export type Judgement = { readonly danger: Danger; readonly because: string };

export type SqlReading =
  | { readonly ok: true; readonly statements: readonly string[]; readonly judgement: Judgement }
  /** `offset` into the text, from 0. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Weakest first. */
export const dangers = ['read', 'write', 'restart', 'destroy'] as const satisfies readonly Danger[];

export const worst = (judgements: readonly Judgement[]): Judgement =>
  judgements.reduce((a, b) => (dangers.indexOf(b.danger) > dangers.indexOf(a.danger) ? b : a), {
    danger: 'read',
    because: 'it only reads',
  });

/** Loads the parser (WASM) once; `readSql` works from then on. */
export const loadSqlParser = loadModule;

/** Splits a text into its statements and judges them together. */
export const readSql = (text: string): SqlReading => {
  if (text.trim() === '') return { ok: false, message: 'there is no statement', offset: 0 };
  try {
    const bytes = Buffer.from(text);
    const parsed = parseSync(text).stmts ?? [];
    if (parsed.length === 0) return { ok: false, message: 'there is no statement, only comments', offset: 0 };
    const statements = parsed.map(({ stmt_location: start = 0, stmt_len: length = bytes.length - start }) =>
      bytes
        .subarray(start, start + length)
        .toString()
        .trim(),
    );
    return { ok: true, statements, judgement: worst(parsed.map(({ stmt }) => judge(stmt))) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { ok: false, message: error.message, offset: error.sqlDetails?.cursorPosition ?? 0 };
  }
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Walks the whole tree: a CTE may delete, a condition may call a function. */
const judge = (node: unknown): Judgement => {
  if (Array.isArray(node)) return worst(node.map(judge));
  if (!isFields(node)) return { danger: 'read', because: 'it only reads' };
  return worst(
    Object.entries(node).flatMap(([key, value]) => {
      if (key === 'ExplainStmt' && isFields(value) && !isAnalyzed(value)) return [];
      const judged = isFields(value) ? judgeNode(key, value) : undefined;
      return judged === undefined ? [judge(value)] : [judged, judge(value)];
    }),
  );
};

const isAnalyzed = (explain: Fields): boolean => JSON.stringify(explain['options'] ?? []).includes('"analyze"');

const harmless = new Set(['SelectStmt', 'VariableShowStmt', 'ExplainStmt']);
const has = (fields: Fields, word: string): boolean => JSON.stringify(fields).includes(`"${word}"`);

/** What one node adds. The keys of the tree that name a node begin with a capital letter. */
const judgeNode = (name: string, node: Fields): Judgement | undefined => {
  const write = (because: string): Judgement => ({ danger: 'write', because });
  const destroy = (because: string): Judgement => ({ danger: 'destroy', because });
  switch (name) {
    case 'FuncCall':
    case 'funccall':
      return judgeCall(functionName(node));
    case 'intoClause':
      return write('it creates a table');
    case 'LockingClause':
      return write('it locks rows');
    case 'SelectStmt':
      return terminatesWithoutCare(node)
        ? destroy('it terminates sessions without a WHERE that leaves out pg_backend_pid()')
        : undefined;
    case 'DeleteStmt':
    case 'UpdateStmt': {
      const verb = name === 'DeleteStmt' ? 'deletes' : 'updates';
      return node['whereClause'] === undefined ? destroy(`it ${verb} without a WHERE`) : write(`it ${verb} rows`);
    }
    case 'TruncateStmt':
      return destroy('it truncates a table');
    case 'CopyStmt':
      return node['is_program'] === true ? destroy('it runs a program on the server') : write('it copies data');
    case 'VacuumStmt':
      return has(node, 'full') ? destroy('VACUUM FULL locks and rewrites the table') : write('it vacuums');
    case 'ReindexStmt':
      return has(node, 'concurrently')
        ? write('it rebuilds an index')
        : destroy('REINDEX without CONCURRENTLY locks the table');
    case 'AlterTableCmd':
      return String(node['subtype']).startsWith('AT_Drop') ? destroy('it drops a part of a table') : undefined;
    case 'AlterSystemStmt':
      return write('it changes a setting of the server');
    default:
      if (/^Drop\w*Stmt$/i.test(name)) return destroy('it drops something');
      return /^[A-Z]\w*Stmt$/.test(name) && !harmless.has(name)
        ? write(`it is more than a query (${name.replace(/Stmt$/, '')})`)
        : undefined;
  }
};

/** `pg_catalog.count` and `count` are the server's own; a function of any other schema is not known. */
const functionName = (call: Fields): string => {
  const parts = Array.isArray(call['funcname']) ? call['funcname'] : [];
  const names = parts.map((part: { String?: { sval?: string } }) => part.String?.sval ?? '');
  return (names[0] === 'pg_catalog' ? names.slice(1) : names).join('.');
};

const calls = (node: unknown, wanted: string): boolean => {
  if (Array.isArray(node)) return node.some((part) => calls(part, wanted));
  if (!isFields(node)) return false;
  return Object.entries(node).some(
    ([key, value]) => (key === 'FuncCall' && isFields(value) && functionName(value) === wanted) || calls(value, wanted),
  );
};

const terminatesWithoutCare = (select: Fields): boolean =>
  calls(select, 'pg_terminate_backend') && !calls(select['whereClause'] ?? null, 'pg_backend_pid');

const judgeCall = (name: string): Judgement | undefined =>
  readingFunctions.has(name) || readingFamilies.test(name)
    ? undefined
    : { danger: 'write', because: `it calls ${name}()` };

/** Families of the server's own functions that only look; a team's function of a similar name stays unknown. */
const readingFamilies =
  /^(?:pg_stat_get_\w+|pg_get_\w+|pg_\w+_size|pg_is_\w+|has_\w+_privilege|pg_current_wal_\w+|pg_last_(?:wal|xact)_\w+|jsonb?_\w+)$/;

const readingFunctions = new Set(
  `
    abs age any_value array_agg array_append array_cat array_length array_lower array_position array_remove
    array_to_string array_upper avg bit_and bit_or bool_and bool_or btrim cardinality ceil ceiling clock_timestamp
    coalesce col_description concat concat_ws count current_database current_role current_schema current_setting
    current_user date_bin date_part date_trunc dense_rank every exp extract first_value floor format generate_series
    greatest host inet_client_addr inet_server_addr inet_server_port isfinite justify_hours justify_interval lag
    last_value lead least left length ln log lower lpad ltrim make_interval max md5 min mod mode now ntile nullif
    num_nonnulls num_nulls obj_description octet_length overlay percentile_cont percentile_disc pg_backend_pid
    pg_blocking_pids pg_conf_load_time pg_control_checkpoint pg_control_system pg_current_snapshot pg_database_size
    pg_describe_object pg_encoding_to_char pg_file_settings pg_has_role pg_hba_file_rules pg_lock_status
    pg_options_to_table pg_postmaster_start_time pg_prepared_xact pg_relation_filepath
    pg_safe_snapshot_blocking_pids pg_settings_get_flags pg_show_all_settings pg_size_bytes pg_size_pretty
    pg_table_is_visible pg_timezone_names pg_typeof pg_wal_lsn_diff pg_walfile_name position power quote_ident
    quote_literal rank regexp_count regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr regr_count repeat replace reverse right round row_number row_to_json rpad
    rtrim session_user sign split_part sqrt starts_with statement_timestamp stddev string_agg string_to_array strpos
    substr substring sum timeofday timezone to_char to_date to_json to_jsonb to_number to_regclass to_regrole
    to_timestamp transaction_timestamp trim trunc unnest upper variance version width_bucket
  `
    .trim()
    .split(/\s+/),
);
