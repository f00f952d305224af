/** Which drills can be compared, and what is said of them. */
import { expect, test } from 'vitest';
import { minutes, ms } from '../../units.ts';
import { comparableDrills, spreadWords, type PlayedDrill } from './comparable-drills.ts';
import { historyLines } from './history-lines.ts';

const drill = (day: number, total: number | null, part: Partial<PlayedDrill> = {}): PlayedDrill => ({
  runId: `202611${String(day).padStart(2, '0')}-100000-a3f0`,
  experiment: 'web-stack-outage',
  when: `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`,
  mode: 'evaluation',
  timeScale: 5,
  environment: 'embedded',
  scoring: 'v1',
  team: total === null ? null : { total, low: total - 5, high: total + 3 },
  readiness: 78,
  confirmedMs: ms(minutes(20) + 10_000),
  ...part,
});

test('drills measured as the newest one was are comparable, oldest first; others are counted with what differs', () => {
  const found = comparableDrills(
    [
      drill(20, 67),
      drill(2, 41),
      drill(5, 99, { timeScale: 10 }),
      drill(6, 98, { timeScale: 10 }),
      drill(7, null, { mode: 'training' }),
      drill(8, 97, { scoring: 'v0', environment: 'attached' }),
      drill(9, 96, { experiment: 'another' }),
    ],
    'web-stack-outage',
  );
  expect(found?.yardstick).toBe('evaluation, k 5, embedded, scoring v1');
  expect(found?.drills.map(({ when }) => when.slice(0, 10))).toEqual(['2026-11-02', '2026-11-20']);
  expect(found?.others).toEqual([
    { differs: 'k 10', count: 2 },
    { differs: 'training', count: 1 },
    { differs: 'attached, scoring v0', count: 1 },
  ]);
  expect(comparableDrills([], 'web-stack-outage')).toBeNull();
});

test('fewer than five have their extremes and a warning, five and more a median, and none a trend', () => {
  expect(spreadWords([])).toBe('');
  expect(spreadWords([67.4])).toBe('one drill: 67');
  expect(spreadWords([67, 41, 55, 61])).toBe('41 to 67; with 4 drills, a change of 20 % is within luck');
  expect(spreadWords([67, 41, 55, 61, 58])).toBe('median 58, 41 to 67');
  expect(spreadWords([67, 41, 55, 61, 58, 60])).toBe('median 59, 41 to 67');
});

test('a drill is a line with its date, its total on a scale with its range, and its times', () => {
  const all = [
    drill(2, 41),
    drill(20, 67, { confirmedMs: null, readiness: null }),
    drill(7, null, { mode: 'training' }),
  ];
  expect(historyLines(all, 'web-stack-outage', { width: 76 })).toEqual([
    '2 comparable: evaluation, k 5, embedded, scoring v1',
    '',
    'date        TEAM          0           50         100  READINESS  confirmed',
    '2026-11-02  41 (36-44)    ·········─●─··············         78      20:10',
    '2026-11-20  67 (62-70)    ················─●─·······          -      never',
    '',
    'TEAM 41 to 67; with 2 drills, a change of 20 % is within luck',
    'Whoever has seen an outage before is quicker: memory is measured, too.',
    '',
    'Not comparable: 1 (training)',
  ]);
});

test('in a narrow terminal the scale goes before the numbers do; training has none', () => {
  const lines = historyLines([drill(2, 41)], 'web-stack-outage', { width: 56 });
  expect(lines).toContain('2026-11-02  41 (36-44)           78      20:10');
  expect(lines.every((line) => line.length <= 56)).toBe(true);
  const training = historyLines([drill(2, null, { mode: 'training' })], 'web-stack-outage', { width: 76 });
  expect(training).toContain('Training has no TEAM score: it is for learning.');
  expect(training).toContain('2026-11-02  -                    78      20:10');
});

test('without Unicode it is drawn with plain letters', () => {
  const lines = historyLines([drill(2, 41)], 'web-stack-outage', { width: 116, ascii: true });
  expect(lines.join('')).toMatch(/\.{14}-{2}o-\.+/);
});
