import { expect, test } from 'vitest';
import { settingsText } from './settings.ts';

const value = (setting: string, unit: string | null): string =>
  settingsText([['a.b-c', setting, unit, '']]).split('\n')[1] ?? '';

test('settings are named after their base unit and converted to it', () => {
  expect(value('16384', '8kB')).toBe('pg_settings_a_b_c_bytes 134217728');
  expect(value('9', 'ms')).toBe('pg_settings_a_b_c_seconds 0.009');
  expect(value('2', 'min')).toBe('pg_settings_a_b_c_seconds 120');
  expect(value('0.5', null)).toBe('pg_settings_a_b_c 0.5');
});

test('-1 keeps its meaning in every unit, and switches are 0 and 1', () => {
  expect(value('-1', 'ms')).toBe('pg_settings_a_b_c_seconds -1');
  expect([value('on', null), value('off', null)]).toEqual(['pg_settings_a_b_c 1', 'pg_settings_a_b_c 0']);
});
