/** What an expression says about the facts of a run: true, false, not known (which counts as false), or not answerable. */
import type { Comparison, Expression, ExpressionNode, Facts, Operand, StepFacts, Value } from './expression.ts';

export type Evaluated =
  { readonly ok: true; readonly value: boolean } | { readonly ok: false; readonly reason: string };

/** Why an expression has no answer: the question does not fit the facts. */
class Unanswerable extends Error {}

export const evaluateExpression = ({ root }: Expression, facts: Facts): Evaluated => {
  try {
    return { ok: true, value: truthOf(root, facts) === true };
  } catch (error) {
    if (error instanceof Unanswerable) return { ok: false, reason: error.message };
    throw error;
  }
};

/** The expression and what its parts were: `value > 0, but value was 0`. For expressions that were answered. */
export const explainExpression = ({ text, root }: Expression, facts: Facts): string => {
  const parts = new Map<string, string>();
  for (const operand of operandsOf(root)) {
    if (operand.type === 'literal') continue;
    try {
      const values = valuesOf(operand, facts);
      parts.set(operand.text, values.length === 0 ? 'nothing' : values.map(showValue).join(', '));
    } catch {
      // One side of an `or` that was not needed may have no answer; it has nothing to explain.
    }
  }
  if (parts.size === 0) return text;
  return `${text}, but ${[...parts].map(([name, value]) => `${name} was ${value}`).join(', ')}`;
};

/** Every operand of an expression, left to right. */
export const operandsOf = (node: ExpressionNode): readonly Operand[] => {
  switch (node.type) {
    case 'and':
    case 'or':
      return [...operandsOf(node.left), ...operandsOf(node.right)];
    case 'not':
      return operandsOf(node.operand);
    case 'comparison':
      return [node.left, node.right];
    case 'truth':
      return [node.operand];
    default:
      return node satisfies never;
  }
};

/** true, false, or null for not known. */
type Truth = boolean | null;

const truthOf = (node: ExpressionNode, facts: Facts): Truth => {
  switch (node.type) {
    case 'and': {
      const left = truthOf(node.left, facts);
      if (left === false) return false;
      const right = truthOf(node.right, facts);
      return right === false ? false : left === null ? null : right;
    }
    case 'or': {
      const left = truthOf(node.left, facts);
      if (left === true) return true;
      const right = truthOf(node.right, facts);
      return right === true ? true : left === null ? null : right;
    }
    case 'not': {
      const truth = truthOf(node.operand, facts);
      return truth === null ? null : !truth;
    }
    case 'truth':
      return quantified(node.operand, facts, (value) => {
        if (typeof value === 'boolean' || value === null) return value;
        throw new Unanswerable(
          `${node.operand.text} is ${showValue(value)}, neither true nor false: compare it with something`,
        );
      });
    case 'comparison':
      return quantified(node.left, facts, (left) =>
        quantified(node.right, facts, (right) =>
          compare(left, node.op, right, `${node.left.text} ${node.op} ${node.right.text}`),
        ),
      );
    default:
      return node satisfies never;
  }
};

/** `any` needs one row that is good; everything else needs all of its rows to be, and at least one. */
const quantified = (operand: Operand, facts: Facts, judge: (value: Value) => Truth): Truth => {
  const truths = valuesOf(operand, facts).map(judge);
  if (truths.length === 0) return null;
  const decisive = operand.type === 'column' && operand.reader === 'any';
  return truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive;
};

/** One value, or one per row for `every(NAME)` and `any(NAME)`. */
const valuesOf = (operand: Operand, facts: Facts): readonly Value[] => {
  switch (operand.type) {
    case 'literal':
      return [operand.value];
    case 'variable': {
      const value = facts.vars.get(operand.name);
      if (value === undefined) throw new Unanswerable(`${operand.text} has no value: nothing captured it`);
      return [value];
    }
    case 'measure': {
      const of = operand.of === undefined ? facts : facts.steps.get(operand.of);
      if (of === undefined) throw new Unanswerable(`step "${operand.of}" has not run, so ${operand.text} has no value`);
      return [measured(operand.measure, of, operand.text)];
    }
    case 'column': {
      const { reader, name, text } = operand;
      const values = facts.rows.map((row) => {
        const value = row[name];
        if (value === undefined) throw new Unanswerable(`there is no ${name} in ${Object.keys(row).join(', ')}`);
        return value;
      });
      if ((reader === 'col' || reader === 'label') && values.length !== 1)
        throw new Unanswerable(`${text} needs exactly 1 row, there were ${values.length}`);
      return values;
    }
    default:
      return operand satisfies never;
  }
};

const measured = (measure: 'exit' | 'stdout' | 'stderr' | 'rows' | 'value', facts: StepFacts, text: string): Value => {
  switch (measure) {
    case 'exit':
      if (facts.exit === undefined) throw new Unanswerable(`${text} has no value: no command was executed`);
      return facts.exit;
    case 'stdout':
    case 'stderr':
      return facts[measure].trim();
    case 'rows':
      return facts.rows.length;
    case 'value': {
      const [row, ...others] = facts.rows;
      if (row === undefined || others.length > 0)
        throw new Unanswerable(`${text} needs exactly 1 row, there were ${facts.rows.length}`);
      return Object.values(row)[0] ?? null;
    }
    default:
      return measure satisfies never;
  }
};

const compare = (left: Value, op: Comparison, right: Value, text: string): Truth => {
  if (left === null || right === null) return null;
  switch (op) {
    case '=':
      return sameValue(left, right);
    case '!=':
      return !sameValue(left, right);
    case '~':
    case '!~':
      return matches(String(left), String(right), text) === (op === '~');
    case 'contains':
      return String(left).includes(String(right));
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (left === '' || right === '') return null;
      const [a, b] = [Number(left), Number(right)];
      if (typeof left === 'boolean' || typeof right === 'boolean' || Number.isNaN(a) || Number.isNaN(b))
        throw new Unanswerable(`${text} compares ${showValue(left)} with ${showValue(right)}; expected two numbers`);
      return op === '<' ? a < b : op === '<=' ? a <= b : op === '>' ? a > b : a >= b;
    }
    default:
      return op satisfies never;
  }
};

/** `60` and `60.0` are the same number; a text that is no number is only equal to itself. */
const sameValue = (left: Value, right: Value): boolean => {
  if (String(left) === String(right)) return true;
  if (typeof left === 'boolean' || typeof right === 'boolean' || left === '' || right === '') return false;
  return Number(left) === Number(right);
};

const matches = (text: string, pattern: string, expression: string): boolean => {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    throw new Unanswerable(`${expression}: ${showValue(pattern)} is not a regular expression`);
  }
};

const showValue = (value: Value): string => {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  const text = value.length > 80 ? `${value.slice(0, 79)}…` : value;
  return `'${text.replaceAll(/\s+/g, ' ')}'`;
};
