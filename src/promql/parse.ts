/**
 * Text → tree. The grammar comes from Prometheus' own editor package and accepts more than the language does, so every
 * node is checked as it is made (`check.ts`); what the language has and this evaluator has not is refused by name.
 */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Ms } from '../units.ts';
import { problemsOf, typeOf } from './check.ts';
import {
  aggregationOps,
  isComparison,
  type AggregationOp,
  type Binary,
  type Expression,
  type Matching,
  type Node,
  type Selector,
  type Shift,
} from './expression.ts';
import { nameLabel } from './labels.ts';
import { childrenIn, LiteralReader, type ExpressionProblem } from './literal-reader.ts';
import { matcherOf, type Matcher } from './matchers.ts';
import { bind, changeLastOperand } from './precedence.ts';
import { isFunctionName } from './signatures.ts';
import { syntaxProblems, withoutTrailingDots } from './syntax.ts';

export type { ExpressionProblem };

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

/** Reads one expression; all of its problems at once, in order of the text. */
export const parsePromql = (text: string): ParsedExpression => {
  const tree = parser.parse(withoutTrailingDots(text));
  const syntax = syntaxProblems(tree, text);
  if (syntax.length > 0) return { ok: false, problems: syntax };
  const literals = new LiteralReader(text);
  const root = new Reader(literals).read(expressionsIn(tree.topNode)[0]!);
  const { problems, durations } = literals;
  if (root === undefined || problems.length > 0)
    return { ok: false, problems: problems.toSorted((left, right) => left.from - right.from) };
  const inOrder = durations.toSorted((left, right) => left.from - right.from);
  return { ok: true, expression: { text, root, type: typeOf(root), durations: inOrder } };
};

const expressionKinds = new Set([
  'AggregateExpr', 'BinaryExpr', 'FunctionCall', 'MatrixSelector', 'NumberDurationLiteral', 'OffsetExpr', 'AnchoredExpr',
  'SmoothedExpr', 'ParenExpr', 'StringLiteral', 'SubqueryExpr', 'UnaryExpr', 'VectorSelector', 'StepInvariantExpr',
]); // prettier-ignore

const expressionsIn = (node: SyntaxNode): SyntaxNode[] =>
  childrenIn(node).filter(({ name }) => expressionKinds.has(name));

/** Walks one syntax tree once. A node with a problem reads as undefined, and so does whatever is built on it. */
class Reader {
  readonly #literals: LiteralReader;

  constructor(literals: LiteralReader) {
    this.#literals = literals;
  }

  read(node: SyntaxNode): Node | undefined {
    return this.#checked(this.#convert(node));
  }

  #checked(node: Node | undefined): Node | undefined {
    const problems = node === undefined ? [] : problemsOf(node);
    this.#literals.problems.push(...problems);
    return problems.length === 0 ? node : undefined;
  }

  #convert(node: SyntaxNode): Node | undefined {
    const span = { from: node.from, to: node.to };
    const inner = expressionsIn(node);
    switch (node.name) {
      case 'NumberDurationLiteral':
        return this.#literals.number(node);
      case 'StringLiteral': {
        const value = this.#literals.string(node);
        return value === undefined ? undefined : { kind: 'string', value, ...span };
      }
      case 'ParenExpr': {
        const of = this.read(inner[0]!);
        return of && { kind: 'parens', of, ...span };
      }
      case 'UnaryExpr': {
        const of = this.read(inner[0]!);
        return of && { kind: 'sign', negative: this.#literals.textOf(node).startsWith('-'), of, ...span };
      }
      case 'VectorSelector':
        return this.#selector(node);
      case 'MatrixSelector':
        return this.#behind(node, this.#range(node));
      case 'SubqueryExpr':
        return this.#behind(node, this.#subquery(node));
      case 'OffsetExpr':
        return this.#behind(node, this.#shift(node, 'offset', this.#offset(node)));
      case 'StepInvariantExpr':
        return this.#behind(node, this.#shift(node, '@', this.#at(node)));
      case 'BinaryExpr':
        return this.#binary(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'FunctionCall':
        return this.#call(node);
      default:
        return this.#literals.experimental(node, node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed');
    }
  }

  #selector(node: SyntaxNode): Selector | undefined {
    const before = this.#literals.problems.length;
    const matchers: Matcher[] = [];
    const identifier = node.getChild('Identifier');
    if (identifier !== null) matchers.push(matcherOf(nameLabel, '=', this.#literals.textOf(identifier)));
    const braces = node.getChild('LabelMatchers');
    for (const child of braces === null ? [] : childrenIn(braces)) {
      const matcher = this.#literals.matcher(child);
      if (matcher !== undefined) matchers.push(matcher);
    }
    if (this.#literals.problems.length > before) return undefined;
    return { kind: 'selector', matchers, offsetMs: 0, from: node.from, to: node.to };
  }

  /** What stands behind an operand (a range, an offset) changes the last operand of what the grammar put before it. */
  #behind(node: SyntaxNode, change: ((operand: Node) => Node | undefined) | undefined): Node | undefined {
    const before = this.read(expressionsIn(node)[0]!);
    if (before === undefined || change === undefined) return undefined;
    return changeLastOperand(before, change);
  }

  #range(node: SyntaxNode): ((operand: Node) => Node | undefined) | undefined {
    const rangeMs = this.#length(node.getChild('DurationExpr')!, 'a range');
    if (rangeMs === undefined) return undefined;
    return (of) => {
      if (of.kind !== 'selector')
        return this.#literals.refuse(
          of,
          'a range stands right behind a selector; behind an expression write a subquery, [5m:]',
        );
      if (of.offsetMs !== 0 || of.at !== undefined)
        return this.#literals.refuse(of, 'offset and @ stand behind the range, not before it');
      return { kind: 'range', of, rangeMs, from: of.from, to: node.to };
    };
  }

  #subquery(node: SyntaxNode): ((operand: Node) => Node | undefined) | undefined {
    const [range, step] = node.getChildren('DurationExpr');
    const rangeMs = this.#length(range!, 'a range');
    const stepMs = step === undefined ? undefined : this.#length(step, 'a step');
    if (rangeMs === undefined || (step !== undefined && stepMs === undefined)) return undefined;
    return (of) => ({
      ...{ kind: 'subquery', of, rangeMs, offsetMs: 0, from: of.from, to: node.to },
      ...(stepMs === undefined ? {} : { stepMs }),
    });
  }

  #length(node: SyntaxNode, what: string): Ms | undefined {
    const length = this.#literals.duration(node);
    return length !== undefined && length <= 0 ? this.#literals.refuse(node, `${what} must be longer than 0`) : length;
  }

  #shift(
    node: SyntaxNode,
    word: 'offset' | '@',
    shift: Partial<Shift> | undefined,
  ): ((operand: Node) => Node | undefined) | undefined {
    if (shift === undefined) return undefined;
    return (of) => {
      const target = of.kind === 'range' ? of.of : of;
      if (target.kind !== 'selector' && target.kind !== 'subquery')
        return this.#literals.refuse(of, `${word} is only possible behind a selector or a subquery`);
      if (word === 'offset' ? target.offsetMs !== 0 : target.at !== undefined)
        return this.#literals.refuse(of, `${word} is given twice`);
      const moved = { ...target, ...shift, to: node.to };
      return of.kind === 'range' && moved.kind === 'selector' ? { ...of, of: moved, to: node.to } : moved;
    };
  }

  #offset(node: SyntaxNode): Partial<Shift> | undefined {
    const offsetMs = this.#literals.duration(node.getChild('OffsetDurationExpr')!);
    return offsetMs === undefined ? undefined : { offsetMs };
  }

  #at(node: SyntaxNode): Partial<Shift> | undefined {
    const preprocessor = node.getChild('AtModifierPreprocessors');
    if (preprocessor !== null) return { at: this.#literals.textOf(preprocessor).startsWith('start') ? 'start' : 'end' };
    const written = node.getChildren('NumberDurationLiteral').at(-1)!;
    const number = this.#literals.number(written);
    if (number === undefined) return undefined;
    const unsigned = number.kind === 'sign' ? number.of : number;
    const seconds = unsigned.kind === 'number' ? unsigned.value : NaN;
    if (!Number.isFinite(seconds)) return this.#literals.refuse(written, '@ needs a time in seconds');
    return { at: Math.round(seconds * (number.kind === 'sign' && number.negative ? -1_000 : 1_000)) };
  }

  #binary(node: SyntaxNode): Node | undefined {
    const [written, writtenRight] = expressionsIn(node);
    const left = this.read(written!);
    const right = this.read(writtenRight!);
    const fill = node.getChild('FillModifier');
    if (fill !== null) return this.#literals.experimental(fill, 'fill');
    const operator = childrenIn(node)[1]!;
    const op = this.#literals.textOf(operator).toLowerCase() as Binary['op'];
    if (operator.name.startsWith('Trim')) return this.#literals.experimental(operator, op);
    const matching = this.#matching(node);
    const bool = node.getChild('BoolModifier') !== null;
    if (bool && !isComparison(op))
      return this.#literals.refuse(operator, `bool is only possible with a comparison, not with ${op}`);
    if (left === undefined || right === undefined || matching === 'refused') return undefined;
    const build = (operand: Node): Node =>
      ({
        ...{ kind: 'binary', op, bool, left: operand, right, from: operand.from, to: node.to },
        ...(matching === undefined ? {} : { matching }),
      }) as Binary;
    let inside: Node | undefined;
    const whole = bind(left, op, (operand) => (inside = build(operand)));
    return whole === inside || this.#checked(inside) !== undefined ? whole : undefined;
  }

  #matching(node: SyntaxNode): Matching | undefined | 'refused' {
    const clause = node.getChild('MatchingModifierClause');
    if (clause === null) return undefined;
    const [labels, include] = clause.getChildren('GroupingLabels').map((list) => this.#literals.labels(list));
    const on = clause.getChild('On') !== null;
    const many =
      clause.getChild('GroupLeft') !== null ? 'left' : clause.getChild('GroupRight') !== null ? 'right' : undefined;
    if (labels === undefined) return 'refused';
    const twice = on ? include?.find((label) => labels.includes(label)) : undefined;
    if (twice !== undefined) {
      this.#literals.refuse(clause, `label "${twice}" must not be in both on and group_${many}`);
      return 'refused';
    }
    const matching = { on, labels: new Set(labels), include: include ?? [] };
    return many === undefined ? matching : { ...matching, many };
  }

  #aggregation(node: SyntaxNode): Node | undefined {
    const operator = node.getChild('AggregateOp')!;
    const op = this.#literals.textOf(operator).toLowerCase();
    if (!aggregationOps.includes(op as AggregationOp)) return this.#literals.experimental(operator, op);
    const written = expressionsIn(node.getChild('FunctionCallBody')!);
    const args = written.map((child) => this.read(child));
    const wanted = ['topk', 'bottomk', 'quantile', 'count_values'].includes(op) ? 2 : 1;
    if (args.length !== wanted)
      return this.#literals.refuse(
        node,
        `${op} takes ${wanted === 1 ? 'one argument' : 'two arguments'}, not ${args.length}`,
      );
    const modifier = node.getChild('AggregateModifier');
    const list = modifier?.getChild('GroupingLabels');
    const labels = list ? new Set(this.#literals.labels(list)) : undefined;
    const of = args.at(-1);
    const [parameter] = args;
    if (of === undefined || parameter === undefined) return undefined;
    return {
      ...{ kind: 'aggregation', op: op as AggregationOp, of, from: node.from, to: node.to },
      ...(wanted === 2 ? { parameter } : {}),
      ...(labels === undefined ? {} : { grouping: { by: modifier?.getChild('By') != null, labels } }),
    };
  }

  #call(node: SyntaxNode): Node | undefined {
    const identifier = node.getChild('FunctionIdentifier')!;
    const name = this.#literals.textOf(identifier);
    const args = expressionsIn(node.getChild('FunctionCallBody')!).map((child) => this.read(child));
    if (/^histogram_(?:avg|count|sum|stddev|stdvar)$/.test(name))
      return this.#literals.refuse(identifier, `${name} needs native histograms, which are not supported`);
    if (!isFunctionName(name)) return this.#literals.experimental(identifier, name);
    if (args.some((arg) => arg === undefined)) return undefined;
    return { kind: 'call', name, args: args as Node[], from: node.from, to: node.to };
  }
}
