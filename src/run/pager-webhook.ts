/** Alertmanager's webhook, version 4 of its body, as far as it is read. */
import { z } from 'zod';
import { NoNotice, type Notice } from './pager-notice.ts';

const texts = z.record(z.string(), z.string());
const body = z.object({
  receiver: z.string().min(1),
  groupKey: z.string().default(''),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: texts.refine((labels) => labels['alertname'] !== undefined, 'an alert has an alertname'),
      annotations: texts.default({}),
    }),
  ),
});

/** @throws {NoNotice} for anything else. */
export const readWebhook = (given: unknown): Notice => {
  const read = body.safeParse(given);
  if (!read.success) throw new NoNotice(`not a webhook of version 4: ${z.prettifyError(read.error)}`, null);
  const { receiver, groupKey: group, alerts } = read.data;
  return {
    receiver: unescaped(receiver),
    group,
    firing: alerts.filter(({ status }) => status === 'firing'),
    resolved: alerts.filter(({ status }) => status === 'resolved'),
  };
};

/** Alertmanager escapes a receiver's name for use in a regular expression: `pager\.eu`. */
export const unescaped = (name: string): string => name.replaceAll(/\\([\\.+*?()|[\]{}^$])/g, '$1');
