/** An expression taken apart for whoever asks why it was not true: what it compares, and what it cannot do without. */
import { typeOf } from './check.ts';
import {
  isComparison,
  isSetOp,
  unwrapped,
  childrenOf,
  type ComparisonOp,
  type Expression,
  type Node,
  type Selector,
} from './expression.ts';
import { constantOf, turned } from './threshold.ts';

/** `query op bound`; of two vectors that are compared, their difference with 0. */
export type Condition = { readonly query: string; readonly op: ComparisonOp; readonly bound: number };

/**
 * The comparisons that decide, in order of the text: all of them around `and`, any of them around `or`. What stands behind
 * `unless` is none, and neither is a comparison inside of a function.
 */
export const conditionsOf = ({ text, root }: Expression): readonly Condition[] => {
  const conditionsIn = (node: Node): readonly Condition[] => {
    const top = unwrapped(node);
    if (top.kind !== 'binary') return [];
    if (isSetOp(top.op)) return [...conditionsIn(top.left), ...(top.op === 'unless' ? [] : conditionsIn(top.right))];
    if (!isComparison(top.op) || top.bool) return [];
    const query = ({ from, to }: Node): string => text.slice(from, to).trim();
    const [left, right] = [constantOf(top.left), constantOf(top.right)];
    if (right !== undefined) return [{ query: query(top.left), op: top.op, bound: right }];
    if (left !== undefined) return [{ query: query(top.right), op: turned[top.op], bound: left }];
    if (typeOf(top.left) !== 'vector' && typeOf(top.right) !== 'vector') return [];
    // What stands between the two sides is the operator and how they find each other.
    const between = text.slice(top.left.to, top.right.from).replace(top.op, '-');
    return [{ query: `(${query(top.left)})${between}(${query(top.right)})`, op: top.op, bound: 0 }];
  };
  return conditionsIn(root);
};

/**
 * The selectors that leave the expression without a result because they find nothing.
 *
 * @param finds Whether there is a series for a selector.
 */
export const selectorsMissing = ({ root }: Expression, finds: (selector: Selector) => boolean): readonly Selector[] => {
  const missingIn = (node: Node): readonly Selector[] => {
    if (node.kind === 'selector') return finds(node) ? [] : [node];
    if (node.kind === 'call' && (node.name === 'absent' || node.name === 'absent_over_time')) return [];
    if (node.kind === 'binary' && node.op === 'unless') return missingIn(node.left);
    if (node.kind === 'binary' && node.op === 'or') {
      const [left, right] = [missingIn(node.left), missingIn(node.right)];
      return left.length > 0 && right.length > 0 ? [...left, ...right] : [];
    }
    return childrenOf(node).flatMap(missingIn);
  };
  return missingIn(root);
};

/** How far a value is from making `value op bound` true; 0 where it does. */
export const distanceTo = (value: number, { op, bound }: Pick<Condition, 'op' | 'bound'>): number => {
  if (op === '!=') return value === bound ? Number.MIN_VALUE : 0;
  if (op === '==') return Math.abs(value - bound);
  const short = op.startsWith('>') ? bound - value : value - bound;
  // On the bound itself a strict comparison is as near as it gets, and not yet true.
  return short === 0 && !op.endsWith('=') ? Number.MIN_VALUE : Math.max(0, short);
};
