import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

const openMetrics = (text: string): readonly string[] =>
  new ExpositionReader(showLabels)
    .read(text, 'openmetrics')
    .map(({ series, value, timeMs }) => `${series} ${value}${timeMs === undefined ? '' : ` at ${timeMs}`}`);

test.each([
  [
    '# TYPE x counter\n# UNIT x seconds\nx_total 1\nx_created 1.5e9\n# EOF\n',
    ['x_total{} 1', 'x_created{} 1500000000'],
  ],
  ['x 1 1719000000.123\n# EOF', ['x{} 1 at 1719000000123']],
  ['x{a="b"} 1 # {trace_id="} 7"} 0.5 1.25\n# EOF\n', ['x{a="b"} 1']],
  ['x 1 5.5 # {} 0.5\n# EOF\n', ['x{} 1 at 5500']],
  ['# TYPE h gaugehistogram\nh_bucket{le="1"} 1\n# EOF\n', ['h_bucket{le="1.0"} 1']],
  ['# EOF\n', []],
])('%j is read as OpenMetrics', (text, expected) => {
  expect(openMetrics(text)).toEqual(expected);
});

test.each([
  ['x 1\n', 'data does not end with # EOF'],
  ['x  1\n# EOF\n', 'is not a sample'],
  ['# TYPE x untyped\nx 1\n# EOF\n', 'invalid metric type "untyped"'],
])('%j is refused as OpenMetrics', (text, reason) => {
  expect(() => openMetrics(text)).toThrow(reason);
});

test('compat 2 leaves the bounds of buckets as they were written', () => {
  const text = '# TYPE h histogram\nh_bucket{le="1"} 1\n';
  expect(new ExpositionReader(showLabels, 2).read(text).map(({ series }) => series)).toEqual(['h_bucket{le="1"}']);
});

test('lines that come, go or change places between scrapes are read as what they are', () => {
  const reader = new ExpositionReader(showLabels);
  const seen = (text: string): readonly string[] => reader.read(text).map(({ series, value }) => `${series} ${value}`);
  expect(seen('a 1\nb 2\nc 3\n')).toEqual(['a{} 1', 'b{} 2', 'c{} 3']);
  expect(seen('a 4\nnew 5\nb 6\nc 7\n')).toEqual(['a{} 4', 'new{} 5', 'b{} 6', 'c{} 7']);
  expect(seen('c 8\na 9\n')).toEqual(['c{} 8', 'a{} 9']);
  expect(seen('ab 1\nc1 2\nc 3\na 4\na 5\n')).toEqual(['ab{} 1', 'c1{} 2', 'c{} 3', 'a{} 4', 'a{} 5']);
  expect(seen('')).toEqual([]);
});

test('a series that is new keeps nothing in memory but itself, however long the text that showed it', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const reader = new ExpositionReader((labels) => labels);
  let shown = '';
  const scrape = (id: number): void => {
    shown += `metric_with_a_long_name{id="of-more-than-a-dozen-characters-${id}"} 1\n`;
    reader.read(Buffer.from(`${shown}# HELP x ${'long '.repeat(200_000)}\n`).toString());
  };
  scrape(0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let id = 1; id <= 30; id++) scrape(id);
  collectGarbage();
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(5);
});
