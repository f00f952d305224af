/** Types: which kinds of value fit where. A node is checked when its children are known to be right. */
import { isComparison, isSetOp, unwrapped, type Binary, type Node, type Span, type ValueType } from './expression.ts';
import { nameLabel } from './labels.ts';
import { signatures, type Signature } from './signatures.ts';

type Found = Span & { readonly message: string };

export const typeOf = (node: Node): ValueType => {
  switch (node.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'parens':
    case 'sign':
      return typeOf(node.of);
    case 'binary':
      return typeOf(node.left) === 'scalar' && typeOf(node.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return signatures[node.name].gives;
    default:
      return node satisfies never;
  }
};

const inWords: Readonly<Record<ValueType, string>> = {
  scalar: 'a number',
  string: 'a string',
  vector: 'an instant vector',
  matrix: 'a range vector',
};

/** What is wrong with `node` itself. */
export const problemsOf = (node: Node): readonly Found[] => {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'parens':
    case 'range':
      return [];
    case 'subquery':
      return typeOf(node.of) === 'vector' || typeOf(node.of) === 'scalar'
        ? []
        : [at(node.of, `a subquery needs an instant vector, not ${inWords[typeOf(node.of)]}`)];
    case 'sign':
      return typeOf(node.of) === 'scalar' || typeOf(node.of) === 'vector'
        ? []
        : [at(node.of, `a sign needs a number or an instant vector behind it, not ${inWords[typeOf(node.of)]}`)];
    case 'selector': {
      const names = node.matchers.filter(({ label, op }) => label === nameLabel && op === '=');
      if (names.length > 1) return [at(node, 'the metric name is given twice')];
      return node.matchers.every(({ accepts }) => accepts(''))
        ? [at(node, 'the selector would take every series; name a metric, or a label that must not be empty')]
        : [];
    }
    case 'binary':
      return binaryProblems(node);
    case 'aggregation': {
      const { op, of, parameter } = node;
      const wanted = op === 'count_values' ? 'string' : 'scalar';
      return [
        ...(parameter === undefined ? [] : mismatch(parameter, wanted, `the first argument of ${op}`)),
        ...mismatch(of, 'vector', op),
      ];
    }
    case 'call':
      return callProblems(node.name, node.args, node);
    default:
      return node satisfies never;
  }
};

const at = ({ from, to }: Span, message: string): Found => ({ message, from, to });

const mismatch = (node: Node, wanted: ValueType, where: string): readonly Found[] => {
  const found = typeOf(node);
  if (found === wanted) return [];
  const example = wanted === 'matrix' && unwrapped(node).kind === 'selector' ? ', such as x[5m]' : '';
  return [at(node, `${where} needs ${inWords[wanted]}${example}, not ${inWords[found]}`)];
};

const binaryProblems = ({ op, bool, left, right, matching, from, to }: Binary): readonly Found[] => {
  const types = [typeOf(left), typeOf(right)];
  const sides = [left, right].filter((side) => typeOf(side) !== 'scalar' && typeOf(side) !== 'vector');
  if (sides.length > 0)
    return sides.map((side) => at(side, `${op} works on numbers and instant vectors, not on ${inWords[typeOf(side)]}`));
  const numbers = types.filter((type) => type === 'scalar').length;
  const found: Found[] = [];
  if (isSetOp(op) && numbers > 0) found.push(at({ from, to }, `${op} works on two instant vectors, not on a number`));
  else if (isComparison(op) && !bool && numbers === 2)
    found.push(at({ from, to }, `a comparison of two numbers needs bool: ${op} bool`));
  if (matching !== undefined && numbers > 0 && !isSetOp(op))
    found.push(at({ from, to }, 'on, ignoring and group_ are only possible between two instant vectors'));
  if (matching?.many !== undefined && isSetOp(op))
    found.push(at({ from, to }, `group_${matching.many} is not possible with ${op}`));
  return found;
};

const callProblems = (name: keyof typeof signatures, args: readonly Node[], span: Span): readonly Found[] => {
  const { takes, optional, repeats }: Signature = signatures[name];
  const least = takes.length - optional - (repeats ? 1 : 0);
  const most = repeats ? Infinity : takes.length;
  if (args.length < least || args.length > most) {
    const count = most === Infinity ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
    return [at(span, `${name} takes ${count} ${most === 1 ? 'argument' : 'arguments'}, not ${args.length}`)];
  }
  return args.flatMap((arg, index) =>
    mismatch(arg, takes[index] ?? takes.at(-1)!, argument(name, takes.length, index)),
  );
};

const argument = (name: string, count: number, index: number): string =>
  count === 1 ? name : `argument ${index + 1} of ${name}`;
