/** `/api/v2/alerts` and `/api/v2/receivers`: alerts in; alerts, groups and receivers out. */
import { z } from 'zod';
import { reasonOf } from '../../errors.ts';
import { isResolved, receivedAlert, type Alert, type PostedAlert } from './alerts.ts';
import { showTime, type Answer, type ApiContext, type Request } from './api-context.ts';
import { compareLabels, compareText, type Labels } from './labels.ts';
import { matcher, matchesAll, parseMatchers } from './matchers.ts';
import type { Muting } from './muting.ts';
import type { Route } from './routes.ts';

/** Years before 1 are Go's zero time, which means that no time was given. */
const timeSchema = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .transform((atMs) => (atMs < Date.parse('0002-01-01') ? undefined : atMs))
  .optional();
const labelsSchema = z.record(z.string().min(1), z.string());
const alertsSchema = z.array(
  z.object({
    labels: labelsSchema,
    annotations: labelsSchema.default({}),
    startsAt: timeSchema,
    endsAt: timeSchema,
    generatorURL: z.string().default(''),
  }),
);

export const postAlerts = (api: ApiContext, { body }: Request): Answer => {
  const problems: string[] = [];
  const nowMs = api.now();
  for (const posted of alertsSchema.parse(JSON.parse(body)) as readonly PostedAlert[]) {
    try {
      const alert = receivedAlert(posted, nowMs, api.engine.config.resolveTimeoutMs);
      api.traffic.received[isResolved(alert, nowMs) ? 'resolved' : 'firing'] += 1;
      api.engine.dispatch(api.alerts.put(alert, nowMs));
    } catch (error) {
      api.traffic.invalid += 1;
      problems.push(reasonOf(error)); // the other alerts of the request count nevertheless
    }
  }
  return problems.length === 0 ? { status: 200 } : { status: 400, body: problems.join('; ') };
};

/** One moment of all alerts, for one request. */
type View = {
  readonly mutingOf: (labels: Labels) => Muting;
  readonly mutedBy: (route: Route) => readonly string[];
  readonly routesOf: (labels: Labels) => readonly Route[];
};

const viewOf = ({ engine }: ApiContext): View => {
  const muted = new Map<Route, readonly string[]>();
  const mutedBy = (route: Route): readonly string[] => {
    const by = muted.get(route) ?? engine.mutedBy(route);
    muted.set(route, by);
    return by;
  };
  return { mutingOf: engine.muting(), mutedBy, routesOf: engine.routesOf };
};

/** Chooses by the receivers' names and labels: `receiver` and `receiver_matchers`. */
const receiverFilter = ({ engine }: ApiContext, query: URLSearchParams): ((name: string) => boolean) => {
  const pattern = query.get('receiver');
  const named = pattern === null ? undefined : matcher('receiver', '=~', pattern);
  const labelled = query.getAll('receiver_matchers').flatMap((text) => parseMatchers(text));
  return (name) =>
    (named === undefined || named.matches({ receiver: name })) &&
    matchesAll(labelled, engine.config.receivers.find((receiver) => receiver.name === name)?.labels ?? { name });
};

/** Chooses alerts by what both lists share: `filter`, `active`, `silenced`, `inhibited`. */
const alertFilter = (query: URLSearchParams, { mutingOf }: View): ((alert: Alert) => boolean) => {
  const filters = query.getAll('filter').flatMap((text) => parseMatchers(text));
  return ({ labels }) => {
    const { inhibitedBy, silencedBy } = mutingOf(labels);
    const isActive = inhibitedBy.length + silencedBy.length === 0;
    return (
      matchesAll(filters, labels) &&
      !(query.get('active') === 'false' && isActive) &&
      !(query.get('silenced') === 'false' && silencedBy.length > 0) &&
      !(query.get('inhibited') === 'false' && inhibitedBy.length > 0)
    );
  };
};

const shownAlert = (alert: Alert, { mutingOf }: View, routes: readonly Route[], mutedBy: readonly string[]): object => {
  const { inhibitedBy, silencedBy } = mutingOf(alert.labels);
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: showTime(alert.startsAt),
    endsAt: showTime(alert.endsAt),
    updatedAt: showTime(alert.updatedAt),
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
    receivers: routes.map(({ receiver }) => ({ name: receiver })),
    status: {
      state: inhibitedBy.length + silencedBy.length + mutedBy.length > 0 ? 'suppressed' : 'active',
      silencedBy,
      inhibitedBy,
      mutedBy,
    },
  };
};

/** An alert counts as muted by time where all of its routes are; the original leaves that to the groups. */
export const getAlerts = (api: ApiContext, { query }: Request): Answer => {
  const view = viewOf(api);
  const [isWanted, isReceiver] = [alertFilter(query, view), receiverFilter(api, query)];
  const body = api.alerts.firing(api.now()).flatMap((alert) => {
    const routes = view.routesOf(alert.labels);
    if (!isWanted(alert) || !routes.some(({ receiver }) => isReceiver(receiver))) return [];
    const by = routes.map((route) => view.mutedBy(route));
    const mutedBy = by.every((names) => names.length > 0) ? [...new Set(by.flat())] : [];
    return [shownAlert(alert, view, routes, mutedBy)];
  });
  return { status: 200, body };
};

export const getGroups = (api: ApiContext, { query }: Request): Answer => {
  const view = viewOf(api);
  const [isWanted, isReceiver] = [alertFilter(query, view), receiverFilter(api, query)];
  const firing = new Set(api.alerts.firing(api.now()).map(({ fingerprint }) => fingerprint));
  const body = api.engine
    .groups()
    .filter(({ route }) => isReceiver(route.receiver))
    .filter(({ route }) => query.get('muted') !== 'false' || view.mutedBy(route).length === 0)
    .toSorted((a, b) => compareLabels(a.labels, b.labels) || compareText(a.route.receiver, b.route.receiver))
    .map(({ labels, route, alerts }) => ({
      labels,
      receiver: { name: route.receiver },
      alerts: alerts()
        .filter((alert) => firing.has(alert.fingerprint) && isWanted(alert))
        .map((alert) => shownAlert(alert, view, view.routesOf(alert.labels), view.mutedBy(route))),
    }))
    .filter(({ alerts }) => alerts.length > 0);
  return { status: 200, body };
};

export const getReceivers = (api: ApiContext, { query }: Request): Answer => {
  const isWanted = receiverFilter(api, query);
  const wanted = api.engine.config.receivers.filter(({ name }) => isWanted(name));
  return { status: 200, body: wanted.map(({ name, labels }) => ({ name, labels })) };
};
