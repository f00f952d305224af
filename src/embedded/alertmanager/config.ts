/**
 * alertmanager.yml, as far as this stand-in does what it says. What it would have to ignore it refuses by name: a
 * notification that a team expects and that silently goes nowhere would be the worst answer of a game day.
 */
import type { Node } from 'yaml';
import { GamedayError, reasonOf } from '../../errors.ts';
import { minutes, ms, type Ms } from '../../units.ts';
import { matcher, parseMatchers, type Matcher } from './matchers.ts';
import { yamlReader, type YamlReader } from '../yaml-reader.ts';

export type WebhookConfig = {
  readonly url: string;
  readonly sendResolved: boolean;
  /** 0 for all. */
  readonly maxAlerts: number;
  /** For one request; 0 for the flush's own deadline. */
  readonly timeoutMs: Ms;
};

export type Receiver = { readonly name: string; readonly webhooks: readonly WebhookConfig[] };

/** A route as written: what is undefined comes from its parent. */
export type RouteConfig = {
  readonly receiver?: string;
  readonly groupBy?: readonly string[] | 'all';
  readonly groupWaitMs?: Ms;
  readonly groupIntervalMs?: Ms;
  readonly repeatIntervalMs?: Ms;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly routes: readonly RouteConfig[];
};

export type InhibitRule = {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
};

export type Config = {
  /** The text itself, which the status page of the API shows. */
  readonly original: string;
  readonly resolveTimeoutMs: Ms;
  readonly route: RouteConfig;
  readonly receivers: readonly Receiver[];
  readonly inhibitRules: readonly InhibitRule[];
};

/** Where a route names a receiver: checked once all receivers are known. */
type NamedReceiver = { readonly name: string; readonly node: Node };

/**
 * Reads alertmanager.yml.
 *
 * @param file The path by which people know it.
 * @throws {GamedayError} DOCUMENT_INVALID with everything that is wrong or not supported.
 */
export const readConfig = (file: string, original: string): Config => {
  const yaml = yamlReader(file, original);
  let resolveTimeoutMs = minutes(5);
  let route: RouteConfig | undefined;
  let receivers: readonly Receiver[] = [];
  let inhibitRules: readonly InhibitRule[] = [];
  const named: NamedReceiver[] = [];
  yaml.mapping(yaml.root, '', {
    global: (node, path) =>
      yaml.mapping(node, path, {
        resolve_timeout: (value, name) => void (resolveTimeoutMs = yaml.duration(value, name)),
      }),
    route: (node, path) => void (route = readRoute(yaml, node, path, named, true)),
    receivers: (node, path) =>
      void (receivers = yaml.list(node, path).map((item, i) => readReceiver(yaml, item, `${path}[${i}]`))),
    inhibit_rules: (node, path) =>
      void (inhibitRules = yaml.list(node, path).map((item, i) => readInhibitRule(yaml, item, `${path}[${i}]`))),
  });
  const names = receivers.map(({ name }) => name);
  for (const name of names.filter((each, i) => names.indexOf(each) !== i))
    yaml.problem(yaml.root, `receiver ${JSON.stringify(name)} is defined twice`);
  for (const { name, node } of named)
    if (!names.includes(name))
      yaml.problem(node, `receiver ${JSON.stringify(name)} is not defined`, `defined: ${names.join(', ')}`);
  if (route === undefined) yaml.problem(yaml.root, 'route is missing');
  if (yaml.problems.length > 0 || route === undefined) throw new GamedayError('DOCUMENT_INVALID', yaml.problems);
  return { original, resolveTimeoutMs, route, receivers, inhibitRules };
};

const readRoute = (
  yaml: YamlReader,
  node: Node,
  path: string,
  named: NamedReceiver[],
  isRoot: boolean,
): RouteConfig => {
  const route: { -readonly [Key in keyof RouteConfig]: RouteConfig[Key] } = {
    matchers: [],
    continue: false,
    routes: [],
  };
  const positive = (value: Node, name: string): Ms => {
    const duration = yaml.duration(value, name);
    if (duration === 0) yaml.problem(value, `${name} must be longer than 0`);
    return duration;
  };
  yaml.mapping(node, path, {
    receiver: (value, name) => {
      route.receiver = yaml.text(value, name);
      named.push({ name: route.receiver, node: value });
    },
    group_by: (value, name) => {
      const labels = yaml.list(value, name).map((item) => yaml.text(item, name));
      if (labels.includes('...') && labels.length > 1)
        yaml.problem(value, `${name} must be '...' alone or a list of labels`);
      if (new Set(labels).size < labels.length) yaml.problem(value, `${name} names a label twice`);
      if (labels.length > 0) route.groupBy = labels.includes('...') ? 'all' : labels; // an empty list inherits
    },
    group_wait: (value, name) => void (route.groupWaitMs = yaml.duration(value, name)),
    group_interval: (value, name) => void (route.groupIntervalMs = positive(value, name)),
    repeat_interval: (value, name) => void (route.repeatIntervalMs = positive(value, name)),
    ...matcherKeys(yaml, '', (found) => void (route.matchers = [...route.matchers, ...found])),
    continue: (value, name) => void (route.continue = yaml.flag(value, name)),
    routes: (value, name) =>
      void (route.routes = yaml
        .list(value, name)
        .map((item, i) => readRoute(yaml, item, `${name}[${i}]`, named, false))),
  });
  if (isRoot && route.receiver === undefined) yaml.problem(node, `${path} must name a receiver`);
  if (isRoot && route.matchers.length > 0) yaml.problem(node, `${path} must not have matchers: it matches everything`);
  if (isRoot && route.continue) yaml.problem(node, `${path}.continue has no meaning at the root`);
  return route;
};

const readReceiver = (yaml: YamlReader, node: Node, path: string): Receiver => {
  let name = '';
  let webhooks: readonly WebhookConfig[] = [];
  yaml.mapping(node, path, {
    name: (value, key) => void (name = yaml.text(value, key)),
    webhook_configs: (value, key) =>
      void (webhooks = yaml.list(value, key).map((item, i) => readWebhook(yaml, item, `${key}[${i}]`))),
  });
  if (name === '') yaml.problem(node, `${path} must have a name`);
  return { name, webhooks };
};

const readWebhook = (yaml: YamlReader, node: Node, path: string): WebhookConfig => {
  let [url, sendResolved, maxAlerts, timeoutMs] = ['', true, 0, ms(0)];
  yaml.mapping(node, path, {
    url: (value, key) => {
      url = yaml.text(value, key);
      if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '') || url.includes('{{'))
        yaml.problem(value, `${key} must be an http or https address without a template`);
    },
    send_resolved: (value, key) => void (sendResolved = yaml.flag(value, key)),
    max_alerts: (value, key) => void (maxAlerts = yaml.count(value, key)),
    timeout: (value, key) => void (timeoutMs = yaml.duration(value, key)),
  });
  if (url === '') yaml.problem(node, `${path}.url is missing`);
  return { url, sendResolved, maxAlerts, timeoutMs };
};

const readInhibitRule = (yaml: YamlReader, node: Node, path: string): InhibitRule => {
  const rule = { source: [] as Matcher[], target: [] as Matcher[], equal: [] as string[] };
  yaml.mapping(node, path, {
    name: (value, key) => void yaml.text(value, key),
    ...matcherKeys(yaml, 'source_', (found) => void rule.source.push(...found)),
    ...matcherKeys(yaml, 'target_', (found) => void rule.target.push(...found)),
    equal: (value, key) => void (rule.equal = yaml.list(value, key).map((item) => yaml.text(item, key))),
  });
  return rule;
};

/** The three notations of matchers: `matchers` (a list of texts) and the older `match` and `match_re` (name: value). */
const matcherKeys = (yaml: YamlReader, prefix: string, add: (found: readonly Matcher[]) => void) => {
  const attempt = (node: Node, path: string, read: () => readonly Matcher[]): void => {
    try {
      add(read());
    } catch (error) {
      yaml.problem(node, `${path}: ${reasonOf(error)}`);
    }
  };
  return {
    [`${prefix}matchers`]: (node: Node, path: string) => {
      for (const item of yaml.list(node, path)) attempt(item, path, () => parseMatchers(yaml.text(item, path)));
    },
    [`${prefix}match`]: (node: Node, path: string) => {
      for (const [name, value, at] of yaml.texts(node, path)) attempt(at, path, () => [matcher(name, '=', value)]);
    },
    // Alertmanager anchors these when it reads them and so shows the anchors in the group's key.
    [`${prefix}match_re`]: (node: Node, path: string) => {
      for (const [name, value, at] of yaml.texts(node, path))
        attempt(at, path, () => [matcher(name, '=~', `^(?:${value})$`)]);
    },
  };
};
