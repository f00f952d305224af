/**
 * prometheus.yml, as far as this stand-in does what it says; everything else is refused by name, because a section that
 * is silently ignored would make the replica's alerts differ from the team's own.
 */
import { dirname, resolve } from 'node:path';
import type { Node } from 'yaml';
import { GamedayError } from '../../errors.ts';
import { labelsOf, type Labels } from '../../promql/labels.ts';
import { minutes, ms, seconds, type Ms } from '../../units.ts';
import { yamlReader, type YamlReader } from '../yaml-reader.ts';

export type ScrapeConfig = {
  readonly job: string;
  readonly intervalMs: Ms;
  readonly timeoutMs: Ms;
  readonly scheme: 'http' | 'https';
  readonly metricsPath: string;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** A service that names no content type, or an unknown one, is read as text all the same. */
  readonly fallbackToText: boolean;
  readonly targets: readonly { readonly address: string; readonly labels: Labels }[];
};

export type AlertmanagerConfig = { readonly url: string; readonly timeoutMs: Ms };

export type Config = {
  readonly evaluationIntervalMs: Ms;
  readonly externalLabels: Labels;
  /** Absolute paths; patterns among them. */
  readonly ruleFiles: readonly string[];
  readonly scrapes: readonly ScrapeConfig[];
  readonly alertmanagers: readonly AlertmanagerConfig[];
};

type Globals = {
  scrapeIntervalMs: Ms;
  scrapeTimeoutMs: Ms | undefined;
  evaluationIntervalMs: Ms;
  externalLabels: Labels;
};

/**
 * Reads prometheus.yml.
 *
 * @param file Its path; rule files are relative to it.
 * @throws {GamedayError} DOCUMENT_INVALID with everything that is wrong or not supported.
 */
export const readConfig = (file: string, text: string): Config => {
  const yaml = yamlReader(file, text);
  const globals: Globals = {
    scrapeIntervalMs: minutes(1),
    scrapeTimeoutMs: undefined,
    evaluationIntervalMs: minutes(1),
    externalLabels: labelsOf([]),
  };
  const ruleFiles: string[] = [];
  const scrapes: ((globals: Globals) => ScrapeConfig)[] = [];
  const alertmanagers: AlertmanagerConfig[] = [];
  yaml.mapping(yaml.root, '', {
    global: (node, path) => readGlobals(yaml, node, path, globals),
    rule_files: (node, path) => {
      for (const item of yaml.list(node, path)) {
        ruleFiles.push(resolve(dirname(file), yaml.text(item, path)));
      }
    },
    scrape_configs: (node, path) =>
      void scrapes.push(...yaml.list(node, path).map((item, i) => scrapeReader(yaml, item, `${path}[${i}]`))),
    alerting: (node, path) =>
      yaml.mapping(node, path, {
        alertmanagers: (value, name) => {
          for (const [i, item] of yaml.list(value, name).entries())
            alertmanagers.push(...readAlertmanager(yaml, item, `${name}[${i}]`));
        },
      }),
  });
  const finished = scrapes.map((finish) => finish(globals));
  const jobs = finished.map(({ job }) => job);
  for (const job of jobs.filter((each, i) => jobs.indexOf(each) !== i))
    yaml.problem(yaml.root, `two scrape_configs have job_name ${JSON.stringify(job)}`);
  if (yaml.problems.length > 0) throw new GamedayError('DOCUMENT_INVALID', yaml.problems);
  const { evaluationIntervalMs, externalLabels } = globals;
  return { evaluationIntervalMs, externalLabels, ruleFiles, scrapes: finished, alertmanagers };
};

const labels = (yaml: YamlReader, node: Node, path: string): Labels =>
  labelsOf(yaml.texts(node, path).map(([name, value]) => [name, value]));

const positive = (yaml: YamlReader, node: Node, path: string): Ms => {
  const duration = yaml.duration(node, path);
  if (duration === 0) yaml.problem(node, `${path} must be longer than 0`);
  return ms(Math.max(1, duration));
};

const readGlobals = (yaml: YamlReader, node: Node, path: string, globals: Globals): void =>
  yaml.mapping(node, path, {
    scrape_interval: (value, name) => void (globals.scrapeIntervalMs = positive(yaml, value, name)),
    scrape_timeout: (value, name) => void (globals.scrapeTimeoutMs = positive(yaml, value, name)),
    evaluation_interval: (value, name) => void (globals.evaluationIntervalMs = positive(yaml, value, name)),
    external_labels: (value, name) => void (globals.externalLabels = labels(yaml, value, name)),
  });

/** A scrape section; what it leaves out comes from the globals, which may stand behind it. */
const scrapeReader = (yaml: YamlReader, node: Node, path: string): ((globals: Globals) => ScrapeConfig) => {
  let job = '';
  let intervalMs: Ms | undefined;
  let timeoutMs: Ms | undefined;
  const rest: { -readonly [Key in keyof ScrapeConfig]?: ScrapeConfig[Key] } = {};
  const targets: { address: string; labels: Labels }[] = [];
  yaml.mapping(node, path, {
    job_name: (value, name) => void (job = yaml.text(value, name)),
    scrape_interval: (value, name) => void (intervalMs = positive(yaml, value, name)),
    scrape_timeout: (value, name) => void (timeoutMs = positive(yaml, value, name)),
    scheme: (value, name) => void (rest.scheme = schemeOf(yaml, value, name)),
    metrics_path: (value, name) => void (rest.metricsPath = yaml.text(value, name)),
    honor_labels: (value, name) => void (rest.honorLabels = yaml.flag(value, name)),
    honor_timestamps: (value, name) => void (rest.honorTimestamps = yaml.flag(value, name)),
    fallback_scrape_protocol: (value, name) => {
      rest.fallbackToText = yaml.text(value, name) === 'PrometheusText0.0.4';
      if (!rest.fallbackToText) yaml.problem(value, `${name} must be PrometheusText0.0.4`);
    },
    static_configs: (value, name) =>
      yaml.list(value, name).forEach((item, i) => targets.push(...staticTargets(yaml, item, `${name}[${i}]`))),
  });
  if (job === '') yaml.problem(node, `${path} must have a job_name`);
  return (globals) => {
    const everyMs = intervalMs ?? globals.scrapeIntervalMs;
    const withinMs = timeoutMs ?? ms(Math.min(globals.scrapeTimeoutMs ?? seconds(10), everyMs));
    if (withinMs > everyMs) yaml.problem(node, `${path}: scrape_timeout must not be longer than scrape_interval`);
    return {
      ...{ job, intervalMs: everyMs, timeoutMs: withinMs, scheme: 'http', metricsPath: '/metrics', honorLabels: false },
      ...{ honorTimestamps: true, fallbackToText: false, targets },
      ...rest,
    };
  };
};

const schemeOf = (yaml: YamlReader, node: Node, path: string): 'http' | 'https' => {
  const scheme = yaml.text(node, path);
  if (scheme === 'http' || scheme === 'https') return scheme;
  yaml.problem(node, `${path} must be http or https`);
  return 'http';
};

const staticTargets = (yaml: YamlReader, node: Node, path: string): { address: string; labels: Labels }[] => {
  let addresses: readonly string[] = [];
  let own = labelsOf([]);
  yaml.mapping(node, path, {
    targets: (value, name) => void (addresses = yaml.list(value, name).map((item) => yaml.text(item, name))),
    labels: (value, name) => void (own = labels(yaml, value, name)),
  });
  return addresses.map((address) => ({ address, labels: own }));
};

const readAlertmanager = (yaml: YamlReader, node: Node, path: string): readonly AlertmanagerConfig[] => {
  let [scheme, prefix, timeoutMs]: ['http' | 'https', string, Ms] = ['http', '', seconds(10)];
  const addresses: string[] = [];
  yaml.mapping(node, path, {
    scheme: (value, name) => void (scheme = schemeOf(yaml, value, name)),
    path_prefix: (value, name) => void (prefix = yaml.text(value, name).replace(/\/$/, '')),
    timeout: (value, name) => void (timeoutMs = positive(yaml, value, name)),
    api_version: (value, name) => {
      if (yaml.text(value, name) !== 'v2') yaml.problem(value, `${name} must be v2`);
    },
    static_configs: (value, name) =>
      yaml.list(value, name).forEach((item, i) => {
        addresses.push(...staticTargets(yaml, item, `${name}[${i}]`).map(({ address }) => address));
      }),
  });
  return addresses.map((address) => ({ url: `${scheme}://${address}${prefix}/api/v2/alerts`, timeoutMs }));
};
