import { expect, test } from 'vitest';
import { textTable } from './text-table.ts';

test('wide characters, breaks and nothing at all keep their columns', () => {
  const columns = [
    { name: 'who', numeric: false },
    { name: 'n', numeric: true },
  ];
  const rows = [['日本', '7'], ['a\nb\tc', '12'], [null]] as const;
  expect(textTable(columns, rows)).toEqual([' who   | n', '-------+----', ' 日本  |  7', ' a b c | 12', '       |']);
  expect(textTable(columns, [])).toEqual([' who | n', '-----+---']);
});

test('a cell that is very long is cut', () => {
  const [, , line = ''] = textTable([{ name: 'q', numeric: false }], [['x'.repeat(5_000)]]);
  expect(line).toHaveLength(301);
  expect(line.endsWith('…')).toBe(true);
});
