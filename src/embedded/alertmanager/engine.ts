/** One configuration at work: its routes, its groups with their clocks, and who is told. Another one takes its place at a reload. */
import type { Alert, AlertStore } from './alerts.ts';
import type { Config } from './config.ts';
import { dispatcher } from './dispatcher.ts';
import type { Group } from './group.ts';
import type { Labels } from './labels.ts';
import { mutingAt, routeMutedBy, type Muting } from './muting.ts';
import type { NotificationLog } from './notification-log.ts';
import { notifier } from './notifier.ts';
import type { Hosts } from './post.ts';
import { routesFor, routeTree, type Route } from './routes.ts';
import type { SilenceStore } from './silences.ts';
import type { Templates } from './templates.ts';
import type { Traffic } from './traffic.ts';
import type { Traits } from './version.ts';
import type { WouldSend } from './would-send.ts';

/** What outlives a reload. */
export type Memory = {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly notified: NotificationLog;
  readonly traffic: Traffic;
};

export type EngineOptions = Memory & {
  readonly config: Config;
  readonly templates: Templates;
  readonly traits: Traits;
  readonly hosts: Hosts;
  readonly externalURL: string;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly onWouldSend: (notification: WouldSend) => void;
};

export type Engine = {
  readonly config: Config;
  readonly dispatch: (alert: Alert) => void;
  readonly groups: () => readonly Group[];
  /** Depth first, as the alert goes through them. */
  readonly routesOf: (labels: Labels) => readonly Route[];
  readonly muting: () => (labels: Labels) => Muting;
  readonly mutedBy: (route: Route) => readonly string[];
  /** Ends every group at once. */
  readonly close: () => void;
};

/** The alerts that are known already are sorted into its groups. */
export const startEngine = (options: EngineOptions): Engine => {
  const { config, traits, alerts, silences, now } = options;
  const closing = new AbortController();
  const root = routeTree(config.route, traits);
  const muting = (): ((labels: Labels) => Muting) => mutingAt(now(), config.inhibitRules, alerts.firing, silences);
  const mutedBy = (route: Route): readonly string[] => routeMutedBy(route, config.timeIntervals, now());
  const flush = notifier({ ...options, receivers: config.receivers, muting, mutedBy });
  const { dispatch, groups } = dispatcher({ root, now, flush, traits, signal: closing.signal });
  for (const alert of alerts.all()) dispatch(alert);
  return {
    config,
    dispatch,
    groups,
    routesOf: (labels) => routesFor(root, labels),
    muting,
    mutedBy,
    close: () => closing.abort(),
  };
};
