/**
 * What a read-only transaction does not keep the role on call from: it ends sessions, reloads settings and takes locks, and
 * the server calls that reading. Such a call belongs into a runbook's step, where it is confirmed and written down.
 *
 * This is no guard against writing (the server is): it only closes the holes that the role's own rights leave open.
 */
import { loadModule, parseSync, SqlError } from 'libpg-query';

const reaching =
  /^(?:pg_(?:terminate|cancel)_backend|pg_reload_conf|pg_(?:try_)?advisory_\w+|pg_stat\w*_reset\w*|set_config|dblink\w*|query_to_xml\w*|cursor_to_xml\w*|ts_stat|ts_rewrite)$/;

/** Why the text would change something although it only reads; undefined where it would not, or the server will tell. */
export const reachOf = async (text: string): Promise<string | undefined> => {
  await loadModule();
  try {
    return reachIn(parseSync(text).stmts ?? []);
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
};

const reachIn = (node: unknown): string | undefined => {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'DoStmt') return 'a DO block can do anything';
    const name = key === 'funcname' && Array.isArray(value) ? nameOf(value) : undefined;
    if (name !== undefined && reaching.test(name)) return `it calls ${name}()`;
    const inside = reachIn(value);
    if (inside !== undefined) return inside;
  }
  return undefined;
};

/** Whatever schema it is said to be in. */
const nameOf = (parts: readonly unknown[]): string | undefined =>
  (parts.at(-1) as { String?: { sval?: string } } | undefined)?.String?.sval;
