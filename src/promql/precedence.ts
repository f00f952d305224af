/**
 * The editor grammar gives `offset` and `@` no precedence of their own: in `a + b offset 5m * c` it moves all of `a + b`,
 * and then multiplies that; and it reads the sign of `-1 ^ 2` into the number. In the language a modifier belongs to
 * the operand right before it, and a sign reaches over a power. These two functions put such trees right.
 */
import type { Binary, Node } from './expression.ts';

const levels: readonly (readonly Binary['op'][])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%', 'atan2'],
  ['^'],
];
const levelOf = (op: Binary['op']): number => levels.findIndex((level) => level.includes(op));

/** Gives `change` the operand that stands last in `node`, where parentheses are one operand. */
export const changeLastOperand = (node: Node, change: (operand: Node) => Node | undefined): Node | undefined => {
  if (node.kind === 'binary') {
    const right = changeLastOperand(node.right, change);
    return right && { ...node, right, to: right.to };
  }
  if (node.kind === 'sign') {
    const of = changeLastOperand(node.of, change);
    return of && { ...node, of, to: of.to };
  }
  return change(node);
};

/** `left op right`, where `left` may end in an operand that `op` binds tighter than what stands before it. */
export const bind = (left: Node, op: Binary['op'], build: (left: Node) => Node): Node => {
  const yields = left.kind === 'sign' ? op === '^' : left.kind === 'binary' && levelOf(left.op) < levelOf(op);
  return (yields && changeEnd(left, op, build)) || build(left);
};

const changeEnd = (left: Node, op: Binary['op'], build: (left: Node) => Node): Node | undefined => {
  if (left.kind === 'binary') {
    const right = bind(left.right, op, build);
    return { ...left, right, to: right.to };
  }
  if (left.kind === 'sign') {
    const of = bind(left.of, op, build);
    return { ...left, of, to: of.to };
  }
  return undefined;
};
