/** How close an alert came is a question about the value that its condition compares with a number. */
import { isComparison, nodesOf, unwrapped, type ComparisonOp, type Expression, type Node } from './expression.ts';
import { nameLabel } from './labels.ts';
import { operate } from './operators.ts';
import { typeOf } from './check.ts';

export type Threshold = { readonly query: string; readonly op: ComparisonOp; readonly value: number };

export const turned: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=',
}; // prettier-ignore

/** `VALUE op NUMBER`, or the same turned round; undefined when the top of the expression is anything else. */
export const thresholdOf = ({ text, root }: Expression): Threshold | undefined => {
  const top = unwrapped(root);
  if (top.kind !== 'binary' || !isComparison(top.op) || top.bool) return undefined;
  const right = constantOf(top.right);
  const left = constantOf(top.left);
  const query = ({ from, to }: Node): string => text.slice(from, to);
  if (right !== undefined && typeOf(top.left) === 'vector') return { query: query(top.left), op: top.op, value: right };
  if (left !== undefined && typeOf(top.right) === 'vector')
    return { query: query(top.right), op: turned[top.op], value: left };
  return undefined;
};

/** The value of what is made of numbers alone: `0.8`, `-1`, `15 * 60`. */
export const constantOf = (node: Node): number | undefined => {
  if (node.kind === 'number') return node.value;
  if (node.kind === 'parens') return constantOf(node.of);
  if (node.kind === 'sign') {
    const value = constantOf(node.of);
    return value === undefined ? undefined : node.negative ? -value : value;
  }
  if (node.kind !== 'binary') return undefined;
  const left = constantOf(node.left);
  const right = constantOf(node.right);
  if (left === undefined || right === undefined) return undefined;
  const value = operate(node, { type: 'scalar', value: left }, { type: 'scalar', value: right });
  return value.type === 'scalar' ? value.value : undefined;
};

/** Every metric that the expression names, once each, in order of the text. A name given by a pattern is not known. */
export const metricNames = ({ root }: Expression): readonly string[] => {
  const names = new Set<string>();
  for (const node of nodesOf(root)) {
    if (node.kind !== 'selector') continue;
    for (const { label, op, value } of node.matchers) if (label === nameLabel && op === '=') names.add(value);
  }
  return [...names];
};
