/**
 * The language of `expect` and `until`: one line that compares what a step brought back, without arithmetic and without
 * `eval`. Text becomes plain data here; `facts` meet it in `evaluateExpression`.
 *
 * Nothing known is never good: a comparison with NULL is neither true nor false, `not` does not turn it into true, and the
 * whole is satisfied only by true. So "0 rows" or an empty answer cannot pass `value < 5` by accident.
 */
import { parseDuration } from '../units.ts';

export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

/** What one step brought back. `exit` is absent where nothing was executed, `rows` is empty for a shell step. */
export type StepFacts = {
  readonly exit?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly rows: readonly Row[];
};

export type Facts = StepFacts & {
  readonly steps: ReadonlyMap<string, StepFacts>;
  readonly vars: ReadonlyMap<string, string>;
};

const comparisons = ['=', '!=', '<', '<=', '>', '>=', '~', '!~', 'contains'] as const;
export type Comparison = (typeof comparisons)[number];

const measures = ['exit', 'stdout', 'stderr', 'rows', 'value'] as const;
type Measure = (typeof measures)[number];
const columns = ['col', 'label', 'every', 'any'] as const;
type ColumnReader = (typeof columns)[number];

export type Operand =
  | { readonly type: 'literal'; readonly value: Value; readonly text: string }
  | { readonly type: 'variable'; readonly name: string; readonly text: string }
  /** Of this step, or of the earlier step `of`. */
  | { readonly type: 'measure'; readonly measure: Measure; readonly of?: string; readonly text: string }
  | { readonly type: 'column'; readonly reader: ColumnReader; readonly name: string; readonly text: string };

export type ExpressionNode =
  | { readonly type: 'and' | 'or'; readonly left: ExpressionNode; readonly right: ExpressionNode }
  | { readonly type: 'not'; readonly operand: ExpressionNode }
  | { readonly type: 'comparison'; readonly op: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly type: 'truth'; readonly operand: Operand };

export type Expression = { readonly text: string; readonly root: ExpressionNode };

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  /** `column` counts from 1 in the expression's text. */
  | { readonly ok: false; readonly message: string; readonly column: number };

class ExpressionError extends Error {
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

type Token = {
  readonly kind: 'operand' | 'op' | 'word' | 'paren' | 'end';
  readonly text: string;
  readonly column: number;
};

const lexemes: readonly (readonly [Token['kind'], RegExp])[] = [
  ['operand', /'[^']*'|\$[A-Za-z_]\w*|-?\d+(?:\.\d+)?[a-z]*(?:\d+[a-z]+)*|(?!(?:and|or|not)\b)[a-z]+\([^()]*\)/y],
  ['op', /!=|!~|<=|>=|[=<>~]|contains\b/y],
  ['word', /(?:and|or|not)\b/y],
  ['operand', /[A-Za-z_][\w.-]*/y],
  ['paren', /[()]/y],
];

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (text.charAt(at).trim() === '' && at < text.length) at += 1;
    if (at >= text.length) return [...tokens, { kind: 'end', text: '', column: text.length + 1 }];
    const token = lexemes.flatMap(([kind, pattern]): Token[] => {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      return match === null ? [] : [{ kind, text: match[0], column: at + 1 }];
    })[0];
    if (token === undefined) {
      const quote = text.charAt(at) === "'";
      throw new ExpressionError(
        quote ? "a quoted text has no closing '" : `"${text.charAt(at)}" is not understood here`,
        at + 1,
      );
    }
    tokens.push(token);
    at += token.text.length;
  }
};

const operandOf = ({ text, column }: Token): Operand => {
  if (text.startsWith("'")) return { type: 'literal', value: text.slice(1, -1), text };
  if (text.startsWith('$')) return { type: 'variable', name: text.slice(1), text };
  if (/^-?\d/.test(text)) return { type: 'literal', value: numberOf(text, column), text };
  if (text === 'true' || text === 'false') return { type: 'literal', value: text === 'true', text };
  const [word = '', argument] = text.split(/[()]/, 2).map((part) => part.trim());
  const measure = measures.find((name) => name === word);
  if (measure !== undefined && argument !== '')
    return argument === undefined
      ? { type: 'measure', measure, text }
      : { type: 'measure', measure, of: argument, text };
  const reader = columns.find((name) => name === word);
  if (reader !== undefined && argument !== undefined && argument !== '')
    return { type: 'column', reader, name: argument, text };
  const known = `${measures.join(', ')}, ${columns.map((name) => `${name}(NAME)`).join(', ')}, $variable, a number or 'text'`;
  throw new ExpressionError(`"${text}" is unknown; expected ${known}`, column);
};

/** A number, or a duration as seconds: what PromQL and `extract(epoch from …)` count in. */
const numberOf = (text: string, column: number): number => {
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  const length = parseDuration(text);
  if (length === undefined)
    throw new ExpressionError(`"${text}" is neither a number nor a duration such as 30s`, column);
  return length / 1_000;
};

const binding: Readonly<Record<string, number>> = { or: 1, and: 2 };

/** A Pratt parser: `or` binds weaker than `and`, `and` weaker than `not`, `not` weaker than a comparison. */
export const parseExpression = (text: string): ParsedExpression => {
  try {
    const tokens = tokensOf(text);
    let position = 0;
    const peek = (): Token => tokens[position] ?? { kind: 'end', text: '', column: text.length + 1 };
    const next = (): Token => {
      const token = peek();
      position += 1;
      return token;
    };
    const unexpected = ({ kind, text: found, column }: Token, expected: string): ExpressionError =>
      new ExpressionError(
        kind === 'end' ? `expected ${expected}, but the expression ends` : `expected ${expected}, found "${found}"`,
        column,
      );
    const operand = (): Operand => {
      const token = next();
      if (token.kind !== 'operand') throw unexpected(token, 'something to compare');
      return operandOf(token);
    };
    const comparison = (): ExpressionNode => {
      const left = operand();
      if (peek().kind !== 'op') return { type: 'truth', operand: left };
      const { text: written } = next();
      const op = comparisons.find((name) => name === written) ?? '=';
      const at = peek().column;
      const right = operand();
      if (op === '~' || op === '!~') checkPattern(right, at);
      return { type: 'comparison', op, left, right };
    };
    const prefix = (): ExpressionNode => {
      const token = peek();
      if (token.text === 'not') {
        position += 1;
        return { type: 'not', operand: prefix() };
      }
      if (token.text !== '(') return comparison();
      position += 1;
      const inner = infix(0);
      if (peek().text !== ')') throw unexpected(peek(), '")"');
      position += 1;
      return inner;
    };
    const infix = (weakest: number): ExpressionNode => {
      let left = prefix();
      for (;;) {
        const { kind, text: word } = peek();
        const strength = kind === 'word' ? (binding[word] ?? 0) : 0;
        if (strength <= weakest) return left;
        position += 1;
        left = { type: word === 'and' ? 'and' : 'or', left, right: infix(strength) };
      }
    };
    const root = infix(0);
    if (peek().kind !== 'end') throw unexpected(peek(), '"and", "or" or the end');
    return { ok: true, expression: { text: text.trim(), root } };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ok: false, message: error.message, column: error.column };
  }
};

const checkPattern = (operand: Operand, column: number): void => {
  if (operand.type !== 'literal') return;
  try {
    RegExp(String(operand.value));
  } catch {
    throw new ExpressionError(`${operand.text} is not a regular expression`, column);
  }
};
