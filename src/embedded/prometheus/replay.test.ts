import { expect, test } from 'vitest';
import { noLabels, showLabels } from '../../promql/labels.ts';
import { labelsIn, pointsIn } from '../../promql/series-notation.ts';
import { ms } from '../../units.ts';
import { replay, type Replayed } from './replay.ts';
import { readRules } from './rule-files.ts';
import { SeriesStore } from './store.ts';

/** One sample a second from 0 on; rules are evaluated every second. */
const replayed = (rules: string, series: Readonly<Record<string, string>>, toMs = 20_000): Replayed => {
  const store = new SeriesStore(ms(Infinity));
  for (const [name, points] of Object.entries(series))
    for (const [index, point] of pointsIn(points).entries())
      if (typeof point === 'number') store.append(store.seriesOf(labelsIn(name)), index * 1_000, point);
  const { groups, problems } = readRules('rules.yml', rules);
  expect(problems).toEqual([]);
  const span = { fromMs: 0, toMs, evaluationIntervalMs: ms(1_000), lookbackMs: 5_000 };
  return replay(groups, store, { ...span, externalLabels: noLabels });
};

const rounded = ({ firings }: Replayed): readonly string[] =>
  firings.map(({ labels, pendedMs, firedMs, resolvedMs }) => {
    const at = (timeMs: number | undefined): string =>
      timeMs === undefined ? '-' : String(Math.floor(timeMs / 1_000));
    return `${showLabels(labels)} ${at(pendedMs)} ${at(firedMs)} ${at(resolvedMs)}`;
  });

test('an alert pends, fires and resolves at the moments of the grid, again and again', () => {
  const rules = 'groups: [{ name: g, rules: [{ alert: High, expr: x > 5, for: 2s }] }]';
  expect(rounded(replayed(rules, { 'x{a="1"}': '0x2 9x3 0 9x3 0x9', 'x{a="2"}': '0x9 9 0x9' }))).toEqual([
    '{a="1", alertname="High"} 3 5 7',
    '{a="1", alertname="High"} 8 10 12',
  ]);
});

test('an alert that fires to the end is not resolved', () => {
  const rules = 'groups: [{ name: g, rules: [{ alert: High, expr: x > 5 }] }]';
  expect(rounded(replayed(rules, { x: '0x9 9x20' }, 12_000))).toEqual(['{alertname="High"} 10 10 -']);
});

test('what one group records, another one sees', () => {
  const rules = `groups:
  - { name: uses, rules: [{ alert: High, expr: 'x:double > 5' }] }
  - { name: records, rules: [{ record: 'x:double', expr: 2 * x }] }
`;
  expect(rounded(replayed(rules, { x: '0x9 3x20' })).join()).toMatch(/^\{alertname="High"\} 1[01] /);
});

test('a rule that the data make impossible is named with the reason', () => {
  const rules = 'groups: [{ name: g, rules: [{ record: r, expr: x * on () group_left () y }] }]';
  const { failures } = replayed(rules, { x: '1x20', 'y{a="1"}': '1x20', 'y{a="2"}': '1x20' });
  expect([...failures]).toEqual([['r', expect.stringContaining('many-to-many matching not allowed')]]);
});

test('nothing recorded is nothing fired', () => {
  expect(replayed('groups: []', {}).firings).toEqual([]);
});
