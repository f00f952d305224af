import { expect, test } from 'vitest';
import { commonLabels, compareLabels, fingerprint, showLabels } from './labels.ts';

test('an alert has the fingerprint that Alertmanager gives it, in whatever order its labels come', () => {
  // Recorded from Alertmanager 0.25.
  const labels = { severity: 'warning', alertname: 'HighErrors', instance: 'a', cluster: 'c1' };
  expect(fingerprint(labels)).toBe('e4b280d12de32d52');
  expect(fingerprint({ ...labels, instance: 'b' })).toBe('dfe6768b6b335fdf');
});

test('the common labels are those with the same value everywhere', () => {
  expect(
    commonLabels([
      { a: '1', b: '2' },
      { b: '2', a: '3' },
    ]),
  ).toEqual({ b: '2' });
  expect(commonLabels([{ a: '1' }, {}])).toEqual({});
  expect(commonLabels([])).toEqual({});
});

test('labels are printed sorted and quoted', () => {
  expect(showLabels({ b: 'say "hi"', a: '1' })).toBe(String.raw`{a="1", b="say \"hi\""}`);
  expect(showLabels({})).toBe('{}');
});

test('smaller label sets sort first, then the first name that differs decides; lacking it comes before any value', () => {
  const sets = [{ a: '2', b: '1' }, { a: '1', b: '2' }, { b: '0' }, { a: '1', c: '0' }];
  expect(sets.toSorted(compareLabels)).toEqual([
    { b: '0' },
    { a: '1', c: '0' },
    { a: '1', b: '2' },
    { a: '2', b: '1' },
  ]);
});
