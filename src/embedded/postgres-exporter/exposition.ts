/** Prometheus' text format, version 0.0.4. */
import type { Collector, Metric } from './collectors.ts';

export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** As the server sent it, with text values; NULL is null. */
export type Row = readonly (string | null)[];

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (value: string): string => value.replaceAll(/[\\"\n]/g, (c) => escapes[c] ?? c);

export const sampleLine = (name: string, labels: readonly string[], values: Row, value: string): string => {
  const pairs = labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
};

export const header = ({ name, type, help }: Metric): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** All metrics of one collector; a value that the server does not know (NULL) has no line. */
export const collectorText = ({ labels, metrics }: Collector, rows: readonly Row[]): string =>
  metrics
    .map((metric, i) => {
      const lines = rows.map((row) => {
        const value = row[labels.length + i];
        return typeof value === 'string' ? sampleLine(metric.name, labels, row, value) : '';
      });
      return header(metric) + lines.join('');
    })
    .join('');

/** Whether there was an answer, how long it took, how many there were: true for every scrape, also a failed one. */
export const ownText = (isUp: boolean, durationMs: number, scrapes: number): string =>
  (
    [
      ['pg_up', 'gauge', 'Whether the server answered', isUp ? 1 : 0],
      ['pg_exporter_last_scrape_error', 'gauge', 'Whether the last scrape failed', isUp ? 0 : 1],
      [
        'pg_exporter_last_scrape_duration_seconds',
        'gauge',
        'How long the last scrape took, in seconds',
        durationMs / 1_000,
      ],
      ['pg_exporter_scrapes_total', 'counter', 'Scrapes since the exporter was started', scrapes],
    ] as const
  )
    .map(([name, type, help, value]) => header({ name, type, help }) + sampleLine(name, [], [], String(value)))
    .join('');
