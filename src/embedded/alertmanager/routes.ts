/** The route tree: which receivers an alert goes to, how it is grouped there and on which clock. */
import { minutes, seconds, type Ms } from '../../units.ts';
import type { RouteConfig } from './route-config.ts';
import type { Traits } from './version.ts';
import { pickLabels, showLabels, type Labels } from './labels.ts';
import { matchesAll, showMatchers, sortMatchers, type Matcher } from './matchers.ts';

export type Route = {
  /** The matchers from the root to here; two routes may share a key, and then share what was notified. */
  readonly key: string;
  readonly receiver: string;
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: Ms;
  readonly groupIntervalMs: Ms;
  readonly repeatIntervalMs: Ms;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly muteTimes: readonly string[];
  readonly activeTimes: readonly string[];
  readonly routes: readonly Route[];
};

const defaults = {
  key: '',
  receiver: '',
  groupBy: [],
  groupWaitMs: seconds(30),
  groupIntervalMs: minutes(5),
  repeatIntervalMs: minutes(240),
  matchers: [],
  continue: false,
  muteTimes: [],
  activeTimes: [],
  routes: [],
} satisfies Route;

/** The tree with everything inherited: receiver, grouping and clocks come from the parent unless written. */
export const routeTree = (config: RouteConfig, traits: Traits, parent?: Route): Route => {
  const matchers = sortMatchers(config.matchers);
  const key = `${parent === undefined ? '' : `${parent.key}/`}${showMatchers(matchers)}`;
  const { groupBy, ...written } = config;
  const inherits = groupBy === undefined || (groupBy.length === 0 && traits.emptyGroupByInherits);
  const own = inherits ? written : { ...written, groupBy };
  const route: Route = { ...(parent ?? defaults), ...own, key, matchers, routes: [] };
  return { ...route, routes: config.routes.map((child) => routeTree(child, traits, route)) };
};

/** Depth first, in order; a child that matches ends the search among its siblings unless it says `continue`. */
export const routesFor = (route: Route, labels: Labels): readonly Route[] => {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const below = routesFor(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [route];
};

/** Labels that the alert lacks are left out: alerts with and without them are different groups. */
export const groupLabels = ({ groupBy }: Route, labels: Labels): Labels =>
  pickLabels(labels, (name) => groupBy === 'all' || groupBy.includes(name));

/** `{}/{severity="page"}:{alertname="PoolExhausted"}` */
export const groupKey = (route: Route, labels: Labels): string => `${route.key}:${showLabels(labels)}`;
