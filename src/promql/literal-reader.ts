/** Reads the leaves of a syntax tree, and collects what is wrong and every duration on the way. */
import type { SyntaxNode } from '@lezer/common';
import { ms, type Ms } from '../units.ts';
import type { Node, Span } from './expression.ts';
import { parseNumber, parseString } from './literals.ts';
import { matcherOf, type Matcher, type MatchOp } from './matchers.ts';
import { nameLabel } from './labels.ts';

export type ExpressionProblem = Span & { readonly message: string };

/** All children but comments. */
export const childrenIn = (node: SyntaxNode): SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') children.push(child);
  return children;
};

/** Every method gives undefined for what it had to refuse. */
export class LiteralReader {
  readonly problems: ExpressionProblem[] = [];
  readonly durations: (Span & { readonly ms: Ms })[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  refuse({ from, to }: Span, message: string): undefined {
    this.problems.push({ message, from, to });
  }

  /** What Prometheus itself only has behind a feature flag, or for native histograms. */
  experimental(node: Span, what: string): undefined {
    return this.refuse(node, `${what} is experimental in PromQL and not supported`);
  }

  textOf({ from, to }: Span): string {
    return this.#text.slice(from, to);
  }

  number(node: SyntaxNode): Node | undefined {
    const [, sign = '', digits = ''] = /^([-+]?)\s*([\s\S]*)$/.exec(this.textOf(node)) ?? [];
    const value = parseNumber(digits);
    if (value === undefined) return this.refuse(node, `${digits} is neither a number nor a duration`);
    const number: Node = { kind: 'number', value, from: node.to - digits.length, to: node.to };
    return sign === '' ? number : { kind: 'sign', negative: sign === '-', of: number, from: node.from, to: node.to };
  }

  string(node: SyntaxNode): string | undefined {
    try {
      return parseString(this.textOf(node));
    } catch (error) {
      return this.refuse(node, (error as Error).message);
    }
  }

  labels(list: SyntaxNode): readonly string[] {
    return childrenIn(list)
      .map((label) => this.#labelName(label))
      .filter((label) => label !== undefined);
  }

  /** One entry of a selector's braces. */
  matcher(node: SyntaxNode): Matcher | undefined {
    const [left, operator, right] = childrenIn(node);
    // A lone string in braces is the metric's name.
    if (node.name === 'QuotedLabelName') {
      const name = this.string(left!);
      return name === undefined ? undefined : matcherOf(nameLabel, '=', name);
    }
    const label = this.#labelName(left!);
    const value = this.string(right!);
    if (label === undefined || value === undefined) return undefined;
    try {
      return matcherOf(label, this.textOf(operator!) as MatchOp, value);
    } catch (error) {
      const why = (error as Error).message.replace(/^error parsing regexp: /, '').replace(/: `[\s\S]*`$/, '');
      return this.refuse(right!, `not a regular expression: ${why}`);
    }
  }

  /** A duration, noted down; a bare number counts seconds, and an offset may be negative. */
  duration(node: SyntaxNode): Ms | undefined {
    const [first, second] = childrenIn(node);
    if (first?.name === 'UnaryOp' && second !== undefined) {
      const length = this.duration(second);
      return length === undefined ? undefined : ms(this.textOf(first) === '-' ? 0 - length : length);
    }
    if (first?.name !== 'NumberDurationLiteralInDurationContext' || second !== undefined)
      return this.experimental(node, 'arithmetic on durations');
    const inSeconds = parseNumber(this.textOf(first));
    if (inSeconds === undefined || !Number.isFinite(inSeconds)) return this.refuse(first, 'not a duration');
    const length = ms(Math.round(inSeconds * 1_000));
    this.durations.push({ from: first.from, to: first.to, ms: length });
    return length;
  }

  #labelName(node: SyntaxNode): string | undefined {
    return node.name === 'LabelName' ? this.textOf(node) : this.string(node.firstChild!);
  }
}
