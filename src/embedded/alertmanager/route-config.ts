/** `route` and `inhibit_rules` of alertmanager.yml. */
import type { Node } from 'yaml';
import { reasonOf } from '../../errors.ts';
import type { Ms } from '../../units.ts';
import type { YamlReader } from '../yaml-reader.ts';
import { matcher, parseMatchers, type Matcher } from './matchers.ts';

/** A route as written: what is undefined comes from its parent. */
export type RouteConfig = {
  readonly receiver?: string;
  readonly groupBy?: readonly string[] | 'all';
  readonly groupWaitMs?: Ms;
  readonly groupIntervalMs?: Ms;
  readonly repeatIntervalMs?: Ms;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  /** The time intervals in which it is silent, and those outside of which it is; of neither do children inherit. */
  readonly muteTimes: readonly string[];
  readonly activeTimes: readonly string[];
  readonly routes: readonly RouteConfig[];
};

export type InhibitRule = {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
};

/** A name that has to be defined elsewhere in the file: checked once all of it is read. */
export type Mention = { readonly what: 'receiver' | 'time interval'; readonly name: string; readonly node: Node };

export const readRoute = (
  yaml: YamlReader,
  node: Node,
  path: string,
  mentions: Mention[],
  isRoot = true,
): RouteConfig => {
  const route: { -readonly [Key in keyof RouteConfig]: RouteConfig[Key] } = {
    matchers: [],
    continue: false,
    muteTimes: [],
    activeTimes: [],
    routes: [],
  };
  const positive = (value: Node, name: string): Ms => {
    const duration = yaml.duration(value, name);
    if (duration === 0) yaml.problem(value, `${name} must be longer than 0`);
    return duration;
  };
  const times = (value: Node, name: string): readonly string[] => {
    if (isRoot) yaml.problem(value, `${name} has no place at the root: some route must always be able to speak`);
    return yaml.list(value, name).map((item, i) => {
      const interval = yaml.text(item, `${name}[${i}]`);
      mentions.push({ what: 'time interval', name: interval, node: item });
      return interval;
    });
  };
  yaml.mapping(node, path, {
    receiver: (value, name) => {
      route.receiver = yaml.text(value, name);
      mentions.push({ what: 'receiver', name: route.receiver, node: value });
    },
    group_by: (value, name) => {
      const labels = yaml.list(value, name).map((item) => yaml.text(item, name));
      if (labels.includes('...') && labels.length > 1)
        yaml.problem(value, `${name} must be '...' alone or a list of labels`);
      if (new Set(labels).size < labels.length) yaml.problem(value, `${name} names a label twice`);
      route.groupBy = labels.includes('...') ? 'all' : labels;
    },
    group_wait: (value, name) => void (route.groupWaitMs = yaml.duration(value, name)),
    group_interval: (value, name) => void (route.groupIntervalMs = positive(value, name)),
    repeat_interval: (value, name) => void (route.repeatIntervalMs = positive(value, name)),
    ...matcherKeys(yaml, '', (found) => void (route.matchers = [...route.matchers, ...found])),
    mute_time_intervals: (value, name) => void (route.muteTimes = times(value, name)),
    active_time_intervals: (value, name) => void (route.activeTimes = times(value, name)),
    continue: (value, name) => void (route.continue = yaml.flag(value, name)),
    routes: (value, name) =>
      void (route.routes = yaml
        .list(value, name)
        .map((item, i) => readRoute(yaml, item, `${name}[${i}]`, mentions, false))),
  });
  if (isRoot && route.receiver === undefined) yaml.problem(node, `${path} must name a receiver`);
  if (isRoot && route.matchers.length > 0) yaml.problem(node, `${path} must not have matchers: it matches everything`);
  if (isRoot && route.continue) yaml.problem(node, `${path}.continue has no meaning at the root`);
  return route;
};

export const readInhibitRule = (yaml: YamlReader, node: Node, path: string): InhibitRule => {
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
