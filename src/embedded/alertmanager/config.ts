/** alertmanager.yml, the whole of it. A field that Alertmanager does not know is a problem, as it is there. */
import { dirname, resolve } from 'node:path';
import type { Node } from 'yaml';
import { GamedayError, type Problem } from '../../errors.ts';
import { minutes, type Ms } from '../../units.ts';
import { yamlReader } from '../yaml-reader.ts';
import { globalFields } from './integrations.ts';
import { ignored, readReceiver, type Receiver } from './receiver-config.ts';
import { readInhibitRule, readRoute, type InhibitRule, type Mention, type RouteConfig } from './route-config.ts';
import type { TimeIntervals } from './time-interval.ts';
import { readTimeIntervals, type NamedIntervals } from './time-interval-config.ts';

export type Config = {
  /** The text itself. */
  readonly original: string;
  readonly resolveTimeoutMs: Ms;
  readonly route: RouteConfig;
  readonly receivers: readonly Receiver[];
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: TimeIntervals;
  /** Absolute paths; patterns among them. */
  readonly templates: readonly string[];
};

const pagerDutyDefault = 'https://events.pagerduty.com/v2/enqueue';

/**
 * Reads alertmanager.yml.
 *
 * @param file The path by which people know it; files that it names are relative to its folder.
 * @throws {GamedayError} DOCUMENT_INVALID with everything that is wrong.
 */
export const readConfig = (file: string, original: string): Config => {
  const yaml = yamlReader(file, original);
  const folder = resolve(dirname(file));
  let resolveTimeoutMs = minutes(5);
  let pagerDutyUrl = pagerDutyDefault;
  let route: RouteConfig | undefined;
  let inhibitRules: readonly InhibitRule[] = [];
  const templates: string[] = [];
  const intervals: NamedIntervals[] = [];
  const mentions: Mention[] = [];
  /** Last, because `global` may come after them. */
  let readReceivers = (): readonly Receiver[] => [];
  const timeIntervals = (node: Node, path: string): void =>
    void intervals.push(...yaml.list(node, path).map((item, i) => readTimeIntervals(yaml, item, `${path}[${i}]`)));
  yaml.mapping(yaml.root, '', {
    global: (node, path) =>
      yaml.mapping(node, path, {
        resolve_timeout: (value, name) => void (resolveTimeoutMs = yaml.duration(value, name)),
        pagerduty_url: (value, name) => void (pagerDutyUrl = yaml.text(value, name)),
        ...ignored(globalFields),
      }),
    templates: (node, path) =>
      void templates.push(...yaml.list(node, path).map((item) => resolve(folder, yaml.text(item, path)))),
    route: (node, path) => void (route = readRoute(yaml, node, path, mentions)),
    receivers: (node, path) =>
      void (readReceivers = () =>
        yaml.list(node, path).map((item, i) => readReceiver({ yaml, folder, pagerDutyUrl }, item, `${path}[${i}]`))),
    inhibit_rules: (node, path) =>
      void (inhibitRules = yaml.list(node, path).map((item, i) => readInhibitRule(yaml, item, `${path}[${i}]`))),
    time_intervals: timeIntervals,
    mute_time_intervals: timeIntervals,
    ...ignored(['tracing', 'event_recorder']),
  });
  const receivers = readReceivers();
  const defined = { receiver: receivers, 'time interval': intervals };
  for (const [what, all] of Object.entries(defined))
    for (const [i, { name, at }] of all.entries())
      if (all.findIndex((other) => other.name === name) < i)
        yaml.problem(at, `${what} ${JSON.stringify(name)} is defined twice`);
  for (const { what, name, node } of mentions) {
    const names = defined[what].map((each) => each.name);
    const hint = names.length === 0 ? `define it below ${what.replace(' ', '_')}s` : `defined: ${names.join(', ')}`;
    if (!names.includes(name)) yaml.problem(node, `${what} ${JSON.stringify(name)} is not defined`, hint);
  }
  if (route === undefined) yaml.problem(yaml.root, 'route is missing');
  if (yaml.problems.length > 0 || route === undefined)
    throw new GamedayError('DOCUMENT_INVALID', yaml.problems.toSorted(inDocumentOrder));
  const byName = new Map(intervals.map((each) => [each.name, each.intervals]));
  return { original, resolveTimeoutMs, route, receivers, inhibitRules, timeIntervals: byName, templates };
};

const inDocumentOrder = (a: Problem, b: Problem): number =>
  (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
