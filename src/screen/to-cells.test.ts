import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { padCells, toCells } from './to-cells.ts';
import { wrapCells } from './wrap-cells.ts';

const esc = '\u{1b}';
const st = `${esc}\\`;

test.each([
  ['ordinary text stays as it is', 'pool 98/100', 'pool 98/100'],
  ['cursor movement goes', `a${esc}[2Jb${esc}[10;10Hc`, 'abc'],
  ['a window title goes, payload and all', `a${esc}]0;owned\u{7}b`, 'ab'],
  ['a write to the clipboard goes', `a${esc}]52;c;ZXZpbA==${st}b`, 'ab'],
  ['a notification goes', `a${esc}]777;notify;x;y\u{7}b`, 'ab'],
  ['a hyperlink goes, its text stays', `${esc}]8;;https://evil.example${st}docs${esc}]8;;${st}`, 'docs'],
  ['a device control string goes', `a${esc}P1$r0m${st}b`, 'ab'],
  ['an application command goes', `a${esc}_Gf=100;AAAA${st}b`, 'ab'],
  ['a privacy message goes', `a${esc}^secret${st}b`, 'ab'],
  ['a string without an end goes to the end of its line', `a${esc}]52;c;ZXZpbA==\nb`, 'a⏎b'],
  ['the eight-bit forms go too', 'a\u{9b}31mb\u{9d}0;owned\u{9c}c', 'abc'],
  ['colour goes, and what was concealed is seen', `${esc}[8mhidden${esc}[0m ${esc}[31mred`, 'hidden red'],
  ['a lone escape goes', `a${esc}`, 'a'],
  ['bell, backspace, delete and null go', 'a\u{7}b\u{8}c\u{7f}d\u{0}e', 'abcde'],
  ['a carriage return cannot overwrite', 'ok\rfail', 'okfail'],
  ['a line end becomes a sign', 'one\ntwo\r\nthree', 'one⏎two⏎three'],
  ['the line ends of Unicode too', 'one\u{2028}two\u{2029}three', 'one⏎two⏎three'],
  ['a tab becomes a space', 'a\tb', 'a b'],
  ['the reading direction cannot be turned', 'safe \u{202e}exe.txt\u{2066}x\u{2069}', 'safe exe.txtx'],
  ['nothing has no width', 'a\u{200b}b\u{feff}c\u{ad}d\u{2060}e', 'abcde'],
  ['tags go', `a${String.fromCodePoint(0xe0041, 0xe0042)}b`, 'ab'],
  ['marks are not stacked', `e${'\u{301}'.repeat(30)}x`, 'e\u{301}\u{301}x'],
  ['each base of a cluster has its own', 'क्क्\u{1b}क्', 'क्क्क्'],
  ['a mark without a base goes', '\u{301}x', 'x'],
  ['half a character is shown as unknown', 'a\u{d83d}b', 'a\u{fffd}b'],
  ['private characters have no known width', 'a\u{e0b0}b', 'a\u{fffd}b'],
  ['a filler of no width goes', 'a\u{3164}b', 'ab'],
  ['pictures go', '🚨 outage 📟🌐🔍', ' outage '],
  ['pictures that only a selector makes go', '🕵️ look ⚠️ℹ️ ☎️', ' look  '],
  ['a family and a flag go', '👨‍👩‍👧 at 🇫🇷 home 👍🏽', ' at  home '],
  ['a digit in a keycap is a digit', '1️⃣ restart', '1 restart'],
  ['a text sign is no picture', '✔ ✖ ● ▲ → © ™', '✔ ✖ ● ▲ → © ™'],
  ['only pictures says so', '🎉🎉', '(emoji only)'],
  ['nothing is nothing', '', ''],
])('%s', (_, text, shown) => {
  expect(toCells(text)).toBe(shown);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['e\u{301}e\u{301}e\u{301}', 2, 'e\u{301}…'],
])('%j in %d cells is %j', (text, width, shown) => {
  expect(toCells(text, { width })).toBe(shown);
});

test('a column is exactly as wide as it was asked for', () => {
  expect(padCells('日本', 6)).toBe('日本  ');
  expect(padCells('日本語', 5)).toBe('日本…');
  expect(padCells('日本語', 4)).toBe('日… ');
});

const foreign = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        esc,
        '\u{9b}',
        '[',
        ']',
        '8;;',
        'm',
        st,
        '\u{7}',
        '\n',
        '\r',
        '\t',
        '🕵️',
        '\u{200d}',
        '日',
        'e\u{301}',
        '\u{d83d}',
        'ᄀ',
        'ᅡ',
        'क्',
        'ष',
        '\u{600}',
        'x',
      ),
    )
    .map((parts) => parts.join('')),
);

test('whatever the text, it fits and holds no control character', () => {
  fc.assert(
    fc.property(foreign, fc.integer({ min: 0, max: 40 }), (text, width) => {
      const shown = toCells(text, { width });
      expect(stringWidth(shown)).toBeLessThanOrEqual(width);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u{2028}\u{2029}]/u);
      expect(stringWidth(padCells(text, width))).toBe(width);
    }),
    { numRuns: 2_000 },
  );
});

test('cleaning twice changes nothing', () => {
  fc.assert(
    fc.property(foreign, (text) => {
      expect(toCells(toCells(text))).toBe(toCells(text));
    }),
    { numRuns: 1_000 },
  );
});

test('a megabyte is cut before it is cleaned', () => {
  const startMs = performance.now();
  expect(toCells('é\u{1b}[31m日'.repeat(200_000), { width: 20 })).toMatch(/…$/);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test('a long line is wrapped between words and keeps its indentation', () => {
  expect(wrapCells('  end idle sessions of the shop\nthen look', 16)).toEqual([
    '  end idle',
    '  sessions of',
    '  the shop',
    'then look',
  ]);
  expect(wrapCells('select_pg_terminate_backend', 10)).toEqual(['select_pg_', 'terminate_', 'backend']);
});

test('whatever the text, every wrapped line fits and no word is lost', () => {
  fc.assert(
    fc.property(foreign, fc.integer({ min: 4, max: 40 }), (text, width) => {
      for (const line of wrapCells(text, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(fc.lorem({ maxCount: 30 }), fc.integer({ min: 12, max: 40 }), (text, width) => {
      expect(wrapCells(text, width).join(' ')).toBe(text);
    }),
  );
});
