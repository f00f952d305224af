import { expect, test } from 'vitest';
import { matchesAll, parseMatchers, showMatchers } from './matchers.ts';

const matches = (text: string, labels: Record<string, string>): boolean => matchesAll(parseMatchers(text), labels);

test('a regular expression is anchored at both ends', () => {
  expect(matches('team=~"db|storage"', { team: 'storage' })).toBe(true);
  expect(matches('team=~"db|storage"', { team: 'storages' })).toBe(false);
  expect(matches('team!~"db.*"', { team: 'dba' })).toBe(false);
});

test('a missing label has the empty value, also one with the name of a built-in', () => {
  expect(matches('team=""', {})).toBe(true);
  expect(matches('team!="db"', {})).toBe(true);
  expect(matches('constructor=""', {})).toBe(true);
  expect(matches('team="db"', {})).toBe(false);
});

test('several matchers stand in one text, with or without braces, quotes and spaces', () => {
  const texts = ['{a="x", b=~"y,z"}', ' a = x , b=~"y,z" ', '{"a"=x,b=~"y,z",}'];
  expect(texts.map((text) => showMatchers(parseMatchers(text)))).toEqual(Array(3).fill('{a="x",b=~"y,z"}'));
});

test('escapes in quotes are Go’s, and those of regular expressions survive', () => {
  expect(parseMatchers(String.raw`a="say \"hi\""`)[0]?.value).toBe('say "hi"');
  expect(matches(String.raw`a=~"\d+"`, { a: '12' })).toBe(true);
});

test.each(['', 'a', '="x"', 'a=="x"', 'a="x" b="y"', 'a="x', '{}'])('%j is refused', (text) => {
  expect(() => parseMatchers(text)).toThrow(/matcher/);
});

test('what is no regular expression is refused', () => {
  expect(() => parseMatchers('a=~"("')).toThrow(/missing closing/);
});
