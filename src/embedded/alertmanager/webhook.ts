/** The webhook integration, version 4 of its body. */
import type { Fill } from './filled.ts';
import type { Notification } from './notification.ts';
import type { Webhook } from './receiver-config.ts';
import type { Traits } from './version.ts';

/** @param truncatedAlerts How many alerts `notification` does without, by `max_alerts`. */
export const webhookBody = (
  webhook: Webhook,
  notification: Notification,
  { groupKey, truncatedAlerts }: { readonly groupKey: string; readonly truncatedAlerts: number },
  fill: Fill,
  { saysReason }: Traits,
): unknown => {
  if (webhook.payload !== undefined) return fill.deep(webhook.payload);
  const { notification_reason, ...rest } = notification;
  return { ...rest, ...(saysReason ? { notification_reason } : {}), version: '4', groupKey, truncatedAlerts };
};
