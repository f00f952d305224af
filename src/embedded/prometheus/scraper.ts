/**
 * One target: asked for its metrics on a fixed beat, the first time at once. All samples of a scrape carry the time it
 * began. A series that the target no longer shows is marked stale at once, and a failed scrape shows nothing, so all of
 * its series go, and `up` becomes 0.
 */
import { reasonOf } from '../../errors.ts';
import { dropName, labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import type { Ms } from '../../units.ts';
import type { ScrapeConfig } from './config.ts';
import { ExpositionReader } from './exposition.ts';
import type { HttpClient } from './http-client.ts';
import type { SamplesFile, ScrapedSample } from './samples-file.ts';
import { onSlots } from './schedule.ts';
import { named, type SeriesStore, type StoredSeries } from './store.ts';

export type TargetState = {
  readonly health: 'unknown' | 'up' | 'down';
  readonly lastError: string;
  /** Milliseconds since the Unix epoch; undefined before the first scrape. */
  readonly lastScrapeMs?: number;
  readonly lastDurationMs: number;
};

type Parts = {
  readonly config: ScrapeConfig;
  readonly address: string;
  /** The target's own labels as configured. */
  readonly labels: Labels;
  readonly store: SeriesStore;
  readonly client: HttpClient;
  readonly nowMs: () => number;
  readonly samplesFile?: SamplesFile | undefined;
};

export class Target {
  readonly job: string;
  readonly address: string;
  readonly labels: Labels;
  readonly url: string;
  readonly intervalMs: Ms;
  readonly timeoutMs: Ms;
  state: TargetState = { health: 'unknown', lastError: '', lastDurationMs: 0 };

  readonly #parts: Parts;
  #reader: ExpositionReader<StoredSeries>;
  #present = new Set<StoredSeries>();

  constructor(parts: Parts) {
    const { config, address, labels } = parts;
    this.#parts = parts;
    this.job = config.job;
    this.address = address;
    this.labels = labelsOf([['job', config.job], ['instance', address], ...labels]);
    this.url = `${config.scheme}://${address}${config.metricsPath}`;
    this.intervalMs = config.intervalMs;
    this.timeoutMs = config.timeoutMs;
    this.#reader = this.#newReader();
  }

  /** Scrapes now and then on the beat, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { nowMs } = this.#parts;
    const originMs = nowMs();
    await this.#scrape(originMs, signal);
    await onSlots({ originMs, everyMs: this.intervalMs }, nowMs, () => this.#scrape(nowMs(), signal), signal);
  }

  async #scrape(beganMs: number, signal: AbortSignal): Promise<void> {
    const { nowMs } = this.#parts;
    const timeMs = Math.round(beganMs);
    const timeout = AbortSignal.timeout(this.timeoutMs);
    try {
      const text = await this.#fetch(AbortSignal.any([signal, timeout]));
      this.#record(timeMs, this.#reader.read(text), nowMs() - beganMs, '');
    } catch (error) {
      if (signal.aborted) return;
      // A new reader: the series it knows may be forgotten by the store before the target comes back.
      this.#reader = this.#newReader();
      const reason = timeout.aborted ? `no answer within ${this.timeoutMs} ms` : reasonOf(error);
      this.#record(timeMs, undefined, nowMs() - beganMs, `${this.url}: ${reason}`);
    }
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    const { client, config } = this.#parts;
    const headers = { accept: 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'user-agent': 'Prometheus/3.14.0' };
    const { status, contentType, body } = await client.send({ url: this.url, method: 'GET', headers, signal });
    if (status !== 200) throw new Error(`server returned HTTP status ${status}`);
    if (!/^text\/plain\b/.test(contentType) && !config.fallbackToText)
      throw new Error(
        `received unsupported Content-Type ${JSON.stringify(contentType)} and no fallback_scrape_protocol specified for target`,
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  }

  #record(timeMs: number, scraped: readonly ScrapedSample[] | undefined, durationMs: number, lastError: string): void {
    const { store, samplesFile, config } = this.#parts;
    const kept: ScrapedSample[] = [];
    const present = new Set<StoredSeries>();
    let added = 0;
    for (const { series, value, timeMs: ownMs } of scraped ?? []) {
      const own = config.honorTimestamps ? ownMs : undefined;
      if (own === undefined && !this.#present.has(series)) added += 1;
      if (own === undefined) present.add(series);
      if (store.append(series, own ?? timeMs, value))
        kept.push(own === undefined ? { series, value } : { series, value, timeMs: own });
    }
    const gone = [...this.#present.difference(present)];
    for (const series of gone) store.markStale(series, timeMs);
    this.#present = present;

    const count = scraped?.length ?? 0;
    const about = {
      up: scraped === undefined ? 0 : 1,
      scrape_duration_seconds: durationMs / 1_000,
      scrape_samples_scraped: count,
      scrape_samples_post_metric_relabeling: count,
      scrape_series_added: added,
    };
    for (const [name, value] of Object.entries(about)) {
      const series = store.seriesOf(named(name, this.labels));
      if (store.append(series, timeMs, value)) kept.push({ series, value });
    }
    samplesFile?.write(timeMs, `${this.job}/${this.address}`, kept, gone);
    const health = scraped === undefined ? 'down' : 'up';
    this.state = { health, lastError, lastScrapeMs: timeMs, lastDurationMs: durationMs };
  }

  #newReader(): ExpositionReader<StoredSeries> {
    return new ExpositionReader((exposed) => this.#parts.store.seriesOf(this.#withOwnLabels(exposed)));
  }

  /** The target's labels win, and what they push aside keeps its value as `exported_…`; or the other way round. */
  #withOwnLabels(exposed: Labels): Labels {
    if (this.#parts.config.honorLabels) return labelsOf([...this.labels, ...exposed]);
    const merged = new Map([...dropName(exposed), [nameLabel, exposed.get(nameLabel) ?? '']]);
    for (const [name, value] of this.labels) {
      const pushed = exposed.get(name);
      if (pushed !== undefined) {
        let exported = `exported_${name}`;
        while (merged.has(exported)) exported = `exported_${exported}`;
        merged.set(exported, pushed);
      }
      merged.set(name, value);
    }
    return labelsOf(merged);
  }
}
