/** Go's template language as a tree. */
import { parseString } from '../../promql/literals.ts';

export type Term =
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean | undefined }
  | { readonly kind: 'dot'; readonly fields: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: 'parens'; readonly pipeline: Pipeline; readonly fields: readonly string[] }
  | { readonly kind: 'function'; readonly name: string };

/** Commands from left to right; what one gives is the last argument of the next. */
export type Pipeline = {
  readonly commands: readonly (readonly Term[])[];
  /** `$name :=` or `$name =` before it; in a range also `$index, $name :=`. */
  readonly variable?: { readonly name: string; readonly declares: boolean; readonly index?: string };
};

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'show'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly test: Pipeline;
      readonly then: readonly Part[];
      readonly otherwise: readonly Part[];
    }
  /** Filled by what was defined under that name, with this as its dot. */
  | { readonly kind: 'template'; readonly name: string; readonly dot: Pipeline | undefined }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

/** A text and the templates that it defines for itself and others. */
export type Parsed = { readonly parts: readonly Part[]; readonly defined: ReadonlyMap<string, readonly Part[]> };

type Token = {
  readonly kind: 'text' | 'open' | 'close' | 'string' | 'raw' | 'number' | 'word' | 'sign';
  readonly text: string;
};

/** @throws {Error} when the text is no template. */
export const parseTemplate = (text: string): Parsed => {
  const reader = new TokenReader(tokensOf(text));
  const { parts, ended } = partsOf(reader);
  if (ended !== undefined) throw new Error(`unexpected {{${ended}}}`);
  return { parts, defined: reader.defined };
};

const inAction =
  /\s+|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\])'|[-+]?(?:0x[\da-fA-F]+|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|[$.]?[A-Za-z_]\w*|\$|\.|:=|[=|(),]|-?\}\}/y;

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (raw: string, trimEnd: boolean): void => {
    const start = trimNext ? raw.trimStart() : raw;
    tokens.push({ kind: 'text', text: trimEnd ? start.trimEnd() : start });
    trimNext = false;
  };
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open === -1) {
      addText(text.slice(at), false);
      return tokens;
    }
    const trims = /^-\s/.test(text.slice(open + 2, open + 4));
    addText(text.slice(at, open), trims);
    at = open + (trims ? 3 : 2);
    const comment = /^\s*\/\*[\s\S]*?\*\/(\s+-)?\s*\}\}/.exec(text.slice(at));
    if (comment !== null) {
      at += comment[0].length;
      trimNext = comment[1] !== undefined;
      continue;
    }
    tokens.push({ kind: 'open', text: '{{' });
    for (;;) {
      inAction.lastIndex = at;
      const [found] = inAction.exec(text) ?? [];
      if (found === undefined)
        throw new Error(
          at >= text.length ? 'an action is never closed' : `unexpected ${JSON.stringify(text[at])} in an action`,
        );
      at += found.length;
      if (found.endsWith('}}')) {
        trimNext = found.startsWith('-');
        tokens.push({ kind: 'close', text: '}}' });
        break;
      }
      // A space tells `$a .b` from `$a.b`.
      tokens.push({ kind: tokenKind(found), text: found });
    }
  }
};

const tokenKind = (text: string): Token['kind'] => {
  if (text.startsWith('"')) return 'string';
  if (text.startsWith('`')) return 'raw';
  if (/^[-+]?\.?\d/.test(text)) return 'number';
  return /^[$.A-Za-z_]/.test(text) ? 'word' : 'sign';
};

class TokenReader {
  readonly defined = new Map<string, readonly Part[]>();
  /** How many `range` are open around here. */
  loops = 0;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token ahead, spaces included. */
  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  take(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error('an {{if}}, {{with}} or {{range}} has no {{end}}');
    return token;
  }

  skipSpaces(): void {
    while (this.next?.kind === 'sign' && this.next.text.trim() === '') this.#at += 1;
  }

  takeIf(text: string): boolean {
    this.skipSpaces();
    if (this.next?.text !== text || this.next.kind === 'string') return false;
    this.#at += 1;
    return true;
  }
}

const partsOf = (reader: TokenReader): { parts: readonly Part[]; ended?: string } => {
  const parts: Part[] = [];
  while (reader.next !== undefined) {
    const token = reader.take();
    if (token.kind === 'text') {
      if (token.text !== '') parts.push({ kind: 'text', text: token.text });
      continue;
    }
    reader.skipSpaces();
    const word = reader.next?.text ?? '';
    if (word === 'end' || word === 'else') {
      reader.take();
      return { parts, ended: word };
    }
    if (word === 'if' || word === 'with' || word === 'range') parts.push(conditional(reader, word));
    else if (word === 'define') define(reader);
    else if (word === 'block') parts.push(block(reader));
    else if (word === 'template') parts.push(call(reader));
    else if (word === 'break' || word === 'continue') parts.push(jump(reader, word));
    else {
      parts.push({ kind: 'show', pipeline: pipelineOf(reader) });
      closed(reader);
    }
  }
  return { parts };
};

const closed = (reader: TokenReader): void => {
  if (!reader.takeIf('}}')) throw new Error(`unexpected ${JSON.stringify(reader.next?.text)} in an action`);
};

const nameOf = (reader: TokenReader, word: string): string => {
  reader.take();
  reader.skipSpaces();
  const { kind, text } = reader.take();
  if (kind !== 'string' && kind !== 'raw') throw new Error(`a {{${word}}} needs a name in quotes`);
  return parseString(text);
};

const body = (reader: TokenReader, word: string): readonly Part[] => {
  const { parts, ended } = partsOf(reader);
  if (ended !== 'end') throw new Error(`a {{${word}}} has no {{end}}`);
  closed(reader);
  return parts;
};

const define = (reader: TokenReader): void => {
  const name = nameOf(reader, 'define');
  closed(reader);
  reader.defined.set(name, body(reader, 'define'));
};

const call = (reader: TokenReader, word = 'template'): Extract<Part, { kind: 'template' }> => {
  const name = nameOf(reader, word);
  if (reader.takeIf('}}')) return { kind: 'template', name, dot: undefined };
  const dot = pipelineOf(reader);
  closed(reader);
  return { kind: 'template', name, dot };
};

/** A template that is defined where it is used. */
const block = (reader: TokenReader): Part => {
  const part = call(reader, 'block');
  reader.defined.set(part.name, body(reader, 'block'));
  return part;
};

const jump = (reader: TokenReader, kind: 'break' | 'continue'): Part => {
  if (reader.loops === 0) throw new Error(`{{${kind}}} outside {{range}}`);
  reader.take();
  closed(reader);
  return { kind };
};

const conditional = (reader: TokenReader, kind: 'if' | 'with' | 'range'): Part => {
  reader.take();
  const test = pipelineOf(reader);
  if (test.variable?.index !== undefined && kind !== 'range') throw new Error('too many declarations');
  closed(reader);
  if (kind === 'range') reader.loops += 1;
  const { parts: then, ended } = partsOf(reader);
  if (kind === 'range') reader.loops -= 1;
  if (ended === 'end') {
    closed(reader);
    return { kind, test, then, otherwise: [] };
  }
  if (ended === undefined) throw new Error(`an {{${kind}}} has no {{end}}`);
  reader.skipSpaces();
  if (reader.next?.text === 'if' || reader.next?.text === 'with')
    return { kind, test, then, otherwise: [conditional(reader, reader.next.text)] };
  closed(reader);
  const { parts: otherwise, ended: last } = partsOf(reader);
  if (last !== 'end') throw new Error(`an {{${kind}}} has no {{end}}`);
  closed(reader);
  return { kind, test, then, otherwise };
};

const pipelineOf = (reader: TokenReader): Pipeline => {
  const commands: (readonly Term[])[] = [];
  let variable: Pipeline['variable'];
  do {
    let terms = commandOf(reader);
    const [first] = terms;
    const declares = reader.next?.text === ':=';
    if (first?.kind === 'variable' && terms.length === 1 && (declares || reader.next?.text === '=')) {
      reader.take();
      variable = { name: first.name, declares };
      terms = commandOf(reader);
    } else if (first?.kind === 'variable' && terms.length === 1 && reader.takeIf(',')) {
      const [second] = commandOf(reader);
      if (second?.kind !== 'variable' || !reader.takeIf(':=')) throw new Error('missing variable in range');
      variable = { name: second.name, declares: true, index: first.name };
      terms = commandOf(reader);
    }
    if (terms.length === 0) throw new Error('missing value for command');
    commands.push(terms);
  } while (reader.takeIf('|'));
  return variable === undefined ? { commands } : { commands, variable };
};

const commandOf = (reader: TokenReader): readonly Term[] => {
  const terms: Term[] = [];
  for (;;) {
    reader.skipSpaces();
    const token = reader.next;
    if (token === undefined || token.kind === 'close' || ['|', ')', ':=', '=', ','].includes(token.text)) return terms;
    terms.push(termOf(reader));
  }
};

const termOf = (reader: TokenReader): Term => {
  const { kind, text } = reader.take();
  if (kind === 'string' || kind === 'raw') return { kind: 'literal', value: parseString(text) };
  if (kind === 'number') return { kind: 'literal', value: numberIn(text) };
  if (kind === 'word') return wordOf(text, reader);
  if (text !== '(') throw new Error(`unexpected ${JSON.stringify(text)} in an action`);
  const pipeline = pipelineOf(reader);
  if (!reader.takeIf(')')) throw new Error('a parenthesis is never closed');
  return { kind: 'parens', pipeline, fields: fieldsOf(reader) };
};

/** Whole numbers are bigint: Go tells integers from floats. */
const numberIn = (text: string): number | bigint =>
  /^[-+]?\d+$|^0x/.test(text) ? BigInt(text.replace('+', '')) : Number(text);

const wordOf = (word: string, reader: TokenReader): Term => {
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  if (word === 'nil') return { kind: 'literal', value: undefined };
  if (word.startsWith('$')) return { kind: 'variable', name: word, fields: fieldsOf(reader) };
  if (word === '.') return { kind: 'dot', fields: [] };
  if (word.startsWith('.')) return { kind: 'dot', fields: [word.slice(1), ...fieldsOf(reader)] };
  return { kind: 'function', name: word };
};

/** `.a.b` right behind what was read, without a space between. */
const fieldsOf = (reader: TokenReader): readonly string[] => {
  const fields: string[] = [];
  while (reader.next?.kind === 'word' && /^\.\w/.test(reader.next.text)) fields.push(reader.take().text.slice(1));
  return fields;
};
