/** What a configuration sets in motion: targets that are scraped, groups that are evaluated, alerts that are sent. */
import { globSync, readFileSync } from 'node:fs';
import { GamedayError, reasonOf, type Problem } from '../../errors.ts';
import { labelsKey } from '../../promql/labels.ts';
import { readConfig, type Config } from './config.ts';
import type { HttpClient } from './http-client.ts';
import { notifier, resendDelayMs } from './notifier.ts';
import { readRules, type RuleGroup } from './rule-files.ts';
import { RunningGroup } from './rule-group.ts';
import type { SamplesFile } from './samples-file.ts';
import { groupSlots, onSlots } from './schedule.ts';
import { Target } from './scraper.ts';
import type { SeriesStore } from './store.ts';

export type EngineParts = {
  readonly store: SeriesStore;
  readonly client: HttpClient;
  readonly samplesFile?: SamplesFile | undefined;
  readonly externalUrl: string;
  readonly lookbackMs: number;
  readonly compat?: 2 | 3 | undefined;
  /** Milliseconds since the Unix epoch; never goes back. */
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
};

/** A configuration with its rules, found right as a whole. */
export type Setup = { readonly text: string; readonly config: Config; readonly groups: readonly RuleGroup[] };

/** @throws {GamedayError} DOCUMENT_INVALID with the problems of the configuration, or of all rule files together. */
export const readSetup = (configFile: string): Setup => {
  const text = readFileSync(configFile, 'utf8');
  const config = readConfig(configFile, text);
  const problems: Problem[] = [];
  const groups = config.ruleFiles.flatMap(filesOf).flatMap((file) => {
    try {
      const read = readRules(file, readFileSync(file, 'utf8'));
      problems.push(...read.problems);
      return read.groups;
    } catch (error) {
      problems.push({ message: `rule file ${file} cannot be read: ${reasonOf(error)}` });
      return [];
    }
  });
  if (problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', problems);
  return { text, config, groups };
};

/** A pattern may match nothing; a name without one has to be there. */
const filesOf = (pattern: string): readonly string[] =>
  /[*?[]/.test(pattern) ? globSync(pattern).toSorted() : [pattern];

/** Scrapes and evaluates from its making until `stop`. */
export class Engine {
  readonly setup: Setup;
  readonly targets: readonly Target[];
  readonly groups: readonly RunningGroup[];
  readonly startedMs: number;
  readonly #stopping = new AbortController();
  readonly #work: readonly Promise<void>[];

  /** @param before Has stopped; what stays the same goes on from there: alerts keep their age, series their end. */
  constructor(setup: Setup, parts: EngineParts, before?: Engine) {
    const { config, groups } = setup;
    const { store, client, samplesFile, externalUrl, lookbackMs, compat, nowMs, log } = parts;
    const { signal } = this.#stopping;
    const { externalLabels, alertmanagers, evaluationIntervalMs } = config;
    const outgoing = { externalLabels, externalUrl, resendDelayMs };
    const notify = notifier({ ...outgoing, alertmanagers, client, log, signal });
    const evaluation = { ...outgoing, store, lookbackMs, evaluationIntervalMs, compat, send: notify.send, nowMs };
    this.setup = setup;
    this.startedMs = nowMs();
    this.groups = groups.map((group) => new RunningGroup(group, evaluation));
    this.targets = config.scrapes.flatMap((scrape) =>
      scrape.targets.map((target) => {
        return new Target({ ...target, config: scrape, store, client, nowMs, samplesFile, compat });
      }),
    );
    if (before !== undefined) this.#takeOver(before, nowMs());
    this.#work = [
      ...this.targets.map((target) => target.run(signal)),
      ...this.groups.map((group) => {
        const slots = groupSlots(this.startedMs, group.intervalMs);
        return onSlots(slots, nowMs, (slotMs) => group.evaluate(slotMs), signal);
      }),
      signalled(signal).then(() => notify.idle()),
    ];
  }

  /** Resolves when nothing is on its way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#work);
  }

  #takeOver(before: Engine, atMs: number): void {
    const groups = new Map(before.groups.map((each) => [`${each.group.file}\n${each.group.name}`, each]));
    for (const group of this.groups) {
      const key = `${group.group.file}\n${group.group.name}`;
      const old = groups.get(key);
      if (old !== undefined) group.takeOver(old, atMs);
      groups.delete(key);
    }
    for (const gone of groups.values()) gone.end(atMs);
    const targets = new Map(before.targets.map((each) => [`${each.url}\n${labelsKey(each.labels)}`, each]));
    for (const target of this.targets) {
      const key = `${target.url}\n${labelsKey(target.labels)}`;
      const old = targets.get(key);
      if (old !== undefined) target.takeOver(old);
      targets.delete(key);
    }
    for (const gone of targets.values()) gone.end(atMs);
  }
}

const signalled = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
