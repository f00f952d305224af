import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateExpression, explainExpression, type Evaluated } from './expression-evaluation.ts';
import { parseExpression, type Expression, type Facts, type Row } from './expression.ts';

const read = (text: string): Expression => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${parsed.message} at ${parsed.column}`);
  return parsed.expression;
};

const factsOf = (facts: Partial<Facts> = {}): Facts => ({
  stdout: '',
  stderr: '',
  rows: [],
  steps: new Map(),
  vars: new Map(),
  ...facts,
});

const judge = (text: string, facts: Partial<Facts> = {}): Evaluated => evaluateExpression(read(text), factsOf(facts));
const yes: Evaluated = { ok: true, value: true };
const no: Evaluated = { ok: true, value: false };
const one = (value: Row[string]): Partial<Facts> => ({ rows: [{ n: value, other: 'x' }] });

describe('comparing', () => {
  test.each([
    ['value < 5', one(4), yes],
    ['value < 5', one(5), no],
    ['value <= 5', one(5), yes],
    ['value > 4', one('5'), yes],
    ['value = 60', one('60.0'), yes],
    ["value != 'off'", one('on'), yes],
    ["value ~ '^o[nf]+$'", one('off'), yes],
    ["value !~ 'n'", one('off'), yes],
    ["stdout contains 'ready'", { stdout: 'server is ready\n' }, yes],
    ["stdout = 'ok'", { stdout: 'ok\n' }, yes],
    ['exit = 0', { exit: 0 }, yes],
    ['exit != 0', { exit: 0 }, no],
    ['rows = 0', {}, yes],
    ['value >= 1m30s', one(90), yes],
    ['value < 500ms', one(0.4), yes],
    ['value', one(true), yes],
    ['value = true', one(false), no],
    ["col(other) = 'x'", one(1), yes],
    ["label(other) = 'y'", one(1), no],
    ["value = '60'", one('060'), yes],
  ])('%s of %j is %j', (text, facts, expected) => {
    expect(judge(text, facts)).toEqual(expected);
  });

  test('"and" binds tighter than "or", "not" tighter than both, and parentheses tighter than all', () => {
    expect(judge('exit = 0 or exit = 1 and exit = 2', { exit: 0 })).toEqual(yes);
    expect(judge('(exit = 0 or exit = 1) and exit = 2', { exit: 0 })).toEqual(no);
    expect(judge('not exit = 1 and exit = 0', { exit: 0 })).toEqual(yes);
    expect(judge('not(exit = 0 or exit = 1)', { exit: 0 })).toEqual(no);
  });

  test('an earlier step and a captured variable are part of the facts', () => {
    const steps = new Map([['pool-size', factsOf(one(7))]]);
    expect(judge('value(pool-size) < 10', { steps })).toEqual(yes);
    expect(judge('rows( pool-size ) = 1', { steps })).toEqual(yes);
    expect(judge('exit < $limit', { exit: 1, vars: new Map([['limit', '2']]) })).toEqual(yes);
  });

  test('every(name) and any(name) look at all rows', () => {
    const rows = [{ state: 'idle' }, { state: 'active' }];
    expect(judge("any(state) = 'active'", { rows })).toEqual(yes);
    expect(judge("every(state) = 'active'", { rows })).toEqual(no);
    expect(judge("every(state) ~ 'i'", { rows })).toEqual(yes);
  });
});

describe('nothing known is never good', () => {
  test.each([
    ['value < 5', one(null)],
    ['not value < 5', one(null)],
    ['value = 5 or value != 5', one(null)],
    ['every(n) < 5', {}],
    ['any(n) < 5', {}],
    ['not any(n) < 5', {}],
    ['stdout < 5', { stdout: '\n' }],
  ])('%s of %j is false', (text, facts) => {
    expect(judge(text, facts)).toEqual(no);
  });

  test.each([
    ['value < 5', {}, 'value needs exactly 1 row, there were 0'],
    ['value < 5', { rows: [{ n: 1 }, { n: 2 }] }, 'value needs exactly 1 row, there were 2'],
    ['col(m) < 5', one(1), 'there is no m in n, other'],
    ['value < 5', one('many'), "value < 5 compares 'many' with 5; expected two numbers"],
    ['rows', {}, 'rows is 0, neither true nor false: compare it with something'],
    ['exit = 0', {}, 'exit has no value: no command was executed'],
    ['value(gone) = 1', {}, 'step "gone" has not run, so value(gone) has no value'],
    ['$gone = 1', {}, '$gone has no value: nothing captured it'],
  ])('%s of %j has no answer: %s', (text, facts, reason) => {
    expect(judge(text, facts)).toEqual({ ok: false, reason });
  });

  test('the side of an "and" or "or" that cannot change the answer is not asked', () => {
    expect(judge('rows = 0 or value < 5')).toEqual(yes);
    expect(judge('rows > 0 and value < 5')).toEqual(no);
  });
});

describe('what cannot be understood is refused with its column', () => {
  test.each([
    ['', 1, 'expected something to compare, but the expression ends'],
    ['value <', 8, 'expected something to compare, but the expression ends'],
    ['value < < 5', 9, 'expected something to compare, found "<"'],
    ['value < 5 6', 11, 'expected "and", "or" or the end, found "6"'],
    ['(value < 5', 11, 'expected ")", but the expression ends'],
    ["value = 'x", 9, "a quoted text has no closing '"],
    ['value = 5 && exit = 0', 11, '"&" is not understood here'],
    ['value = 5xy', 9, '"5xy" is neither a number nor a duration such as 30s'],
    ["value ~ '('", 9, "'(' is not a regular expression"],
  ])('%j fails at column %i: %s', (text, column, message) => {
    expect(parseExpression(text)).toEqual({ ok: false, message, column });
  });

  test('an unknown word is answered with the words there are', () => {
    const parsed = parseExpression('valu < 5');
    expect(parsed).toMatchObject({ ok: false, column: 1 });
    expect(parsed.ok ? '' : parsed.message).toContain('expected exit, stdout, stderr, rows, value, col(NAME)');
  });
});

test('a false expression explains itself with what its parts were', () => {
  expect(explainExpression(read('value > 0 and exit = 0'), factsOf({ exit: 3, ...one(0) }))).toBe(
    'value > 0 and exit = 0, but value was 0, exit was 3',
  );
  expect(explainExpression(read('value > 0'), factsOf(one(null)))).toBe('value > 0, but value was NULL');
});

test('any text at all is either an expression or an error with a column inside it', () => {
  const words = fc.constantFrom(
    'value',
    'rows',
    '<',
    '=',
    '(',
    ')',
    'and',
    'or',
    'not',
    "'a'",
    '5',
    '$x',
    'col(a)',
    '~',
    '}',
    "'",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join(' ')),
      ),
      (text) => {
        const parsed = parseExpression(text);
        const evaluated = parsed.ok && evaluateExpression(parsed.expression, factsOf(one(1)));
        expect(evaluated !== false || (!parsed.ok && parsed.column >= 1 && parsed.column <= text.length + 1)).toBe(
          true,
        );
      },
    ),
  );
});
