import { expect, test } from 'vitest';
import { parsePromql } from './parse.ts';
import { answer, seriesOf } from './written-series.fixture.ts';

const problems = (text: string): readonly string[] => {
  const parsed = parsePromql(text);
  return parsed.ok ? [] : parsed.problems.map(({ message, from, to }) => `${from}-${to} ${message}`);
};
const nothing = seriesOf('1m', {});

test.each([
  ['', '0-0 the expression is empty'],
  ['rate(foo', '8-8 ( is never closed'],
  ['foo +', '5-5 the expression ends too early'],
  ['foo bar', '4-7 bar is not possible here'],
  ['foo))', '3-5 ) is not possible here'],
  ['1 + nosuch(foo)', '4-10 there is no function nosuch'],
  ['"abc', '0-4 the string has no end'],
  ['foo{a="\\q"}', '6-10 unknown escape \\q'],
  ['foo{a=~"("}', '7-10 not a regular expression: missing closing )'],
  ['rate(foo)', '5-8 rate needs a range vector, such as x[5m], not an instant vector'],
  ['foo[5m] + 1', '0-7 + works on numbers and instant vectors, not on a range vector'],
  ['abs(a, b)', '0-9 abs takes 1 argument, not 2'],
  ['round(a, 1, 2)', '0-14 round takes 1 to 2 arguments, not 3'],
  ['topk(foo)', '0-9 topk takes two arguments, not 1'],
  ['1 + "a"', '4-7 + works on numbers and instant vectors, not on a string'],
  ['1 == 2', '0-6 a comparison of two numbers needs bool: == bool'],
  ['foo + bool bar', '4-5 bool is only possible with a comparison, not with +'],
  ['foo and 1', '0-9 and works on two instant vectors, not on a number'],
  ['foo and on(a) group_left bar', '0-28 group_left is not possible with and'],
  ['a / on(x) group_left(x) b', '4-23 label "x" must not be in both on and group_left'],
  ['{}', '0-2 the selector would take every series; name a metric, or a label that must not be empty'],
  ['{a=~".*"}', '0-9 the selector would take every series; name a metric, or a label that must not be empty'],
  ['foo{__name__="x"}', '0-17 the metric name is given twice'],
  ['(foo)[5m]', '0-5 a range stands right behind a selector; behind an expression write a subquery, [5m:]'],
  ['foo offset 1m [5m]', '0-13 offset and @ stand behind the range, not before it'],
  ['foo offset 1m offset 2m', '0-13 offset is given twice'],
  ['sum(foo) offset 5m', '0-8 offset is only possible behind a selector or a subquery'],
  ['nosuch(foo, 1)', '0-6 there is no function nosuch'],
  ['foo[0s]', '4-6 a range must be longer than 0'],
])('%s is refused', (text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

test.each([
  ['info(foo)', 'info is experimental in PromQL and not supported'],
  ['limitk(1, foo)', 'limitk is experimental in PromQL and not supported'],
  ['histogram_avg(foo)', 'histogram_avg needs native histograms, which are not supported'],
  ['foo anchored', 'anchored is experimental in PromQL and not supported'],
  ['rate(foo[5m * 2])', 'arithmetic on durations is experimental in PromQL and not supported'],
  ['a + fill(0) b', 'fill is experimental in PromQL and not supported'],
])('%s is a part of the language that is refused by name', (text, message) => {
  const parsed = parsePromql(text);
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.message)).toEqual([message]);
});

test('all problems of an expression are found at once, in order of the text', () => {
  expect(problems('rate(foo) + sum(1) + abs(a, b)')).toEqual([
    '5-8 rate needs a range vector, such as x[5m], not an instant vector',
    '16-17 sum needs an instant vector, not a number',
    '21-30 abs takes 1 argument, not 2',
  ]);
});

test.each([
  ['-1 ^ 2', '-1'],
  ['2 ^ 3 ^ 2', '512'],
  ['2 + 3 * 4 % 5', '4'],
  ['1 - 2 - 3', '-4'],
  ['-(2) * 3', '-6'],
  ['0x1F + 1_000 + 1e3 + 5.', '2036'],
  ['1h30m', '5400'],
  ['1 + 2 # a comment', '3'],
  ['1 > bool 2 == bool 0', '1'],
])('%s is %s', (text, value) => {
  expect(answer(text, nothing, '0s')).toEqual([value]);
});

test.each([
  ['"tab\\t \\x41\\u00e9 \\"quoted\\""', 'tab\t Aé "quoted"'],
  ["'it\\'s'", "it's"],
  ['`raw \\n`', 'raw \\n'],
])('the string %s is read with its escapes', (text, value) => {
  expect(answer(text, nothing, '0s')).toEqual([value]);
});

test('offset belongs to the operand right before it, whatever operators stand around', () => {
  const source = seriesOf('1m', { a: '1 2', b: '10 20', c: '100 200' });
  expect(answer('a + b offset 1m * c', source, '1m')).toEqual(['{} 2002']);
  expect(answer('a != a offset 1m', source, '1m')).toEqual(['a{} 2']);
  expect(answer('-a offset 1m', source, '1m')).toEqual(['{} -1']);
  expect(answer('(a + b) offset 1m', source, '1m')).toEqual([
    'offset is only possible behind a selector or a subquery',
  ]);
});

test('metric and label names may be quoted', () => {
  const parsed = parsePromql('{"shop.requests", "code.class"="5xx"}');
  const matchers = parsed.ok && parsed.expression.root.kind === 'selector' ? parsed.expression.root.matchers : [];
  expect(matchers.map(({ label, op, value }) => label + op + value)).toEqual([
    '__name__=shop.requests',
    'code.class=5xx',
  ]);
});
