/**
 * PagerDuty's Events API v2, as Alertmanager speaks it. An event is about a group, not about an alert: the alerts are in its
 * `custom_details`, as text up to Alertmanager 0.27, as JSON in newer ones. Nothing in it names the receiver but the link
 * back to Alertmanager; where a team has changed that, it is known by its routing key.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { NoNotice, type Notice, type NotifiedAlert } from './pager-notice.ts';
import { unescaped } from './pager-webhook.ts';

export const pagerDutyPath = '/v2/enqueue';

const event = z.discriminatedUnion('event_action', [
  z.object({
    event_action: z.literal('trigger'),
    routing_key: z.string().min(1),
    dedup_key: z.string().min(1).max(255).default(randomUUID),
    client_url: z.string().default(''),
    payload: z.object({
      summary: z.string().min(1),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      custom_details: z.unknown(),
    }),
  }),
  z.object({
    event_action: z.enum(['resolve', 'acknowledge']),
    routing_key: z.string().min(1),
    dedup_key: z.string().min(1).max(255),
    client_url: z.string().default(''),
  }),
]);

/** As PagerDuty answers an event that it takes. */
export const taken = (dedupKey: string): object => ({
  status: 'success',
  message: 'Event processed',
  dedup_key: dedupKey,
});

/** As PagerDuty answers an event that it does not take. */
export const refused = (problem: string): object => ({
  status: 'invalid event',
  message: 'Event object is invalid',
  errors: [problem],
});

/**
 * @param path Where it was posted: what stands before `/v2/enqueue` names the receiver, `/receivers/NAME`, if it does.
 * @throws {NoNotice} for anything else, and for an event that does not say which alerts it is about.
 */
export const readPagerDuty = (path: string, given: unknown): Notice => {
  const read = event.safeParse(given);
  if (!read.success) throw new NoNotice(z.prettifyError(read.error), null);
  const { routing_key: routingKey, dedup_key: group, client_url: link } = read.data;
  const receiver = receiverIn(path) ?? receiverOf(link) ?? routingKey;
  if (read.data.event_action !== 'trigger')
    return { receiver, group, firing: [], resolved: read.data.event_action === 'resolve' ? 'all' : [] };
  const details = z.record(z.string(), z.unknown()).safeParse(read.data.payload.custom_details).data ?? {};
  const firing = alertsIn(details['firing']);
  if (firing.length === 0)
    throw new NoNotice(
      'custom_details.firing does not name an alert; leave it as Alertmanager fills it, and add details under other names',
      receiver,
    );
  return { receiver, group, firing, resolved: alertsIn(details['resolved']) };
};

const receiverIn = (path: string): string | undefined => {
  const written = /^\/receivers\/([^/]+)\/v2\/enqueue$/.exec(path)?.[1];
  try {
    return written === undefined ? undefined : decodeURIComponent(written);
  } catch {
    return undefined;
  }
};

/** `http://alertmanager/#/alerts?receiver=pager` */
const receiverOf = (link: string): string | undefined => {
  const name = new URLSearchParams(URL.parse(link)?.hash.replace(/^[^?]*/, '') ?? '').get('receiver');
  return name === null || name === '' ? undefined : unescaped(name);
};

/**
 * Alertmanager 0.33 reads every text inside its details as YAML once more: `"1234"` comes as a number, `"[a] b"` as the
 * list `["a"]`. What it was is guessed where it can be.
 */
const texts = z.record(
  z.string(),
  z.unknown().transform((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
);
const listed = z.array(
  z.object({ labels: texts.refine((labels) => labels['alertname'] !== undefined), annotations: texts.default({}) }),
);

const alertsIn = (details: unknown): readonly NotifiedAlert[] => {
  if (typeof details !== 'string') return listed.safeParse(details).data ?? [];
  const fromJson = details.trimStart().startsWith('[') ? listed.safeParse(parsed(details)).data : undefined;
  return fromJson ?? details.split(/^Labels:$/m).flatMap(alertFromText);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** ` - alertname = DatabaseDown`, one line each, annotations under a heading of their own. */
const alertFromText = (text: string): readonly NotifiedAlert[] => {
  const [labels = {}, annotations = {}] = text
    .split(/^Annotations:$/m)
    .map((part) =>
      Object.fromEntries([...part.matchAll(/^ - (\S+) = (.*)$/gm)].map(([, name, value]) => [name, value])),
    );
  return labels['alertname'] === undefined ? [] : [{ labels, annotations }];
};
