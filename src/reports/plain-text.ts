/**
 * Text for a terminal, at most 100 columns wide, readable without colour. Whatever came from outside (an alert's labels,
 * a step's output) passes `oneLine` before it is printed, so that it can neither move the cursor nor break a table.
 */
import type { Outcome } from '../verdicts/verdict.ts';

export const columns = 100;

/** Controls, line breaks, bidirectional marks and zero-width characters; all of them break a line or hide in it. */
// oxlint-disable-next-line no-control-regex -- they are what has to go
const unprintable = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;
// oxlint-disable-next-line no-control-regex -- escape sequences go whole, not only their first character
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/** One printable line of any text. */
export const oneLine = (text: string): string =>
  text.toWellFormed().replace(escapeSequence, '').replace(unprintable, ' ').trim();

/** In code points: near enough to columns for what we print ourselves. */
export const lengthOf = (text: string): number => Array.from(text).length;

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - lengthOf(text))) + text;

/** Cut to `width` columns, with an ellipsis where something is missing. */
export const cut = (text: string, width: number): string =>
  lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, width - 1))
        .join('')}…`;

/** A space that may end a line: not the one between a number and its unit. */
const breakable = / (?!(?:s|min|h|d|%)(?:[\s,;:.)]|$))/;

/** Words broken into lines of at most `width`; a word that is longer is broken itself. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(breakable)) {
    while (lengthOf(word) > width) {
      if (line !== '') lines.push(line);
      line = '';
      lines.push(Array.from(word).slice(0, width).join(''));
      word = Array.from(word).slice(width).join('');
    }
    if (line === '') line = word;
    else if (lengthOf(line) + 1 + lengthOf(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
};

/** `lead` and then `text`, wrapped to the page, its further lines under its first. */
export const hanging = (lead: string, text: string, width = columns): readonly string[] => {
  const indent = lengthOf(lead);
  return wrap(oneLine(text), width - indent).map((line, index) =>
    (index === 0 ? `${lead}${line}` : `${' '.repeat(indent)}${line}`).trimEnd(),
  );
};

/** Rows of cells under each other; the last cell of a row is wrapped. */
export const table = (
  rows: readonly (readonly [...string[], string])[],
  indent = 2,
  width = columns,
): readonly string[] => {
  const count = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: count }, (_, index) =>
    Math.min(50, Math.max(0, ...rows.map((row) => lengthOf(oneLine(row[index] ?? ''))))),
  );
  return rows.flatMap((row) => {
    const cells = widths.map((each, index) => `${padEnd(cut(oneLine(row[index] ?? ''), each), each)}  `);
    return hanging(' '.repeat(indent) + cells.join(''), row.at(-1) ?? '', width);
  });
};

/** A share from 0 to 1 as a bar. */
export const bar = (share: number, width = 30): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
};

/** A word that stands without its sign, and a sign that only helps the eye. */
export const outcomeWords = {
  pass: '✔ pass',
  fail: '✘ FAIL',
  inconclusive: '? inconclusive',
} as const satisfies Record<Outcome, string>;
