import { expect, test } from 'vitest';
import { answer, seriesOf } from './written-series.fixture.ts';

const source = seriesOf('1m', {
  'errors{route="a",code="500"}': '1',
  'errors{route="a",code="503"}': '2',
  'errors{route="b",code="500"}': '3',
  'requests{route="a"}': '10',
  'requests{route="b"}': '10',
  'limits{route="a",owner="team-1"}': '2',
});

test.each([
  ['2 ^ 0.5 ^ 0', '2'],
  ['1 ^ NaN', '1'],
  ['-7 % 3', '-1'],
  ['1 / 0', '+Inf'],
  ['0 / 0', 'NaN'],
  ['NaN == bool NaN', '0'],
  ['NaN != bool NaN', '1'],
])('%s is %s', (text, value) => {
  expect(answer(text, source, '0s')).toEqual([value]);
});

test('a comparison with a number filters, and keeps the name and the value of the vector on either side', () => {
  expect(answer('requests > 9', source, '0s')).toEqual(['requests{route="a"} 10', 'requests{route="b"} 10']);
  expect(answer('2 < errors', source, '0s')).toEqual(['errors{code="500", route="b"} 3']);
  expect(answer('errors > 3', source, '0s')).toEqual([]);
});

test('with bool every element stays, as 1 or 0 and without its name', () => {
  expect(answer('errors{route="a"} > bool 1', source, '0s')).toEqual([
    '{code="500", route="a"} 0',
    '{code="503", route="a"} 1',
  ]);
});

test('elements find each other by all labels but the name, or by those given', () => {
  expect(answer('requests - requests', source, '0s')).toEqual(['{route="a"} 0', '{route="b"} 0']);
  expect(answer('requests / limits', source, '0s')).toEqual([]);
  expect(answer('requests / on(route) limits', source, '0s')).toEqual(['{route="a"} 5']);
  expect(answer('requests / ignoring(owner) limits', source, '0s')).toEqual(['{route="a"} 5']);
});

test('many elements meet one only when that is said, and then keep their own labels', () => {
  expect(answer('errors / on(route) requests', source, '0s')).toEqual([
    'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
  ]);
  expect(answer('errors / on(route) group_left requests', source, '0s')).toEqual([
    '{code="500", route="a"} 0.1',
    '{code="503", route="a"} 0.2',
    '{code="500", route="b"} 0.3',
  ]);
  expect(answer('limits * on(route) group_right(owner) errors', source, '0s')).toEqual([
    '{code="500", owner="team-1", route="a"} 2',
    '{code="503", owner="team-1", route="a"} 4',
  ]);
});

test('a second element on the one side is an error, even one that nothing would match', () => {
  expect(answer('requests / on(route) errors', source, '0s')[0]).toMatch(/^found duplicate series for the match group/);
  expect(answer('limits / ignoring(code, owner) errors', source, '0s')[0]).toMatch(/^found duplicate series/);
});

test('with nothing on one side there is nothing and no error', () => {
  expect(answer('nosuch / on(route) errors', source, '0s')).toEqual([]);
});

test('set operators keep elements as they are', () => {
  expect(answer('errors and on(route) limits', source, '0s')).toEqual([
    'errors{code="500", route="a"} 1',
    'errors{code="503", route="a"} 2',
  ]);
  expect(answer('errors unless on(route) limits', source, '0s')).toEqual(['errors{code="500", route="b"} 3']);
  expect(answer('limits or on(route) requests', source, '0s')).toEqual([
    'limits{owner="team-1", route="a"} 2',
    'requests{route="b"} 10',
  ]);
  expect(answer('requests and on() vector(1)', source, '0s')).toHaveLength(2);
  expect(answer('requests and nosuch', source, '0s')).toEqual([]);
});

test('a filter between vectors keeps the name unless on takes it away', () => {
  expect(answer('requests >= requests', source, '0s')).toHaveLength(2);
  expect(answer('requests{route="a"} > ignoring(owner) limits', source, '0s')).toEqual(['requests{route="a"} 10']);
  expect(answer('requests > on(route) limits', source, '0s')).toEqual(['{route="a"} 10']);
});
