import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { contains, holding } from './time-interval.ts';

const intervalsOf = (intervals: string) =>
  readConfig(
    'alertmanager.yml',
    `route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [${intervals}]}]`,
  ).timeIntervals;

const holds = (interval: string, moment: string): boolean => {
  const [only] = intervalsOf(interval).get('x') ?? [];
  return contains(only!, Date.parse(moment));
};

// 2026-11-23 is a Monday.
test.each([
  ['{}', '2026-11-23T12:00:00Z', true],
  ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-11-23T09:00:00Z', true],
  ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-11-23T16:59:59Z', true],
  ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-11-23T17:00:00Z', false],
  [
    "{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]}",
    '2026-11-23T23:59:59Z',
    true,
  ],
  ["{times: [{start_time: '09:00', end_time: '17:00'}], location: Europe/Berlin}", '2026-11-23T08:00:00Z', true],
  ["{times: [{start_time: '09:00', end_time: '17:00'}], location: Europe/Berlin}", '2026-07-23T07:00:00Z', true],
  ["{times: [{start_time: '09:00', end_time: '17:00'}], location: America/New_York}", '2026-11-23T13:59:00Z', false],
  ['{weekdays: [monday]}', '2026-11-23T00:00:00Z', true],
  ["{weekdays: ['Tuesday:friday', sunday]}", '2026-11-23T00:00:00Z', false],
  ["{weekdays: ['tuesday:friday', sunday]}", '2026-11-22T00:00:00Z', true],
  ['{weekdays: [tuesday], location: Asia/Tokyo}', '2026-11-23T16:00:00Z', true],
  ["{days_of_month: ['1:5', 23]}", '2026-11-23T00:00:00Z', true],
  ["{days_of_month: ['-3:-1']}", '2026-11-28T00:00:00Z', true],
  ["{days_of_month: ['-3:-1']}", '2026-11-27T00:00:00Z', false],
  ["{days_of_month: ['-1']}", '2028-02-29T00:00:00Z', true],
  ["{days_of_month: ['-1']}", '2028-02-28T00:00:00Z', false],
  ["{days_of_month: ['30:31']}", '2026-02-28T00:00:00Z', false],
  ['{months: [november]}', '2026-11-23T00:00:00Z', true],
  ["{months: ['1:3', 'june:august']}", '2026-11-23T00:00:00Z', false],
  ["{years: ['2025:2026']}", '2026-12-31T23:59:59Z', true],
  ['{years: [2025]}', '2026-01-01T00:00:00Z', false],
  ['{weekdays: [monday], months: [december]}', '2026-11-23T00:00:00Z', false],
])('%s at %s: %s', (interval, moment, expected) => {
  expect(holds(interval, moment)).toBe(expected);
});

test('one of several intervals of a name is enough', () => {
  const intervals = intervalsOf('{months: [may]}, {months: [november]}');
  expect(holding(['x', 'unknown'], intervals, Date.parse('2026-11-23T00:00:00Z'))).toEqual(['x']);
  expect(holding(['x'], intervals, Date.parse('2026-10-23T00:00:00Z'))).toEqual([]);
});

test.each([
  ["{times: [{start_time: '9:00', end_time: '25:00'}]}", 'start_time must be a time like 09:00'],
  ["{times: [{start_time: '24:01', end_time: '25:00'}]}", 'end_time must be a time like 09:00'],
  ["{times: [{start_time: '09:00'}]}", 'must have a start_time and an end_time'],
  ["{times: [{start_time: '22:00', end_time: '06:00'}]}", 'start_time must be before end_time'],
  ["{weekdays: ['friday:monday']}", '"friday:monday" ends before it begins'],
  ['{days_of_month: [0]}', 'must be a day from 1 to 31'],
  ["{days_of_month: ['-1:5']}", 'ends before it begins'],
  ["{days_of_month: ['-1:-3']}", 'ends before it begins'],
  ['{months: [13]}', 'must be a month'],
  ["{months: ['may:april']}", 'ends before it begins'],
  ["{years: ['2026:2025']}", 'ends before it begins'],
  ["{years: ['a:b:c']}", 'must be a year'],
  ['{location: Mars/Base}', 'nobody knows the time zone "Mars/Base"'],
  ['{day: [monday]}', 'day is not supported'],
])('%s is refused', (interval, message) => {
  expect(() => intervalsOf(interval)).toThrow(message);
});
