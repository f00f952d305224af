/**
 * An area chart in Braille: each cell is two values wide and four dots high. Pure: values in, lines out. Where nothing was
 * measured nothing is drawn; a measured zero is one dot, so that silence and calm look different.
 */

export type ChartOptions = {
  readonly ascii: boolean;
  /** Value at the upper edge; more than 0. */
  readonly top: number;
  /** Drawn as a line where the area leaves room for it. */
  readonly limit?: number | null;
};

/** How many values a chart of `width` cells takes. */
export const valuesAcross = (width: number, { ascii }: { readonly ascii: boolean }): number =>
  ascii ? width : 2 * width;

/** @param values `valuesAcross(width)` of them, oldest first; null: nothing was measured. */
export const areaChart = (
  values: readonly (number | null)[],
  width: number,
  height: number,
  { ascii, top, limit = null }: ChartOptions,
): readonly string[] => {
  const levels = (ascii ? 3 : 4) * height;
  const dots = values.map((value) => (value === null ? 0 : level(value, top, levels)));
  const limitRow =
    limit === null || limit > top || limit < 0 ? -1 : height - Math.ceil(level(limit, top, levels) / (levels / height));
  return Array.from({ length: height }, (_, row) => {
    const below = (levels / height) * (height - 1 - row);
    let line = '';
    for (let cell = 0; cell < width; cell++) {
      const drawn = ascii
        ? asciiCell((dots[cell] ?? 0) - below)
        : brailleCell((dots[2 * cell] ?? 0) - below, (dots[2 * cell + 1] ?? 0) - below);
      line += drawn === ' ' && row === limitRow ? (ascii ? '-' : '┄') : drawn;
    }
    return line;
  });
};

const level = (value: number, top: number, levels: number): number =>
  Math.max(1, Math.min(levels, Math.round((value / top) * levels)));

/** Dots filled from below: bits of the left and the right column, by how many. */
const left = [0, 0x40, 0x44, 0x46, 0x47] as const;
const right = [0, 0x80, 0xa0, 0xb0, 0xb8] as const;

const brailleCell = (leftDots: number, rightDots: number): string => {
  const bits = (left[clamped(leftDots, 4)] ?? 0) | (right[clamped(rightDots, 4)] ?? 0);
  return bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits);
};

const asciiCell = (filled: number): string => [' ', '.', ':', '#'][clamped(filled, 3)] ?? ' ';

const clamped = (count: number, most: number): number => Math.max(0, Math.min(most, count));

/** The next round number at or above `value`, so that an axis does not jump with every measurement. */
export const roundTop = (value: number): number => {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
};
