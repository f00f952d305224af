/**
 * What the two servers themselves say of an alert at the end of a trial, as the journal keeps it: small, and enough to tell
 * later why it came or did not. Times are on the run's clock, durations those of the run (already divided by its speed).
 */
import type { Ms } from '../units.ts';

type Labels = Readonly<Record<string, string>>;

/** A selector without which the expression has no data, and that found none. */
export type MissingSelector = {
  /** `shop_pool_waiting{job="web"}` */
  readonly selector: string;
  /** null: it asks for names by a pattern. */
  readonly metric: string | null;
  /** Series of that name, whatever their labels. */
  readonly ofThatName: number;
  /** The matchers that exclude every one of them, each with some values that the label has instead. */
  readonly excluding: readonly {
    readonly matcher: string;
    readonly values: readonly string[];
    readonly more: number;
  }[];
  /** Names that exist and read alike, nearest first. */
  readonly nearest: readonly string[];
};

/** A part of the expression that compares: `VALUE > 0.8`. */
export type ConditionFacts = {
  /** The value's own text, as the team wrote it. */
  readonly value: string;
  readonly op: string;
  readonly bound: number;
  /** The nearest that it came to being true after the fault; null: there was no value. */
  readonly closest: { readonly value: number; readonly atMs: Ms; readonly labels: Labels } | null;
  readonly held: boolean;
};

/** A target that could not be scraped for a while after the fault. */
export type FailedTarget = {
  readonly job: string;
  readonly instance: string;
  /** Series that the expression asks for come from it. */
  readonly feeds: boolean;
  /** It was never scraped in this trial. */
  readonly never: boolean;
  /** Its longest time without a scrape that worked; `untilMs` null: to the end. */
  readonly fromMs: Ms;
  readonly untilMs: Ms | null;
  readonly error: string;
};

/** Where the notification service takes an alert with these labels, and when. */
export type AlertRoute = {
  readonly receiver: string;
  /** How it is told: `webhook to pager:9095`, `slack`. */
  readonly by: readonly string[];
  /** As notifications carry it. */
  readonly group: string;
  readonly groupWaitMs: Ms;
  readonly groupIntervalMs: Ms;
};

export type AlertExamination = {
  /** As the team wrote it. */
  readonly expr: string;
  /** Why the rule could not be evaluated, last; empty where it could. */
  readonly error: string;
  readonly scrapeMs: Ms | null;
  readonly evaluationMs: Ms;
  readonly forMs: Ms;
  readonly seriesFirstMs: Ms | null;
  readonly missing: readonly MissingSelector[];
  readonly conditions: readonly ConditionFacts[];
  /** The longest times for which the whole expression was true after the fault, longest first. */
  readonly stretches: readonly { readonly labels: Labels; readonly fromMs: Ms; readonly untilMs: Ms }[];
  readonly targets: readonly FailedTarget[];
  readonly routes: readonly AlertRoute[];
};

/** Who keeps an alert from being notified. */
export type Muting = {
  readonly silences: readonly { readonly id: string; readonly author: string; readonly comment: string }[];
  /** The alerts that inhibit it. */
  readonly alerts: readonly { readonly alert: string; readonly labels: Labels }[];
  /** Time intervals by name. */
  readonly intervals: readonly string[];
};
