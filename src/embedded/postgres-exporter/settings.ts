/**
 * `pg_settings_*`: every setting that is a number or a switch, in base units. There are some three hundred and they
 * change only when the server re-reads its configuration, so they are asked for only after that: each session knows
 * when it last did (`pg_conf_load_time()`), and a restarted server has new sessions.
 */
import { sampleLine } from './exposition.ts';

/**
 * One row per setting: name, setting, unit, when the configuration was loaded. No row while that is still `loadedAt`;
 * the condition names no column, so the server then does not even walk through its settings.
 */
export const settingsSql = (loadedAt: string): string => `
  SELECT name, setting, unit, pg_conf_load_time() FROM pg_settings
  WHERE vartype IN ('bool', 'integer', 'real') AND pg_conf_load_time()::text <> '${loadedAt}'`;

export type SettingRow = readonly [name: string, setting: string, unit: string | null, loadedAt: string];

/** Ending of the metric's name, and the base units in one of these as a fraction: 1 ms is 1/1000 s, exactly. */
const units: Readonly<Record<string, readonly [suffix: string, times: number, over: number]>> = {
  ms: ['_seconds', 1, 1_000],
  s: ['_seconds', 1, 1],
  min: ['_seconds', 60, 1],
  h: ['_seconds', 3_600, 1],
  d: ['_seconds', 86_400, 1],
  B: ['_bytes', 1, 1],
  kB: ['_bytes', 2 ** 10, 1],
  MB: ['_bytes', 2 ** 20, 1],
  GB: ['_bytes', 2 ** 30, 1],
  TB: ['_bytes', 2 ** 40, 1],
};

/** The value in base units. A unit may have a factor (`8kB`); -1 means "off" or "no limit" in any unit. */
const inBaseUnit = (setting: string, unit: string | null): { readonly value: number; readonly suffix: string } => {
  if (setting === 'on' || setting === 'off') return { value: setting === 'on' ? 1 : 0, suffix: '' };
  const value = Number(setting);
  const [, factor = '', name = ''] = /^(\d*)(\D+)$/.exec(unit ?? '') ?? [];
  const [suffix, times, over] = units[name] ?? ['', 1, 1];
  return { value: value === -1 ? -1 : (value * Number(factor || 1) * times) / over, suffix };
};

/** The settings in the exposition format. */
export const settingsText = (rows: readonly SettingRow[]): string =>
  rows
    .map(([name, setting, unit]) => {
      const { value, suffix } = inBaseUnit(setting, unit);
      const metric = `pg_settings_${name.replaceAll(/[.-]/g, '_')}${suffix}`;
      return `# TYPE ${metric} gauge\n${sampleLine(metric, [], [], String(value))}`;
    })
    .join('');
