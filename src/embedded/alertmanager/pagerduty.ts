/** PagerDuty's Events API, version 2: one event per group, triggered again by every change and resolved with the last alert. */
import { createHash } from 'node:crypto';
import type { Fill } from './filled.ts';
import type { Notification } from './notification.ts';
import type { PagerDuty, PagerDutyText } from './receiver-config.ts';
import type { Traits } from './version.ts';

/** PagerDuty refuses more. */
const bytesMost = 512_000;
const summaryMost = 1_024;

const defaults: Readonly<Partial<Record<PagerDutyText, string>>> = {
  description: '{{ template "pagerduty.default.description" . }}',
  client: '{{ template "pagerduty.default.client" . }}',
  client_url: '{{ template "pagerduty.default.clientURL" . }}',
  severity: 'error',
};

const counts = { num_firing: '{{ len .Alerts.Firing }}', num_resolved: '{{ len .Alerts.Resolved }}' };
const textDetails = {
  ...counts,
  firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
  resolved: '{{ template "pagerduty.default.instances" .Alerts.Resolved }}',
};
const jsonDetails = { ...counts, firing: '{{ toJson .Alerts.Firing }}', resolved: '{{ toJson .Alerts.Resolved }}' };

/** @throws {Error} when a template fails or leaves the routing key empty. */
export const pagerDutyEvent = async (
  pagerDuty: PagerDuty,
  notification: Notification,
  groupKey: string,
  fill: Fill,
  { detailsAreJson }: Traits,
): Promise<object> => {
  const { texts } = pagerDuty;
  const text = (name: PagerDutyText): string => fill.text(texts[name] ?? defaults[name] ?? '');
  const filled = (entries: readonly Readonly<Record<string, string>>[], fields: readonly string[]) =>
    entries
      .map((entry) => Object.fromEntries(fields.map((field) => [field, fill.text(entry[field] ?? '')])))
      .filter((entry) => entry[fields[0] ?? ''] !== '');
  const details = detailsAreJson
    ? (fill.deep({ ...jsonDetails, ...pagerDuty.details }) as object)
    : Object.fromEntries(
        Object.entries<unknown>({ ...textDetails, ...pagerDuty.details }).map(([key, value]) => [
          key,
          fill.text(typeof value === 'string' ? value : JSON.stringify(value)),
        ]),
      );
  const routingKey = await fill.given(pagerDuty.routingKey);
  if (routingKey === '') throw new Error('routing key cannot be empty');
  const optional = (fields: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0)),
    );
  const event = (custom_details: object): object => ({
    routing_key: routingKey,
    dedup_key: createHash('sha256').update(groupKey).digest('hex'),
    event_action: notification.status === 'resolved' ? 'resolve' : 'trigger',
    payload: {
      summary: shortened(text('description')),
      source: texts.source === undefined ? text('client') : text('source'),
      severity: text('severity'),
      ...optional({ class: text('class'), component: text('component'), group: text('group') }),
      custom_details,
    },
    ...optional({
      client: text('client'),
      client_url: text('client_url'),
      images: filled(pagerDuty.images, ['src', 'alt', 'href']),
      links: filled(pagerDuty.links, ['href', 'text']),
    }),
  });
  const whole = event(details);
  if (Buffer.byteLength(JSON.stringify(whole)) <= bytesMost) return whole;
  const error = 'Custom details have been removed because the original event exceeds the maximum size of 512KB';
  return event({ error });
};

const shortened = (text: string): string => {
  const characters = Array.from(text);
  return characters.length <= summaryMost ? text : `${characters.slice(0, summaryMost - 1).join('')}…`;
};
