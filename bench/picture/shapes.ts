/** Characters that are drawings: Braille, frames and blocks as the path of their cell. */

/** @returns The path in the cell at (x, y); undefined for what is a letter. */
export const shapeOf = (text: string, x: number, y: number, { width, height }: CellSize): string | undefined => {
  const code = text.codePointAt(0) ?? 0;
  const at = (left: number, top: number, right: number, bottom: number): string =>
    `M${round(x + left * width)} ${round(y + top * height)}h${round((right - left) * width)}v${round((bottom - top) * height)}h${round((left - right) * width)}z`;
  if (code > braille && code <= braille + 0xff)
    return [0, 1]
      .flatMap((column) =>
        barsOf(code - braille, column).map(([top, bottom]) =>
          at(column / 2 + 0.05, top / 4, (column + 1) / 2 - 0.05, bottom / 4),
        ),
      )
      .join('');
  if (code > lowerBlock && code <= lowerBlock + 8) return at(0, 1 - (code - lowerBlock) / 8, 1, 1);
  if (text === '▌') return at(0, 0, 0.5, 1);
  return frames[text]?.map((arm) => at(...arms[arm])).join('');
};

export type CellSize = { readonly width: number; readonly height: number };

const braille = 0x28_00;
const lowerBlock = 0x25_80;

/** The bits of each column's four dots, from the top (Unicode, Braille Patterns). */
const dots = [
  [0, 1, 2, 6],
  [3, 4, 5, 7],
] as const;

/** Dots that touch, as one bar: where it begins and ends, in rows of dots. A chart is made of little else. */
const barsOf = (pattern: number, column: number): readonly (readonly [number, number])[] => {
  const bars: [number, number][] = [];
  for (const [row, bit] of (dots[column] ?? []).entries()) {
    if ((pattern & (1 << bit)) === 0) continue;
    const last = bars.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else bars.push([row, row + 1]);
  }
  return bars;
};

type Arm = 'left' | 'right' | 'up' | 'down' | 'first' | 'last';

/** Lines from the middle of the cell to its edges, as shares of it: left, top, right, bottom. */
const arms: Readonly<Record<Arm, readonly [number, number, number, number]>> = {
  left: [0, 0.47, 0.56, 0.53],
  right: [0.44, 0.47, 1, 0.53],
  up: [0.44, 0, 0.56, 0.53],
  down: [0.44, 0.47, 0.56, 1],
  first: [0.1, 0.47, 0.4, 0.53],
  last: [0.6, 0.47, 0.9, 0.53],
};

const frames: Readonly<Record<string, readonly Arm[]>> = {
  '─': ['left', 'right'],
  '│': ['up', 'down'],
  '┌': ['right', 'down'],
  '╭': ['right', 'down'],
  '┐': ['left', 'down'],
  '╮': ['left', 'down'],
  '└': ['right', 'up'],
  '╰': ['right', 'up'],
  '┘': ['left', 'up'],
  '╯': ['left', 'up'],
  '├': ['up', 'down', 'right'],
  '┤': ['up', 'down', 'left'],
  '┬': ['left', 'right', 'down'],
  '┴': ['left', 'right', 'up'],
  '┼': ['left', 'right', 'up', 'down'],
  '┄': ['first', 'last'],
  '╌': ['first', 'last'],
};

const round = (value: number): number => Math.round(value * 100) / 100;
