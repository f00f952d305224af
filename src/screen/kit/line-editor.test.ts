import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cleared,
  emptyLine,
  erased,
  inserted,
  moved,
  recalled,
  sent,
  withText,
  type LineEditor,
} from './line-editor.ts';

/** `ab|c`: the cursor is a bar. */
const show = ({ text, cursor }: LineEditor): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
const line = (shown: string): LineEditor => ({
  ...emptyLine,
  text: shown.replace('|', ''),
  cursor: shown.indexOf('|'),
});

test.each([
  ['typed text goes in at the cursor', inserted(line('a|c'), 'b'), 'ab|c'],
  ['pasted line ends become spaces', inserted(line('|'), 'one\r\ntwo\nthree'), 'one two three|'],
  ['nothing that a terminal would obey gets in', inserted(line('|'), 'a\x1b[2Jb\u202ec'), 'abc|'],
  ['left goes over a whole character', moved(line('e\u0301x日|'), 'left'), 'e\u0301x|日'],
  ['and over its marks', moved(line('e\u0301|x'), 'left'), '|e\u0301x'],
  ['right does so, too', moved(line('|e\u0301x'), 'right'), 'e\u0301|x'],
  ['at the ends it stays', moved(moved(line('|a'), 'left'), 'home'), '|a'],
  ['to the end', moved(line('a|bc'), 'end'), 'abc|'],
  ['backspace takes what is before', erased(line('ae\u0301|b'), 'before'), 'a|b'],
  ['and nothing at the beginning', erased(line('|b'), 'before'), '|b'],
  ['delete takes what is after', erased(line('a|e\u0301b'), 'after'), 'a|b'],
  ['Ctrl-W takes a word', erased(line('focus data|base'), 'word'), 'focus |base'],
  ['and the blanks behind it', erased(line('focus  |x'), 'word'), '|x'],
  ['Ctrl-U takes all before', erased(line('abc|d'), 'to start'), '|d'],
  ['Ctrl-K takes all after', erased(line('a|bcd'), 'to end'), 'a|'],
])('%s', (_, edited, shown) => {
  expect(show(edited)).toBe(shown);
});

test('what was sent is recalled, newest first, and what was being typed is not lost', () => {
  const typing = inserted(sent(withText(sent(withText(emptyLine, 'ack')), 'sev 1')), 'fo');
  const back = recalled(typing, -1);
  expect([back, recalled(back, -1), recalled(recalled(back, -1), -1)].map(({ text }) => text)).toEqual([
    'sev 1',
    'ack',
    'ack',
  ]);
  expect(show(recalled(recalled(recalled(back, -1), 1), 1))).toBe('fo|');
});

test('a line that is sent twice is recalled once', () => {
  const twice = sent(withText(sent(withText(emptyLine, 'ack')), 'ack'));
  expect(twice.history).toEqual(['ack']);
  expect(cleared(twice).history).toEqual(['ack']);
});

test('a paste of a megabyte is cut', () => {
  expect(inserted(emptyLine, 'x'.repeat(1_000_000)).text.length).toBe(2_000);
  expect(inserted(withText(emptyLine, 'x'.repeat(2_000)), 'more').text.length).toBe(2_000);
});

test('whatever is typed, the cursor stands between two characters of a single line', () => {
  const edit = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => (before: LineEditor) => inserted(before, text)),
    fc.constantFrom('left', 'right', 'home', 'end').map((to) => (before: LineEditor) => moved(before, to)),
    fc.constantFrom('before', 'after', 'word').map((what) => (before: LineEditor) => erased(before, what)),
    fc.constantFrom(-1, 1).map((step) => (before: LineEditor) => recalled(before, step)),
    fc.constant(sent),
  );
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
      const { text, cursor } = edits.reduce<LineEditor>((before, change) => change(before), emptyLine);
      expect(cursor).toBeGreaterThanOrEqual(0);
      expect(cursor).toBeLessThanOrEqual(text.length);
      expect(text).not.toMatch(/\p{Cc}/u);
    }),
  );
});
