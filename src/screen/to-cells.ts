/**
 * The one gate for foreign text (alert annotations, rows, logs, what people type): one line, safe to draw, of a known width.
 * Whatever is drawn between two borders passes here first, so that no text can move the cursor, hide itself, turn the
 * reading direction or push a border aside. The original stays untouched in the journal.
 *
 * Pictographs are dropped, not drawn: terminals disagree on the width of those that need U+FE0F (measured: tmux 1, xterm 2).
 */
import stringWidth from 'string-width';
import stripAnsi from 'strip-ansi';

/** No line of any terminal is wider. */
const cellsMax = 4_096;
/** Foreign text can be megabytes: what cannot be seen is not cleaned. Counted in code units, four for each cell. */
const unitsMax = 4 * cellsMax;
/** Of marks on one base: enough for every living script, not enough to climb over the line above. */
const marksMax = 2;

const plain = /^[\x20-\x7e]*$/;
// Control strings with their payload, terminated or not: `strip-ansi` knows some of them only.
// oxlint-disable-next-line no-control-regex
const controlString = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/g;
const lineEnd = /\r\n|[\n\u{2028}\u{2029}]/gu;
const space = /[\t\p{Zs}]/gu;
/** Drawn as a picture: by default, or because a selector, a skin tone or a joiner asks for it. */
const picture =
  /\p{Emoji_Presentation}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\p{Extended_Pictographic}[\u{fe0f}\u{200d}]/u;
/** Nothing that draws: controls, bidi marks, zero widths, tags, selectors, and the keycap around a digit. */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u{20e3}]/gu;
/** Width unknown, or half of a character. */
const unknown = /[\p{Cs}\p{Co}\p{Cn}]/gu;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * @param width Cells at most; longer text ends in `…`.
 * @returns One line without control characters; `(emoji only)` where nothing but pictures was said.
 */
export const toCells = (text: string, { width = cellsMax }: { readonly width?: number } = {}): string => {
  const cells = Math.max(0, Math.min(width, cellsMax));
  if (plain.test(text)) return cut(text, cells);
  const seen = text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text;
  const line = stripAnsi(seen.replace(controlString, '')).replace(lineEnd, '⏎').replace(space, ' ');
  let clean = '';
  let pictures = false;
  for (const { segment } of graphemes.segment(line)) {
    if (picture.test(segment)) pictures = true;
    else clean += withFewMarks(segment.replace(invisible, '').replace(unknown, '\u{fffd}'));
  }
  return cut(pictures && clean.trim() === '' ? '(emoji only)' : clean, cells);
};

/** As `toCells`, filled up with spaces: a column of exactly `width` cells. */
export const padCells = (text: string, width: number): string => {
  const line = toCells(text, { width });
  return line + ' '.repeat(Math.max(0, width - stringWidth(line)));
};

/** A mark without a base would sit on whatever we drew before it: it goes. */
const withFewMarks = (grapheme: string): string => {
  let marks = 0;
  let kept = '';
  for (const character of grapheme) {
    if (!/\p{M}/u.test(character)) {
      marks = 0; // A cluster may hold several bases.
      kept += character;
    } else if (kept !== '' && marks++ < marksMax) kept += character;
  }
  return kept;
};

const cut = (line: string, width: number): string => {
  if (plain.test(line)) return line.length <= width ? line : ellipsis(line.slice(0, Math.max(0, width - 1)), width);
  if (stringWidth(line) <= width) return line;
  let kept = '';
  let cells = 0;
  for (const { segment } of graphemes.segment(line)) {
    cells += stringWidth(segment);
    if (cells > width - 1) break;
    kept += segment;
  }
  return ellipsis(kept, width);
};

const ellipsis = (kept: string, width: number): string => (width < 1 ? '' : `${kept}…`);
