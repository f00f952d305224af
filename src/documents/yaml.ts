/**
 * From YAML text to a checked value that knows where everything stood. Zod says what is wrong, the YAML document says where;
 * this file puts the two together, so that a person sees every problem at once, in document order, each with a next step.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { z } from 'zod';
import { reasonOf, type Place, type Problem } from '../errors.ts';
import type { Read, Source } from './document.ts';
import { suggestName } from './suggestion.ts';

export type Path = readonly PropertyKey[];

/** Where parts of a document stand; a part that is not there stands where the nearest part around it stands. */
export type Places = {
  readonly of: (...path: Path) => Place;
  /** Of the key rather than of its value. */
  readonly ofKey: (...path: Path) => Place;
  /** Where the text of a scalar begins: after its quote, or on the line below `|`. */
  readonly ofText: (...path: Path) => Place;
};

export type YamlOptions = {
  /** `text` leaves every scalar the text it was written as (what Prometheus does); `typed` is YAML 1.2. */
  readonly scalars: 'typed' | 'text';
};

/** Reads one YAML document into `shape`; syntax errors, duplicate and unknown keys and wrong values all together. */
export const readYaml = <Shape extends z.ZodType>(
  source: Source,
  shape: Shape,
  { scalars }: YamlOptions = { scalars: 'typed' },
): Read<{ readonly value: z.output<Shape>; readonly places: Places }> => {
  const lines = new LineCounter();
  const schema = scalars === 'text' ? 'failsafe' : 'core';
  const document = parseDocument(source.text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    schema,
    merge: true,
  });
  const places = placesIn(source, document, lines);
  const problems = [...document.errors, ...document.warnings].map((error): Problem => {
    const { line, col } = lines.linePos(error.pos[0]);
    const message =
      error.code === 'DUPLICATE_KEY' ? 'this key is written twice; expected it once' : lowerFirst(error.message);
    return { message, at: { file: source.file, line, column: col }, hint: syntaxHint(error.code) };
  });
  // After a syntax error the rest of the document is guesswork; a duplicate key leaves the rest intact.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { ok: false, problems: inOrder(problems) };

  const written = plainValue(document);
  if (!written.ok)
    return { ok: false, problems: [{ message: written.reason, at: places.of(), hint: 'use fewer aliases' }] };
  const knownKeys = new Map<unknown, readonly string[]>();
  const checked = shape.safeParse(written.value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') knownKeys.set(issue.input, keysOf(issue.inst));
      return expectation(issue);
    },
  });
  if (!checked.success) {
    const { issues } = checked.error;
    // A mapping with a misspelt key also lacks what the key was meant to be; only the cause is worth a line.
    const misspelt = new Set(
      issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => showPath(path)),
    );
    const causes = issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(showPath(path)));
    problems.push(...causes.flatMap((issue) => problemsOf(issue, written.value, places, knownKeys)));
  }
  if (problems.length > 0 || !checked.success) return { ok: false, problems: inOrder(problems) };
  return { ok: true, value: { value: checked.data, places } };
};

const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  problems.toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));

const lowerFirst = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

const syntaxHint = (code: string): string => {
  if (code === 'DUPLICATE_KEY') return 'keep one of the two';
  if (code === 'MULTIPLE_DOCS') return 'write one document per file, without a second "---"';
  return 'check indentation, quotes and brackets here and on the line above';
};

/** Too many aliases in too few lines are an attack or an accident; the YAML library says so by throwing. */
const plainValue = (document: Document): { ok: true; value: unknown } | { ok: false; reason: string } => {
  try {
    return { ok: true, value: document.toJS() };
  } catch (error) {
    return { ok: false, reason: lowerFirst(reasonOf(error)) };
  }
};

/** The keys of the mapping that refused one; zod hands it out as it raises the issue, and only then. */
const keysOf = (schema: unknown): readonly string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** What zod wanted, in words; undefined leaves the words to zod. */
const expectation = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small')
    return issue.origin === 'array'
      ? `expected at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`
      : `expected a number ${issue.inclusive === false ? 'above' : 'not below'} ${issue.minimum}`;
  if (issue.code === 'too_big')
    return issue.origin === 'array'
      ? `expected at most ${issue.maximum} ${issue.maximum === 1 ? 'entry' : 'entries'}`
      : `expected a number ${issue.inclusive === false ? 'below' : 'not above'} ${issue.maximum}`;
  return undefined;
};

const problemsOf = (
  issue: z.core.$ZodIssue,
  root: unknown,
  places: Places,
  knownKeys: ReadonlyMap<unknown, readonly string[]>,
): readonly Problem[] => {
  const actual = valueAt(root, issue.path);
  const where = showPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      message: `unknown key "${key}"${where === '' ? '' : ` in ${where}`}`,
      at: places.ofKey(...issue.path, key),
      hint: suggestName(key, knownKeys.get(actual) ?? []),
    }));
  const at = places.of(...issue.path);
  const subject = where === '' ? 'the document' : where;
  const state = actual === undefined ? `${subject} is missing` : `${subject} is ${showValue(actual)}`;
  const message = issue.message.startsWith('expected') ? `${state}; ${issue.message}` : issue.message;
  return [{ message, at, hint: hintOf(issue, actual) }];
};

const hintOf = (issue: z.core.$ZodIssue, actual: unknown): string => {
  if (issue.code === 'custom' && typeof issue.params?.['hint'] === 'string') return issue.params['hint'];
  if (issue.code === 'invalid_value' && typeof actual === 'string')
    return suggestName(actual, issue.values.map(String));
  if (actual === undefined && issue.path.length > 0) return `add "${String(issue.path.at(-1))}:" here`;
  return issue.message.replace(/^expected/, 'write');
};

const valueAt = (root: unknown, path: Path): unknown => {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
};

/** `expect.alerts[0].within` */
const showPath = (path: Path): string => {
  let shown = '';
  for (const key of path) shown += typeof key === 'number' ? `[${key}]` : `${shown === '' ? '' : '.'}${String(key)}`;
  return shown;
};

const showValue = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const shown = JSON.stringify(value);
  return shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
};

const placesIn = ({ file, text }: Source, document: Document, lines: LineCounter): Places => {
  const placeAt = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const resolved = (node: unknown): Node | undefined => {
    const target = isAlias(node) ? node.resolve(document) : node;
    return isNode(target) ? target : undefined;
  };
  /** The deepest node on the way to `path`, and the key that led to it when the way was gone to its end. */
  const find = (path: Path): { node: Node | undefined; key: unknown } => {
    let node = resolved(document.contents);
    let key: unknown;
    for (const segment of path) {
      const pair = isMap(node)
        ? node.items.find(({ key: name }) => isScalar(name) && String(name.value) === String(segment))
        : undefined;
      const next = pair === undefined && isSeq(node) ? node.items[Number(segment)] : pair?.value;
      if (pair === undefined && next === undefined) return { node, key: undefined };
      key = pair?.key;
      node = resolved(next) ?? (isNode(key) ? key : node);
    }
    return { node, key };
  };
  return {
    of: (...path) => placeAt(find(path).node?.range?.[0]),
    ofKey: (...path) => {
      const { node, key } = find(path);
      return placeAt((isNode(key) ? key : node)?.range?.[0]);
    },
    ofText: (...path) => {
      const { node } = find(path);
      const start = node?.range?.[0] ?? 0;
      if (!isScalar(node) || node.type === 'PLAIN') return placeAt(start);
      if (node.type?.startsWith('QUOTE') === true) return placeAt(start + 1);
      const below = text.slice(text.indexOf('\n', start) + 1);
      const indent = /^(?:[ \t]*\r?\n)*( *)/.exec(below)?.[1] ?? '';
      return { file, line: placeAt(start).line + 1, column: indent.length + 1 };
    },
  };
};
