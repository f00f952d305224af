/** What the same facts are called: rule files are written for the names of one exporter or of another. */
import { cloudNativePg } from './cloudnative-pg.ts';
import type { Collector } from './collectors.ts';
import { postgresExporter } from './collectors.ts';
import type { SettingRow } from './settings.ts';

export type Dialect = {
  readonly collectors: readonly Collector[];
  readonly settingsText: (rows: readonly SettingRow[]) => string;
  /** True for every scrape, also a failed one: whether there was an answer, how long it took, how many there were. */
  readonly ownText: (isUp: boolean, durationMs: number, scrapes: number) => string;
};

export const dialects = {
  postgres_exporter: postgresExporter,
  'cloudnative-pg': cloudNativePg,
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
