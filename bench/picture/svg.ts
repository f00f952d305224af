/**
 * A screen of text cells as an SVG. What a font may lack or draw at another width (Braille charts, frames, blocks) is drawn
 * as shapes, the rest as text that is held to its cells, so that the picture is the same wherever it is shown. It brings
 * its own background, dark as most terminals are: it can be read on a light page and on a dark one. The same cells always
 * give the same bytes.
 */
import type { Cell, Colour } from '../../test/terminal.fixture.ts';
import { shapeOf } from './shapes.ts';

export type Picture = {
  readonly cells: readonly (readonly Cell[])[];
  /** For who cannot see it. */
  readonly title: string;
  readonly description: string;
};

const cell = { width: 8, height: 17 } as const;
const { width: cellWidth, height: cellHeight } = cell;
const margin = 14;
/** Of a row, where letters stand. */
const baseline = 12.5;

/** On #10151c, each at least 4.5 to 1. The 16 colours that a terminal has names for, then what has none. */
const background = '#10151c';
const foreground = '#d8dee6';
const named = [
  '#5c6773',
  '#e5735f',
  '#4fc39a',
  '#e6b450',
  '#5aa9e6',
  '#d490bd',
  '#56b6c2',
  '#d8dee6',
  '#8a96a3',
  '#ff8f7a',
  '#73d9b0',
  '#f5cd73',
  '#86c5f7',
  '#e6afd3',
  '#7fd3dd',
  '#ffffff',
] as const;

export const svgOf = ({ cells, title, description }: Picture): string => {
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const [width, height] = [columns * cellWidth + 2 * margin, cells.length * cellHeight + 2 * margin];
  const body = cells.flatMap((row, index) => rowOf(row, index * cellHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    `<g transform="translate(${margin} ${margin})" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13">`,
    ...body,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
};

type Style = { readonly ink: string; readonly paper: string | null; readonly bold: boolean; readonly dim: boolean };

/** Cells of one look that stand beside each other. */
type Stretch = { readonly style: Style; readonly column: number; cells: string[] };

const rowOf = (row: readonly Cell[], y: number): readonly string[] => {
  const stretches: Stretch[] = [];
  for (const [column, each] of row.entries()) {
    const style = styleOf(each);
    const last = stretches.at(-1);
    if (last !== undefined && sameStyle(last.style, style)) last.cells.push(each.text);
    else stretches.push({ style, column, cells: [each.text] });
  }
  return stretches.flatMap((stretch) => drawn(stretch, y));
};

const drawn = ({ style, column, cells }: Stretch, y: number): readonly string[] => {
  const x = column * cellWidth;
  const look = `fill="${style.ink}"${style.dim ? ' opacity="0.7"' : ''}`;
  const paper =
    style.paper === null
      ? []
      : [`<rect x="${x}" y="${y}" width="${cells.length * cellWidth}" height="${cellHeight}" fill="${style.paper}"/>`];
  const path = cells.map((text, index) => shapeOf(text, x + index * cellWidth, y, cell) ?? '').join('');
  const words = wordsOf(cells.map((text) => (shapeOf(text, 0, 0, cell) === undefined ? text : ' ')));
  return [
    ...paper,
    ...(path === '' ? [] : [`<path d="${path}" ${look}/>`]),
    ...words.map(
      ({ text, from, length }) =>
        `<text x="${x + from * cellWidth}" y="${y + baseline}" textLength="${length * cellWidth}" lengthAdjust="spacingAndGlyphs" ${look}${style.bold ? ' font-weight="bold"' : ''}>${escape(text)}</text>`,
    ),
  ];
};

/** Text without the long gaps, which need no drawing; single spaces stay inside. */
const wordsOf = (cells: readonly string[]): readonly { text: string; from: number; length: number }[] => {
  const words: { text: string; from: number; length: number }[] = [];
  let blanks = 0;
  for (const [index, text] of cells.entries()) {
    if (text === ' ') {
      blanks += 1;
      continue;
    }
    const last = words.at(-1);
    if (last !== undefined && blanks < 2) {
      last.text += ' '.repeat(blanks) + text;
      last.length = index + 1 - last.from;
    } else words.push({ text, from: index, length: 1 });
    blanks = 0;
  }
  return words;
};

const styleOf = ({ foreground: ink, background: paper, inverse, bold, dim }: Cell): Style => {
  const [front, back] = [hex(ink), hex(paper)];
  return inverse
    ? { ink: back ?? background, paper: front ?? foreground, bold, dim }
    : { ink: front ?? foreground, paper: back, bold, dim };
};

const sameStyle = (left: Style, right: Style): boolean =>
  left.ink === right.ink && left.paper === right.paper && left.bold === right.bold && left.dim === right.dim;

/** The 6×6×6 cube and the greys of a 256-colour terminal, as xterm mixes them. */
const hex = (colour: Colour): string | null => {
  if (colour === null || typeof colour === 'string') return colour;
  const byName = named[colour];
  if (byName !== undefined) return byName;
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = colour - 16;
  const parts =
    colour >= 232
      ? Array.from({ length: 3 }, () => 8 + 10 * (colour - 232))
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
};

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
