/** Every sample the stand-in knows, in memory, for a bounded time; found by metric name first. */
import { labelsKey, labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import { acceptsAll, nameAskedFor, type Matcher } from '../../promql/matchers.ts';
import type { Series, SeriesSource } from '../../promql/series.ts';
import type { Ms } from '../../units.ts';

const firstSize = 64;
const noMarkers = new Uint8Array(0);

/** A series that grows. Its columns are longer than `length`, and are replaced by longer ones when they are full. */
export class StoredSeries implements Series {
  readonly labels: Labels;
  times = new Float64Array(firstSize);
  values = new Float64Array(firstSize);
  /** Empty until the first marker: most series never have one. */
  stale = noMarkers;
  length = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  get lastMs(): number {
    return this.length === 0 ? -Infinity : this.times[this.length - 1]!;
  }

  /** False when the series already has a sample at this time or later: the first one stays. */
  append(timeMs: number, value: number, retentionMs: number): boolean {
    if (timeMs <= this.lastMs) return false;
    if (this.length === this.times.length) this.#makeRoom(timeMs - retentionMs);
    this.times[this.length] = timeMs;
    this.values[this.length] = value;
    if (this.stale !== noMarkers) this.stale[this.length] = 0;
    this.length += 1;
    return true;
  }

  /** Says that the series is gone from now on. A NaN of the data is something else. */
  markStale(timeMs: number, retentionMs: number): void {
    if (!this.append(timeMs, NaN, retentionMs)) return;
    if (this.stale === noMarkers) this.stale = new Uint8Array(this.times.length);
    this.stale[this.length - 1] = 1;
  }

  /** Moves what is still wanted to the front; when that frees less than half, the columns double. */
  #makeRoom(oldestMs: number): void {
    let first = 0;
    while (first < this.length && this.times[first]! < oldestMs) first += 1;
    const kept = this.length - first;
    const size = kept > this.times.length / 2 ? this.times.length * 2 : this.times.length;
    const times = new Float64Array(size);
    const values = new Float64Array(size);
    times.set(this.times.subarray(first, this.length));
    values.set(this.values.subarray(first, this.length));
    if (this.stale !== noMarkers) {
      const stale = new Uint8Array(size);
      stale.set(this.stale.subarray(first, this.length));
      this.stale = stale;
    }
    this.times = times;
    this.values = values;
    this.length = kept;
  }
}

export class SeriesStore implements SeriesSource {
  readonly retentionMs: Ms;
  readonly #byKey = new Map<string, StoredSeries>();
  readonly #byName = new Map<string, Set<StoredSeries>>();

  constructor(retentionMs: Ms) {
    this.retentionMs = retentionMs;
  }

  /** The series with these labels, made when there is none yet. */
  seriesOf(labels: Labels): StoredSeries {
    const key = labelsKey(labels);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const series = new StoredSeries(labels);
    this.#byKey.set(key, series);
    const name = labels.get(nameLabel) ?? '';
    const named = this.#byName.get(name);
    if (named === undefined) this.#byName.set(name, new Set([series]));
    else named.add(series);
    return series;
  }

  append(series: StoredSeries, timeMs: number, value: number): boolean {
    return series.append(timeMs, value, this.retentionMs);
  }

  markStale(series: StoredSeries, timeMs: number): void {
    series.markStale(timeMs, this.retentionMs);
  }

  *select(matchers: readonly Matcher[]): Iterable<StoredSeries> {
    const name = nameAskedFor(matchers);
    const candidates = name === undefined ? this.#byKey.values() : (this.#byName.get(name) ?? []);
    const further =
      name === undefined ? matchers : matchers.filter(({ label, op }) => label !== nameLabel || op !== '=');
    for (const series of candidates) if (acceptsAll(further, series.labels)) yield series;
  }

  /** Forgets series that have had no sample for the whole retention. */
  prune(nowMs: number): void {
    for (const [key, series] of this.#byKey) {
      if (series.lastMs >= nowMs - this.retentionMs) continue;
      this.#byKey.delete(key);
      this.#byName.get(series.labels.get(nameLabel) ?? '')?.delete(series);
    }
  }
}

/** Labels with a metric's name. */
export const named = (name: string, labels: Labels): Labels => labelsOf([...labels, [nameLabel, name]]);
