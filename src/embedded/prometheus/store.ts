/** Every sample the stand-in knows, in memory, for a bounded time; found by metric name first. */
import { labelsKey, labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import { acceptsAll, nameAskedFor, type Matcher } from '../../promql/matchers.ts';
import type { Series, SeriesSource } from '../../promql/series.ts';
import type { Ms } from '../../units.ts';
import { ownText } from './own-text.ts';
import { TimeColumn } from './time-column.ts';

/** Most series never have one. */
const noMarkers: number[] = [];

/** A series that grows, and holds at most a third more than what the retention asks for. */
export class StoredSeries implements Series {
  readonly labels: Labels;
  readonly values: number[] = [];
  stale = noMarkers;
  #column: TimeColumn;

  /** @param column Any; the times before the first sample are none of this series'. */
  constructor(labels: Labels, column: TimeColumn) {
    this.labels = labels;
    this.#column = column;
  }

  get times(): readonly number[] {
    return this.#column.times;
  }

  get length(): number {
    return this.values.length;
  }

  get lastMs(): number {
    return this.length === 0 ? -Infinity : this.times[this.length - 1]!;
  }

  /** False when the series already has a sample at this time or later: the first one stays. */
  append(timeMs: number, value: number, retentionMs: number): boolean {
    if (timeMs <= this.lastMs) return false;
    const end = this.length;
    const first = this.#forget(timeMs - retentionMs);
    this.#column = this.#column.followedBy(timeMs, first, end);
    this.values.push(value);
    if (this.stale !== noMarkers) this.stale.push(0);
    return true;
  }

  /** Says that the series is gone from now on. A NaN of the data is something else. */
  markStale(timeMs: number, retentionMs: number): void {
    if (!this.append(timeMs, NaN, retentionMs)) return;
    if (this.stale === noMarkers) this.stale = this.values.map(() => 0);
    this.stale[this.length - 1] = 1;
  }

  /** Drops what is too old once it is a quarter of all, which keeps the cost of a sample the same; says how much. */
  #forget(oldestMs: number): number {
    if (!(this.times[this.length >> 2]! < oldestMs)) return 0;
    let first = 0;
    while (first < this.length && this.times[first]! < oldestMs) first += 1;
    this.values.splice(0, first);
    this.stale.splice(0, first);
    return first;
  }
}

export class SeriesStore implements SeriesSource {
  readonly retentionMs: Ms;
  /** Changes when series have been forgotten: from then on who holds one has to ask for it again. */
  forgottenCount = 0;
  /** By the metric's name, then by all labels. */
  readonly #byName = new Map<string, Map<string, StoredSeries>>();
  /** Where every series starts. */
  readonly #column = new TimeColumn();

  constructor(retentionMs: Ms) {
    this.retentionMs = retentionMs;
  }

  /** The series with these labels, made when there is none yet. */
  seriesOf(labels: Labels): StoredSeries {
    const name = labels.get(nameLabel) ?? '';
    const named = this.#byName.get(name) ?? new Map<string, StoredSeries>();
    if (named.size === 0) this.#byName.set(name, named);
    const key = labelsKey(labels);
    const known = named.get(key);
    if (known !== undefined) return known;
    const series = new StoredSeries(labels, this.#column);
    named.set(ownText(key), series);
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
    const candidates = name === undefined ? this.#byName.values() : [this.#byName.get(name) ?? new Map<never, never>()];
    const further =
      name === undefined ? matchers : matchers.filter(({ label, op }) => label !== nameLabel || op !== '=');
    for (const named of candidates)
      for (const series of named.values()) if (acceptsAll(further, series.labels)) yield series;
  }

  /** Forgets series that have had no sample for the whole retention. */
  prune(nowMs: number): void {
    for (const [name, named] of this.#byName) {
      for (const [key, series] of named) {
        if (series.lastMs >= nowMs - this.retentionMs) continue;
        named.delete(key);
        this.forgottenCount += 1;
      }
      if (named.size === 0) this.#byName.delete(name);
    }
  }
}

/** Labels with a metric's name. */
export const named = (name: string, labels: Labels): Labels => labelsOf([...labels, [nameLabel, name]]);
