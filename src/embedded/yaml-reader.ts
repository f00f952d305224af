/** Reads a YAML document key by key and notes every problem with its place, so that a person sees all of them at once. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { Place, Problem } from '../errors.ts';
import { ms, parseDuration, type Ms } from '../units.ts';

/** What to do with the value of each key that may stand in a mapping; `path` is how the key is called in messages. */
export type Keys = Readonly<Record<string, (node: Node, path: string) => void>>;

export type YamlReader = {
  readonly root: Node | null;
  readonly problems: readonly Problem[];
  readonly problem: (node: Node | null, message: string, hint?: string) => void;
  /** Visits the keys of a mapping; one that is not among `keys` is a problem. */
  readonly mapping: (node: Node | null, path: string, keys: Keys) => void;
  /** The pairs of a mapping with free keys and text values. */
  readonly texts: (node: Node, path: string) => readonly (readonly [string, string, Node])[];
  /** The items of a list; an absent or empty value is an empty list. */
  readonly list: (node: Node, path: string) => readonly Node[];
  /** Everything below, as plain values. */
  readonly plain: (node: Node) => unknown;
  /** What follows give a harmless value where they have noted a problem. */
  readonly text: (node: Node, path: string) => string;
  readonly flag: (node: Node, path: string) => boolean;
  /** A whole number, 0 or more. */
  readonly count: (node: Node, path: string) => number;
  readonly duration: (node: Node, path: string) => Ms;
};

export const yamlReader = (file: string, source: string): YamlReader => {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter });
  const problems: Problem[] = [];
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem: YamlReader['problem'] = (node, message, hint) => {
    const at = placeOf(node?.range?.[0] ?? 0);
    problems.push(hint === undefined ? { message, at } : { message, at, hint });
  };
  for (const error of document.errors) problems.push({ message: error.message, at: placeOf(error.pos[0]) });

  /** What an alias (`*name`) stands for. */
  const resolved = (node: Node | null): Node | null => (isAlias(node) ? (node.resolve(document) ?? null) : node);

  const pairs = (node: Node | null, path: string): readonly (readonly [string, Node, Node])[] => {
    const map = resolved(node);
    if (isMap<Node, Node | null>(map))
      return map.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : '', value ?? key, key]);
    problem(node, `${path || 'the file'} must be a mapping`);
    return [];
  };
  const scalar = (node: Node): unknown => {
    const target = resolved(node);
    return isScalar(target) ? target.value : undefined;
  };

  const text: YamlReader['text'] = (node, path) => {
    const target = resolved(node);
    if (isScalar(target) && target.value !== null) return target.source ?? ''; // as written: `007` stays `007`
    problem(node, `${path} must be text`);
    return '';
  };
  return {
    root: document.contents,
    problems,
    problem,
    mapping: (node, path, keys) => {
      for (const [key, value, at] of pairs(node, path)) {
        const visit = Object.hasOwn(keys, key) ? keys[key] : undefined;
        const name = path === '' ? key : `${path}.${key}`;
        if (visit === undefined)
          problem(at, `${name} is not supported`, `supported here: ${Object.keys(keys).join(', ')}`);
        else visit(value, name);
      }
    },
    texts: (node, path) => pairs(node, path).map(([key, value]) => [key, text(value, `${path}.${key}`), value]),
    list: (node, path) => {
      const sequence = resolved(node);
      if (isSeq<Node>(sequence)) return sequence.items;
      if (scalar(node) !== null) problem(node, `${path} must be a list`);
      return [];
    },
    plain: (node) => resolved(node)?.toJS(document) as unknown,
    text,
    flag: (node, path) => {
      const value = scalar(node);
      if (typeof value !== 'boolean') problem(node, `${path} must be true or false`);
      return value === true;
    },
    count: (node, path) => {
      const value = scalar(node);
      if (Number.isInteger(value) && Number(value) >= 0) return Number(value);
      problem(node, `${path} must be a whole number, 0 or more`);
      return 0;
    },
    duration: (node, path) => {
      const value = parseDuration(String(scalar(node)));
      if (value === undefined) problem(node, `${path} must be a duration like 30s or 1h30m`);
      return value ?? ms(Number.NaN);
    },
  };
};
