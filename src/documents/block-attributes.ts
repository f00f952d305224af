/**
 * What stands behind the language of a fence: ```` ```sql {"name":"slots","on":"admin"} ````. Read so that Runme reads the same:
 * one flat JSON object, or `{ key=value }` without quotes, and no `}` in a value.
 */
import { parseDocument } from 'yaml';

export type Info =
  /** `written` is false where there is no brace at all. */
  | {
      readonly ok: true;
      readonly language: string;
      readonly attributes: ReadonlyMap<string, string>;
      readonly written: boolean;
    }
  | { readonly ok: false; readonly language: string; readonly message: string; readonly hint: string };

export const readInfo = (info: string): Info => {
  const brace = info.indexOf('{');
  const language = (brace === -1 ? info : info.slice(0, brace)).trim().split(/\s+/, 1)[0]?.toLowerCase() ?? '';
  const nothing: Info = { ok: true, language, attributes: new Map(), written: false };
  if (brace === -1) return nothing;
  const braced = info.slice(brace).trim();
  // Renderers of documentation highlight lines with {1,3-5}; that is nothing to us.
  if (/^\{[\d,\s-]*\}/.test(braced)) return nothing;
  const fail = (message: string, hint: string): Info => ({ ok: false, language, message, hint });
  const end = braced.indexOf('}');
  if (end === -1) return fail('the attributes of this block have no closing "}"', 'end the line with "}"');
  if (end !== braced.length - 1)
    return fail(
      'the attributes of this block go on after the first "}"',
      'write one flat JSON object with no "}" in a value',
    );
  return /^\{\s*"/.test(braced) ? readJson(braced, language) : readBare(braced.slice(1, -1), language);
};

const readJson = (braced: string, language: string): Info => {
  const fail = (message: string): Info => ({
    ok: false,
    language,
    message,
    hint: 'write one flat JSON object: {"name":"check"}',
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(braced);
  } catch {
    return fail('the attributes of this block are not JSON');
  }
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed ?? {})) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return fail(`attribute "${key}" is ${JSON.stringify(value)}; expected a text in quotes`);
    attributes.set(key, String(value));
  }
  // JSON is YAML, and the YAML reader minds a key that is written twice.
  if (parseDocument(braced).errors.length > 0) return fail('an attribute of this block is written twice');
  return { ok: true, language, attributes, written: true };
};

const readBare = (inner: string, language: string): Info => {
  const fail = (message: string): Info => ({
    ok: false,
    language,
    message,
    hint: 'write { name=check }, or JSON where a value has spaces',
  });
  const attributes = new Map<string, string>();
  for (const part of inner.split(/\s+/).filter((word) => word !== '')) {
    const [, key, value] = /^([\w-]+)=([^\s{}"'`]+)$/.exec(part) ?? [];
    if (key === undefined || value === undefined)
      return fail(`"${part}" is not an attribute; expected key=value without quotes`);
    if (attributes.has(key)) return fail(`attribute "${key}" is written twice`);
    attributes.set(key, value);
  }
  return { ok: true, language, attributes, written: true };
};
