/** A notification to an integration that is not delivered here, as it is reported instead. */
import type { NotifiedAlert } from './notification.ts';

export type WouldSend = {
  readonly receiver: string;
  /** `slack`, `email` … */
  readonly integration: string;
  readonly groupKey: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly NotifiedAlert[];
};
