/** Gathers what `gameday rules check` judges rule files by: the scrape configuration, live targets, the runbooks. */
import { basename } from 'node:path';
import { readRuleFile, type RuleFile } from '../../documents/rule-file.ts';
import { readConfig, type Config } from '../../embedded/prometheus/config.ts';
import { ExpositionReader } from '../../embedded/prometheus/exposition.ts';
import { GamedayError, reasonOf, type Problem } from '../../errors.ts';
import { nameLabel } from '../../promql/labels.ts';
import { resolveRunbook } from '../../run/runbook-link.ts';
import { ms, type Ms } from '../../units.ts';
import { ruleProblems } from '../project/monitoring.ts';
import { ruleSource } from './source.ts';
import { lookbackProblem, ruleLints } from './lint.ts';

export type CheckOptions = {
  readonly files: readonly string[];
  /** A prometheus.yml; undefined: durations are not judged. */
  readonly config: string | undefined;
  /** Addresses of metrics, or of Prometheus servers (those without a path). */
  readonly targets: readonly string[];
  /** Whether the project has a file; undefined: links are not followed. */
  readonly exists: ((file: string) => boolean) | undefined;
  readonly signal: AbortSignal;
};

/** `wrong`: Prometheus would refuse a file. `doubtful`: it would load, and not work. */
export type Findings = { readonly wrong: readonly Problem[]; readonly doubtful: readonly Problem[] };

/** @throws {GamedayError} ENVIRONMENT_UNREACHABLE when a target does not answer. */
export const checkRules = async ({ files, config, targets, exists, signal }: CheckOptions): Promise<Findings> => {
  const sources = files.map(ruleSource);
  const read = sources.map((source) => {
    const rules = readRuleFile(source);
    return rules.ok
      ? { rules: rules.value, problems: ruleProblems(rules.value, source) }
      : { rules: undefined, problems: rules.problems };
  });
  const wrong = read.flatMap(({ problems }) => problems);
  const right = read.flatMap(({ rules }): readonly RuleFile[] => (rules === undefined ? [] : [rules]));
  const prometheus = config === undefined ? undefined : readConfig(config, ruleSource(config).text);
  const scrapeIntervalMs = prometheus && shortestScrape(prometheus);
  const exposed =
    targets.length === 0 ? undefined : new Set((await Promise.all(targets.map((url) => namesAt(url, signal)))).flat());
  const doubtful = ruleLints(right, {
    ...{ scrapeIntervalMs, evaluationIntervalMs: prometheus?.evaluationIntervalMs, exposed },
    deadLink: (url) => {
      const link = exists === undefined ? undefined : resolveRunbook(url, exists);
      return link?.found === false && !isElsewhere(url) ? link.reason : undefined;
    },
  });
  const rare = scrapeIntervalMs && lookbackProblem(scrapeIntervalMs);
  return {
    wrong,
    doubtful: rare === undefined ? doubtful : [{ message: `${basename(config ?? '')}: ${rare}` }, ...doubtful],
  };
};

/** What is too short for the quickest scrapes is too short for all. */
const shortestScrape = ({ scrapes }: Config): Ms | undefined =>
  scrapes.length === 0 ? undefined : ms(Math.min(...scrapes.map(({ intervalMs }) => intervalMs)));

/** A wiki's page is none of ours to judge. */
const isElsewhere = (url: string): boolean => /^https?:/.test(url) && !url.split('#')[0]!.endsWith('.md');

const namesAt = async (url: string, signal: AbortSignal): Promise<readonly string[]> => {
  const isServer = URL.canParse(url) && new URL(url).pathname === '/';
  const address = isServer ? new URL('/api/v1/label/__name__/values', url).href : url;
  try {
    const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    if (isServer) return ((await response.json()) as { data: readonly string[] }).data;
    const reader = new ExpositionReader((labels) => labels.get(nameLabel) ?? '');
    return reader.read(await response.text()).map(({ series }) => series);
  } catch (cause) {
    signal.throwIfAborted();
    const message = `the target ${url} cannot be asked for its metrics: ${reasonOf(cause)}`;
    const hint = 'give an address of metrics, such as http://127.0.0.1:9187/metrics, or of a Prometheus server';
    throw new GamedayError('ENVIRONMENT_UNREACHABLE', { message, hint }, { cause });
  }
};
