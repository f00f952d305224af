import { expect, test } from 'vitest';
import { answer, seriesOf } from './written-series.fixture.ts';

const source = seriesOf('1m', {
  'used{shop="a",pool="x"}': '1',
  'used{shop="a",pool="y"}': '3',
  'used{shop="b",pool="x"}': 'NaN',
  'used{shop="b",pool="y"}': '5',
});

test.each([
  ['sum(used{shop="a"})', ['{} 4']],
  ['sum by (shop) (used)', ['{shop="a"} 4', '{shop="b"} NaN']],
  ['sum without (shop) (used)', ['{pool="x"} NaN', '{pool="y"} 8']],
  ['count by (shop, nosuch) (used)', ['{shop="a"} 2', '{shop="b"} 2']],
  ['count by (__name__) (used)', ['used{} 4']],
  ['avg(used{shop="a"})', ['{} 2']],
  ['min by (shop) (used)', ['{shop="a"} 1', '{shop="b"} 5']],
  ['max(used{pool="x",shop="b"})', ['{} NaN']],
  ['group by (pool) (used)', ['{pool="x"} 1', '{pool="y"} 1']],
  ['stddev(used{shop="a"})', ['{} 1']],
  ['stdvar(used)', ['{} NaN']],
  ['quantile(0.5, used{shop="a"})', ['{} 2']],
  ['quantile(2, used)', ['{} +Inf']],
  ['topk(1, used)', ['used{pool="y", shop="b"} 5']],
  ['topk by (shop) (1, used)', ['used{pool="y", shop="a"} 3', 'used{pool="y", shop="b"} 5']],
  ['bottomk(9, used{shop="b"})', ['used{pool="y", shop="b"} 5', 'used{pool="x", shop="b"} NaN']],
  ['topk(0, used)', []],
  ['topk(NaN, used)', ['Parameter value is NaN']],
  ['count_values("n", used{shop="a"} > bool 0)', ['{n="1"} 2']],
  ['count(nosuch)', []],
])('%s', (text, expected) => {
  expect(answer(text, source, '0s')).toEqual(expected);
});

test('a sum does not lose small numbers beside large ones', () => {
  const mixed = seriesOf('1m', { 'x{a="1"}': '1e100', 'x{a="2"}': '1', 'x{a="3"}': '-1e100' });
  expect(answer('sum(x)', mixed, '0s')).toEqual(['{} 1']);
});
