/** Text that is to be read, not scanned: broken between words where it is too long for its line. */
import stringWidth from 'string-width';
import { toCells } from './to-cells.ts';

/** Each line of `text`, safe to draw and at most `width` cells wide; a line's indentation goes on in what follows it. */
export const wrapCells = (text: string, width: number): readonly string[] =>
  text.split(/\r\n|\n/).flatMap((line) => wrapLine(toCells(line), width));

const wrapLine = (line: string, width: number): readonly string[] => {
  if (width < 1) return [];
  if (stringWidth(line) <= width) return [line];
  const indent = (/^ */.exec(line)?.[0] ?? '').slice(0, Math.floor(width / 2));
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trimStart().split(' ')) {
    const longer = current.trim() === '' ? current + word : `${current} ${word}`;
    if (stringWidth(longer) <= width) {
      current = longer;
      continue;
    }
    if (current.trim() !== '') lines.push(current);
    current = indent + word;
    while (stringWidth(current) > width) {
      const [head, tail] = splitAt(current, width);
      lines.push(head);
      current = indent + tail;
    }
  }
  if (current.trim() !== '') lines.push(current);
  return lines;
};

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The head is never without a grapheme, however narrow the line is, so that every split gets further. */
const splitAt = (text: string, width: number): readonly [string, string] => {
  let head = '';
  let cells = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    cells += stringWidth(segment);
    if (cells > width && head.trim() !== '') return [head, text.slice(index)];
    head += segment;
  }
  return [head, ''];
};
