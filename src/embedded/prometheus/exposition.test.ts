import { expect, test } from 'vitest';
import { labelsOf, showLabels } from '../../promql/labels.ts';
import { ExpositionReader } from './exposition.ts';

const read = (text: string): readonly string[] =>
  new ExpositionReader(showLabels)
    .read(text)
    .map(({ series, value, timeMs }) => `${series} ${value}${timeMs === undefined ? '' : ` at ${timeMs}`}`);

test.each([
  ['x 1\n', ['x{} 1']],
  ['x{a="b",c="d",} 1e5\n', ['x{a="b", c="d"} 100000']],
  ['  x{ a = "b" }\t+Inf  \n', ['x{a="b"} Infinity']],
  ['x -Inf\nx2 NaN\n', ['x{} -Infinity', 'x2{} NaN']],
  ['x 1 1719000000123\n', ['x{} 1 at 1719000000123']],
  ['x{a="} 1"} 2\n', ['x{a="} 1"} 2']],
  ['x{a="\\\\ \\" \\n"} 2\n', ['x{a="\\\\ \\" \\n"} 2']],
  ['x{a="two\nlines"} 2\ny 3\n', ['x{a="two\\nlines"} 2', 'y{} 3']],
  ['{"dotted.name",a="b"} 2\n', ['dotted.name{a="b"} 2']],
  ['# HELP x Some help\n# TYPE x counter\n# just a comment\n\nx 1\n', ['x{} 1']],
  [
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n',
    ['h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 1'],
  ],
  ['# TYPE g gauge\ng{le="1"} 1\n', ['g{le="1"} 1']],
  ['', []],
])('%j is read', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['x 1', 'the last line does not end'],
  ['x\n', 'line 1: "x" is not a sample'],
  ['x one\n', 'line 1: "x one" is not a sample'],
  ['x 0x1F\n', 'line 1: "x 0x1F" is not a sample'],
  ['x 1_000\n', 'line 1: "x 1_000" is not a sample'],
  ['x{a=b} 1\n', 'line 1: "x{a=b} 1" is not a sample'],
  ['x{a="b" c="d"} 1\n', 'line 1: "x{a=\\"b\\" c=\\"d\\"} 1" is not a sample'],
  ['x{a="b} 1\n', 'line 1: "x{a=\\"b} 1" is not a sample'],
  ['{a="b"} 1\n', 'line 1: "{a=\\"b\\"} 1" is not a sample'],
  ['x 1 -5\n', 'line 1: "x 1 -5" is not a sample'],
  ['# TYPE x odd\nx 1\n', 'invalid metric type "odd"'],
  ['good 1\n1bad 2\n', 'line 2: "1bad 2" is not a sample'],
])('%j is refused as a whole', (text, reason) => {
  expect(() => read(text)).toThrow(reason);
});

test('the labels of a line are parsed once, however often it comes', () => {
  const identified: string[] = [];
  const reader = new ExpositionReader((labels) => {
    identified.push(showLabels(labels));
    return labels;
  });
  const values = ['x{a="b"} 1\ny 2\n', 'x{a="b"} 3\ny 4 5\n', 'x{a="b"}5\n'].map((text) =>
    reader.read(text).map(({ value }) => value),
  );
  expect(values).toEqual([[1, 2], [3, 4], [5]]);
  expect(identified).toEqual(['x{a="b"}', 'y{}']);
});

test('a line that begins like a known series is still read to its end', () => {
  const reader = new ExpositionReader(showLabels);
  reader.read('x 1\n');
  expect(reader.read('x {a="b"} 2\n')).toEqual([
    {
      series: showLabels(
        labelsOf([
          ['__name__', 'x'],
          ['a', 'b'],
        ]),
      ),
      value: 2,
    },
  ]);
});
