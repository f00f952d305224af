/**
 * The samples of a real server as the stand-in would have written them down, read back from its own store. A scrape is
 * where its target has a sample of `up`; a series that an earlier scrape showed and this one does not is gone from then
 * on, which is when the server, too, marks it stale. Samples with times of their own belong to no scrape and are left out.
 */
import { rmSync } from 'node:fs';
import { labelsOf, nameLabel } from '../../promql/labels.ts';
import { ms } from '../../units.ts';
import { SamplesFile, type ScrapedSample } from './samples-file.ts';
import { SeriesStore, type StoredSeries } from './store.ts';

/** One answer holds so much time: some megabytes from a few hundred series that are scraped twice a second. */
const pieceMs = 60_000;

type Matrix = readonly {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}[];

/**
 * Writes the samples after `fromMs` and up to `toMs` (since the Unix epoch). Leaves no file when it fails.
 *
 * @throws {Error} when the server does not answer before `signal` aborts.
 */
export const keepSamples = async (
  url: string,
  samplesFile: string,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}`, { signal });
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { data: unknown }).data;
  };
  const file = new SamplesFile(samplesFile);
  try {
    const recorded = (await ask('rules?type=record')) as { groups: readonly { rules: readonly { name: string }[] }[] };
    const made = [
      'ALERTS',
      'ALERTS_FOR_STATE',
      ...recorded.groups.flatMap(({ rules }) => rules.map(({ name }) => name)),
    ];
    const scraped = `{__name__=~".+",__name__!~${JSON.stringify([...new Set(made)].join('|'))}}`;
    const scribe = scrapeScribe(file);
    for (let since = fromMs; since < toMs; since += pieceMs) {
      const until = Math.min(since + pieceMs, toMs);
      const query = new URLSearchParams({ query: `${scraped}[${until - since}ms]`, time: String(until / 1_000) });
      const { result } = (await ask(`query?${query.toString()}`)) as { result: Matrix };
      scribe(result, since);
    }
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    rmSync(samplesFile, { force: true });
    throw error;
  }
};

/** @returns Writes the scrapes of one piece of time after `sinceMs`; pieces have to come in order. */
const scrapeScribe = (file: SamplesFile): ((matrix: Matrix, sinceMs: number) => void) => {
  const store = new SeriesStore(ms(0)); // gives every series its one object; holds no samples
  const present = new Map<string, ReadonlySet<StoredSeries>>();
  return (matrix, sinceMs) => {
    const scrapes = new Map<string, Map<number, ScrapedSample[]>>();
    const up = matrix.filter(({ metric }) => metric[nameLabel] === 'up');
    // The left edge belonged to the piece before where the server counts as version 2 did.
    const timesOf = ({ values }: Matrix[number]): readonly (readonly [number, string])[] =>
      values.map(([time, value]) => [Math.round(time * 1_000), value] as const).filter(([timeMs]) => timeMs > sinceMs);
    for (const series of up)
      scrapes.set(targetOf(series.metric), new Map(timesOf(series).map(([timeMs]) => [timeMs, []])));
    for (const one of matrix) {
      const series = store.seriesOf(labelsOf(Object.entries(one.metric)));
      const of = scrapes.get(targetOf(one.metric));
      for (const [timeMs, value] of timesOf(one))
        of?.get(timeMs)?.push({ series, value: Number(value.replace('Inf', 'Infinity')) });
    }
    for (const [target, byTime] of scrapes)
      for (const [timeMs, samples] of [...byTime].toSorted(([a], [b]) => a - b)) {
        const shown = new Set(samples.map(({ series }) => series));
        file.write(timeMs, target, samples, [...(present.get(target) ?? new Set()).difference(shown)]);
        present.set(target, shown);
      }
  };
};

const targetOf = ({ job = '', instance = '' }: Readonly<Record<string, string>>): string => `${job}/${instance}`;
