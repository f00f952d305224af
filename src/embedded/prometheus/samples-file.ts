/**
 * Every scraped sample of a run as lines of JSON, small enough to keep: a series' labels are written once, then only
 * values that changed. A line is one scrape of one target:
 *
 *     {"t":1719000000123,"target":"shop/shop-1:8080","new":{"7":{"__name__":"up","job":"shop"}},"set":[[7,1]],"gone":[]}
 *
 * `t` is in milliseconds since the Unix epoch. After a line every series of the target that has ever been set and is not
 * gone has a sample at `t`, with the value it was last set to; one in `gone` has a staleness marker at `t`. A value with
 * a third number has a time of its own and is that one sample only. NaN and infinities are strings.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { showValue } from '../../promql/numbers.ts';
import { labelsOf } from '../../promql/labels.ts';
import { ms } from '../../units.ts';
import { SeriesStore, type StoredSeries } from './store.ts';

export type ScrapedSample = { readonly series: StoredSeries; readonly value: number; readonly timeMs?: number };

type Written = number | string;
type Line = {
  readonly t: number;
  readonly target: string;
  readonly new?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly set: readonly (readonly [number, Written] | readonly [number, Written, number])[];
  readonly gone?: readonly number[];
};

/** `last`: the value it was last set to; undefined from when it is gone. */
type Entry = { readonly id: number; last: number | undefined };

export class SamplesFile {
  readonly #stream: WriteStream;
  /** Weak: a series that the store has forgotten is a new one when it comes back. */
  readonly #entries = new WeakMap<StoredSeries, Entry>();
  #entriesCount = 0;
  #failure: Error | undefined;

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: 'a' });
    this.#stream.on('error', (error) => (this.#failure = error));
  }

  write(timeMs: number, target: string, samples: readonly ScrapedSample[], gone: readonly StoredSeries[]): void {
    const fresh: Record<string, Record<string, string>> = {};
    const set: ([number, Written] | [number, Written, number])[] = [];
    for (const { series, value, timeMs: ownMs } of samples) {
      const entry = this.#entryOf(series, fresh);
      const written = Number.isFinite(value) ? value : showValue(value);
      if (ownMs !== undefined) set.push([entry.id, written, ownMs]);
      else if (!Object.is(entry.last, value)) {
        set.push([entry.id, written]);
        entry.last = value;
      }
    }
    const goneIds = gone.map((series) => {
      const entry = this.#entryOf(series, fresh);
      entry.last = undefined;
      return entry.id;
    });
    const line: Line = {
      t: timeMs,
      target,
      ...(Object.keys(fresh).length > 0 ? { new: fresh } : {}),
      set,
      ...(gone.length > 0 ? { gone: goneIds } : {}),
    };
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  /** @throws {Error} when something could not be written since the beginning. */
  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream).catch(() => {});
    if (this.#failure !== undefined) throw this.#failure;
  }

  #entryOf(series: StoredSeries, fresh: Record<string, Record<string, string>>): Entry {
    const known = this.#entries.get(series);
    if (known !== undefined) return known;
    const entry: Entry = { id: this.#entriesCount, last: undefined };
    this.#entries.set(series, entry);
    this.#entriesCount += 1;
    fresh[entry.id] = Object.fromEntries(series.labels);
    return entry;
  }
}

/** The times are those of the first and the last scrape; NaN where there was none. */
export type RecordedSamples = { readonly store: SeriesStore; readonly fromMs: number; readonly toMs: number };

/** The samples of a whole file again. A last line that was cut off is left out. */
export const readSamples = (text: string): RecordedSamples => {
  const store = new SeriesStore(ms(Infinity));
  const series: StoredSeries[] = [];
  const present = new Map<string, Map<number, number>>();
  const lines = text.split('\n');
  let [fromMs, toMs] = [NaN, NaN];
  for (const written of lines.slice(0, -1)) {
    const { t, target, new: fresh = {}, set, gone = [] } = JSON.parse(written) as Line;
    fromMs = Number.isNaN(fromMs) ? t : Math.min(fromMs, t);
    toMs = Number.isNaN(toMs) ? t : Math.max(toMs, t);
    for (const [id, labels] of Object.entries(fresh))
      series[Number(id)] = store.seriesOf(labelsOf(Object.entries(labels)));
    const values = present.get(target) ?? new Map<number, number>();
    present.set(target, values);
    for (const [id, value, ownMs] of set) {
      const number = typeof value === 'number' ? value : Number(value.replace('Inf', 'Infinity'));
      if (ownMs === undefined) values.set(id, number);
      else store.append(series[id]!, ownMs, number);
    }
    for (const id of gone) {
      values.delete(id);
      store.markStale(series[id]!, t);
    }
    for (const [id, value] of values) store.append(series[id]!, t, value);
  }
  return { store, fromMs, toMs };
};
