import { expect, test } from 'vitest';
import { bar, cut, hanging, oneLine, table, wrap } from './plain-text.ts';

test('foreign text can neither move the cursor nor break a line', () => {
  expect(oneLine('a\u001b[2Jb\u001b]0;title\u0007c\r\nd\u202ee\u200bf')).toBe('abc d e f');
  expect(oneLine('half \ud800 a pair')).toBe('half \ufffd a pair');
});

test('a line breaks between words, and never between a number and its unit', () => {
  expect(wrap('took all 12 s of 10 min, or so', 11)).toEqual(['took all', '12 s of', '10 min, or', 'so']);
});

test('a word that is longer than the page is broken', () => {
  expect(wrap('ab abcdefghij', 4)).toEqual(['ab', 'abcd', 'efgh', 'ij']);
});

test('further lines stand under the first', () => {
  expect(hanging('fault  ', 'word '.repeat(30))[1]).toMatch(/^ {7}word/);
});

test('columns are as wide as their widest cell', () => {
  expect(
    table([
      ['a', 'one'],
      ['long', 'two'],
    ]),
  ).toEqual(['  a     one', '  long  two']);
  expect(table([])).toEqual([]);
});

test('what is cut shows that it was', () => {
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('abcd', 4)).toBe('abcd');
});

test.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [1, '████'],
  [7, '████'],
])('a share of %d is %s', (share, shown) => {
  expect(bar(share, 4)).toBe(shown);
});
