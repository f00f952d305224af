/**
 * One target: asked for its metrics on a fixed beat, the first time at once. All samples of a scrape carry the time it
 * began. A series that the target no longer shows is marked stale at once, and a failed scrape shows nothing, so all of
 * its series go, and `up` becomes 0.
 */
import { reasonOf } from '../../errors.ts';
import { dropName, labelsOf, nameLabel, type Labels } from '../../promql/labels.ts';
import type { Ms } from '../../units.ts';
import type { ScrapeConfig } from './config.ts';
import { ExpositionReader, type ExpositionFormat } from './exposition.ts';
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
  readonly compat?: 2 | 3 | undefined;
};

/** What Prometheus asks for: OpenMetrics first. */
const accepted =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

/** The series about each scrape itself. */
const aboutScrape = {
  up: ({ isUp }) => Number(isUp),
  scrape_duration_seconds: ({ durationMs }) => durationMs / 1_000,
  scrape_samples_scraped: ({ count }) => count,
  scrape_samples_post_metric_relabeling: ({ count }) => count,
  scrape_series_added: ({ added }) => added,
} as const satisfies Record<string, (scrape: Scrape) => number>;

type Scrape = { readonly isUp: boolean; readonly durationMs: number; readonly count: number; readonly added: number };

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
  #forgottenCount = 0;
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

  /** Goes on where `before`, the same target of an older configuration, has stopped. */
  takeOver(before: Target): void {
    this.state = before.state;
    this.#present = before.#present;
  }

  /** Is scraped no more: all of its series are gone from now on. */
  end(atMs: number): void {
    const { store, samplesFile } = this.#parts;
    const timeMs = Math.round(atMs);
    const about = Object.keys(aboutScrape).map((name) => store.seriesOf(named(name, this.labels)));
    const gone = [...this.#present, ...about];
    for (const series of gone) store.markStale(series, timeMs);
    samplesFile?.write(timeMs, `${this.job}/${this.address}`, [], gone);
    this.#present = new Set();
  }

  async #scrape(beganMs: number, signal: AbortSignal): Promise<void> {
    const { nowMs, store } = this.#parts;
    const timeMs = Math.round(beganMs);
    const timeout = AbortSignal.timeout(this.timeoutMs);
    try {
      const text = await this.#fetch(AbortSignal.any([signal, timeout]));
      if (store.forgottenCount !== this.#forgottenCount) this.#reader = this.#newReader();
      this.#record(timeMs, this.#reader.read(text.body, text.format), nowMs() - beganMs, '');
    } catch (error) {
      if (signal.aborted) return;
      // A new reader: what the next exposition shows is not as before.
      this.#reader = this.#newReader();
      const reason = timeout.aborted ? `no answer within ${this.timeoutMs} ms` : reasonOf(error);
      this.#record(timeMs, undefined, nowMs() - beganMs, `${this.url}: ${reason}`);
    }
  }

  async #fetch(signal: AbortSignal): Promise<{ readonly body: string; readonly format: ExpositionFormat }> {
    const { client, config, compat } = this.#parts;
    const headers = { accept: accepted, 'user-agent': 'Prometheus/3.14.0' };
    const { status, contentType, body } = await client.send({ url: this.url, method: 'GET', headers, signal });
    if (status !== 200) throw new Error(`server returned HTTP status ${status}`);
    const format = /^application\/openmetrics-text\b/.test(contentType) ? 'openmetrics' : 'text';
    if (format === 'text' && !/^text\/plain\b/.test(contentType) && !config.fallbackToText && compat !== 2)
      throw new Error(
        `received unsupported Content-Type ${JSON.stringify(contentType)} and no fallback_scrape_protocol specified for target`,
      );
    return { body: new TextDecoder('utf-8', { fatal: true }).decode(body), format };
  }

  #record(timeMs: number, scraped: readonly ScrapedSample[] | undefined, durationMs: number, lastError: string): void {
    const { store, samplesFile, config } = this.#parts;
    const kept: ScrapedSample[] = [];
    for (const { series, value, timeMs: ownMs } of scraped ?? []) {
      const own = config.honorTimestamps ? ownMs : undefined;
      if (store.append(series, own ?? timeMs, value) && samplesFile !== undefined)
        kept.push(own === undefined ? { series, value } : { series, value, timeMs: own });
    }
    const { added, gone } = this.#comeAndGone(scraped);
    for (const series of gone) store.markStale(series, timeMs);

    const count = scraped?.length ?? 0;
    const about = { isUp: scraped !== undefined, durationMs, count, added };
    for (const [name, valueOf] of Object.entries(aboutScrape)) {
      const value = valueOf(about);
      const series = store.seriesOf(named(name, this.labels));
      if (store.append(series, timeMs, value)) kept.push({ series, value });
    }
    samplesFile?.write(timeMs, `${this.job}/${this.address}`, kept, gone);
    const health = scraped === undefined ? 'down' : 'up';
    this.state = { health, lastError, lastScrapeMs: timeMs, lastDurationMs: durationMs };
  }

  /** Compares with the series of the scrape before; those with times of their own come and go by themselves. */
  #comeAndGone(scraped: readonly ScrapedSample[] | undefined): { added: number; gone: readonly StoredSeries[] } {
    if (scraped !== undefined && this.#reader.isAsBefore) return { added: 0, gone: [] };
    const { honorTimestamps } = this.#parts.config;
    const shown = (scraped ?? []).filter(({ timeMs }) => timeMs === undefined || !honorTimestamps);
    const present = new Set(shown.map(({ series }) => series));
    const before = this.#present;
    this.#present = present;
    return { added: present.difference(before).size, gone: [...before.difference(present)] };
  }

  #newReader(): ExpositionReader<StoredSeries> {
    const { store, compat } = this.#parts;
    this.#forgottenCount = store.forgottenCount;
    return new ExpositionReader((exposed) => store.seriesOf(this.#withOwnLabels(exposed)), compat);
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
