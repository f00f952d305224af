/** A PromQL expression as a tree. Every node knows the stretch of text it was written as. */
import type { Ms } from '../units.ts';
import type { Matcher } from './matchers.ts';
import type { FunctionName } from './signatures.ts';

/** Offsets into the text of the expression: `from` inclusive, `to` exclusive. */
export type Span = { readonly from: number; readonly to: number };

export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOp = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type SetOp = 'and' | 'or' | 'unless';

export const aggregationOps = [
  'sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'topk', 'bottomk', 'quantile', 'count_values',
] as const; // prettier-ignore
export type AggregationOp = (typeof aggregationOps)[number];

/** The time a selector or subquery is moved to: `@` first, then `offset`. */
export type Shift = { readonly offsetMs: number; readonly at?: number | 'start' | 'end' };

/** How two vectors find each other. `include` are the labels that `group_left` or `group_right` copies from the one side. */
export type Matching = {
  readonly on: boolean;
  readonly labels: ReadonlySet<string>;
  readonly many?: 'left' | 'right';
  readonly include: readonly string[];
};

export type Selector = Span & Shift & { readonly kind: 'selector'; readonly matchers: readonly Matcher[] };

export type Binary = Span & {
  readonly kind: 'binary';
  readonly left: Node;
  readonly right: Node;
  readonly matching?: Matching;
} & (
    { readonly op: ArithmeticOp | SetOp; readonly bool: false } | { readonly op: ComparisonOp; readonly bool: boolean }
  );

export type Aggregation = Span & {
  readonly kind: 'aggregation';
  readonly op: AggregationOp;
  readonly parameter?: Node;
  readonly of: Node;
  /** Absent: one group of everything. */
  readonly grouping?: { readonly by: boolean; readonly labels: ReadonlySet<string> };
};

export type Call = Span & { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Node[] };

export type Range = Span & { readonly kind: 'range'; readonly of: Selector; readonly rangeMs: Ms };
export type Subquery = Span &
  Shift & { readonly kind: 'subquery'; readonly of: Node; readonly rangeMs: Ms; readonly stepMs?: Ms };

export type Node =
  | (Span & { readonly kind: 'number'; readonly value: number })
  | (Span & { readonly kind: 'string'; readonly value: string })
  | (Span & { readonly kind: 'parens'; readonly of: Node })
  | (Span & { readonly kind: 'sign'; readonly negative: boolean; readonly of: Node })
  | Selector
  | Range
  | Subquery
  | Binary
  | Aggregation
  | Call;

/** A parsed, type-checked expression; made only by `parsePromql`. */
export type Expression = {
  readonly text: string;
  readonly root: Node;
  readonly type: ValueType;
  /** Every duration of a range, an offset or a subquery, in order of the text. */
  readonly durations: readonly (Span & { readonly ms: Ms })[];
};

export const isComparison = (op: Binary['op']): op is ComparisonOp => ['==', '!=', '<', '<=', '>', '>='].includes(op);
export const isSetOp = (op: Binary['op']): op is SetOp => ['and', 'or', 'unless'].includes(op);

/** The parts of a node that are expressions themselves, in order of the text. */
export const childrenOf = (node: Node): readonly Node[] => {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'parens':
    case 'sign':
    case 'range':
    case 'subquery':
      return [node.of];
    case 'binary':
      return [node.left, node.right];
    case 'aggregation':
      return node.parameter === undefined ? [node.of] : [node.parameter, node.of];
    case 'call':
      return node.args;
    default:
      return node satisfies never;
  }
};

/** `node` and everything below it, outside in. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

/** What is inside any parentheses. */
export const unwrapped = (node: Node): Node => (node.kind === 'parens' ? unwrapped(node.of) : node);
