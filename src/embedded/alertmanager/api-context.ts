/** What the handlers of the API work on, and the shape of a request and an answer. */
import type { Ms } from '../../units.ts';
import type { Alert, AlertStore } from './alerts.ts';
import type { Group } from './group.ts';
import type { Labels } from './labels.ts';
import type { SilenceStore } from './silences.ts';

export type Answer = { readonly status: number; readonly body?: unknown };

/** What mutes an alert at this moment. */
export type Muting = { readonly inhibitedBy: readonly string[]; readonly silencedBy: readonly string[] };

export type ApiContext = {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly groups: () => readonly Group[];
  readonly dispatch: (alert: Alert) => void;
  readonly mutingOf: (labels: Labels) => Muting;
  /** The receivers that an alert is routed to, in the order of the routes. */
  readonly receiversOf: (labels: Labels) => readonly string[];
  readonly receivers: readonly string[];
  readonly resolveTimeoutMs: Ms;
  readonly original: string;
  readonly startedAtMs: number;
  readonly now: () => number;
};

export type Request = { readonly query: URLSearchParams; readonly body: string; readonly id: string };

/** RFC 3339 in UTC with milliseconds. */
export const showTime = (atMs: number): string => new Date(atMs).toISOString();
