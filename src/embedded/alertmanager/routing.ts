/** Where an alert would go, without a server: the same routes and inhibition rules, asked for one alert. */
import { fingerprint, type Labels } from './labels.ts';
import { inhibitedBy } from './inhibition.ts';
import type { Config } from './config.ts';
import { routesFor, routeTree } from './routes.ts';
import type { Traits } from './version.ts';

export type Routing = {
  /** In the order of the routes; the key tells the matchers on the way there. */
  readonly routes: readonly { readonly receiver: string; readonly key: string }[];
  /** Those of `firing` that keep the alert from being told. */
  readonly inhibitedBy: readonly Labels[];
};

/** @param firing What else fires at that moment. */
export const routingOf = (config: Config, traits: Traits, labels: Labels, firing: readonly Labels[] = []): Routing => {
  const others = firing.map((each) => ({ labels: each, fingerprint: fingerprint(each) }));
  const by = new Set(inhibitedBy(config.inhibitRules, () => [...others, { labels, fingerprint: '' }])(labels));
  return {
    routes: routesFor(routeTree(config.route, traits), labels).map(({ receiver, key }) => ({ receiver, key })),
    inhibitedBy: others.filter((other) => by.has(other.fingerprint)).map((other) => other.labels),
  };
};
