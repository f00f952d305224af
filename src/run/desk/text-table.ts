/** Rows as people read them in a terminal, in the manner of psql: columns aligned, numbers to the right. */
import stringWidth from 'string-width';

export type Column = { readonly name: string; readonly numeric: boolean };

const cellWidthMax = 300;

/** @param rows Texts; null where there is nothing. */
export const textTable = (
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
): readonly string[] => {
  const heads = columns.map(({ name }) => oneLine(name));
  const cells = rows.map((row) => columns.map((_, index) => oneLine(row[index] ?? '')));
  const widths = heads.map((head, index) =>
    Math.max(stringWidth(head), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  const line = (texts: readonly string[], numeric: (index: number) => boolean): string =>
    texts
      .map((text, index) => {
        const gap = ' '.repeat((widths[index] ?? 0) - stringWidth(text));
        return ` ${numeric(index) ? gap + text : text + gap} `;
      })
      .join('|')
      .trimEnd();
  return [
    line(heads, () => false),
    widths.map((width) => '-'.repeat(width + 2)).join('+'),
    ...cells.map((row) => line(row, (index) => columns[index]?.numeric === true)),
  ];
};

/** A line break or a tab would tear the columns apart. */
const oneLine = (text: string): string => {
  const flat = text.replaceAll(/[\r\n\t]+/g, ' ');
  return flat.length > cellWidthMax ? `${flat.slice(0, cellWidthMax - 1)}…` : flat;
};

export const countOf = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`;
