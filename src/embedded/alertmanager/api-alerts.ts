/** `/api/v2/alerts`: alerts in, alerts and groups out. */
import { z } from 'zod';
import { reasonOf } from '../../errors.ts';
import { receivedAlert, type Alert, type PostedAlert } from './alerts.ts';
import { showTime, type Answer, type ApiContext, type Request } from './api-context.ts';
import { compareLabels, compareText } from './labels.ts';
import { matcher, matchesAll, parseMatchers } from './matchers.ts';

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
      api.dispatch(api.alerts.put(receivedAlert(posted, nowMs, api.resolveTimeoutMs), nowMs));
    } catch (error) {
      problems.push(reasonOf(error)); // the other alerts of the request count nevertheless
    }
  }
  return problems.length === 0 ? { status: 200 } : { status: 400, body: problems.join('; ') };
};

/** Chooses alerts by the parameters that both lists share: `filter`, `receiver`, `active`, `silenced`, `inhibited`. */
const alertFilter = (query: URLSearchParams, api: ApiContext): ((alert: Alert) => boolean) => {
  const filters = query.getAll('filter').flatMap((text) => parseMatchers(text));
  const pattern = query.get('receiver');
  const receiver = pattern === null ? undefined : matcher('receiver', '=~', pattern);
  return ({ labels }) => {
    const { inhibitedBy, silencedBy } = api.mutingOf(labels);
    const isActive = inhibitedBy.length + silencedBy.length === 0;
    return (
      matchesAll(filters, labels) &&
      (receiver === undefined || api.receiversOf(labels).some((name) => receiver.matches({ receiver: name }))) &&
      !(query.get('active') === 'false' && isActive) &&
      !(query.get('silenced') === 'false' && silencedBy.length > 0) &&
      !(query.get('inhibited') === 'false' && inhibitedBy.length > 0)
    );
  };
};

const shownAlert = (api: ApiContext, alert: Alert): object => {
  const { inhibitedBy, silencedBy } = api.mutingOf(alert.labels);
  const state = inhibitedBy.length + silencedBy.length > 0 ? 'suppressed' : 'active';
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: showTime(alert.startsAt),
    endsAt: showTime(alert.endsAt),
    updatedAt: showTime(alert.updatedAt),
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
    receivers: api.receiversOf(alert.labels).map((name) => ({ name })),
    status: { state, silencedBy, inhibitedBy, mutedBy: [] },
  };
};

export const getAlerts = (api: ApiContext, { query }: Request): Answer => ({
  status: 200,
  body: api.alerts
    .firing(api.now())
    .filter(alertFilter(query, api))
    .map((alert) => shownAlert(api, alert)),
});

export const getGroups = (api: ApiContext, { query }: Request): Answer => {
  const isWanted = alertFilter(query, api);
  const firing = new Set(api.alerts.firing(api.now()).map(({ fingerprint }) => fingerprint));
  const body = api
    .groups()
    .toSorted((a, b) => compareLabels(a.labels, b.labels) || compareText(a.route.receiver, b.route.receiver))
    .map(({ labels, route, alerts }) => ({
      labels,
      receiver: { name: route.receiver },
      alerts: alerts()
        .filter((alert) => firing.has(alert.fingerprint) && isWanted(alert))
        .map((alert) => shownAlert(api, alert)),
    }))
    .filter(({ alerts }) => alerts.length > 0);
  return { status: 200, body };
};
