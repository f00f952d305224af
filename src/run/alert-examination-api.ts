/** What an examination asks of a Prometheus server over its standard API. Every time is on the run's clock. */
import type { Clock } from '../clock.ts';
import { serverAheadMs } from '../probes/server-clock.ts';
import { labelsOf, type Labels } from '../promql/labels.ts';
import { ms, parseDuration, type Ms } from '../units.ts';

/** A series with its values, oldest first. */
export type Points = { readonly labels: Labels; readonly points: readonly (readonly [atMs: Ms, value: number])[] };

export type RuleSeen = {
  readonly name: string;
  readonly query: string;
  readonly forMs: Ms;
  readonly evaluationMs: Ms;
  readonly labels: Readonly<Record<string, string>>;
  /** Empty where its last evaluation went well. */
  readonly lastError: string;
};

export type TargetSeen = {
  readonly job: string;
  readonly instance: string;
  readonly lastError: string;
  readonly scrapeMs: Ms | null;
};

export type Span = { readonly fromMs: Ms; readonly untilMs: Ms };

export type PrometheusApi = {
  readonly range: (query: string, span: Span, stepMs: number) => Promise<readonly Points[]>;
  /** Of a selector: what had samples in `span`. */
  readonly series: (selector: string, span: Span) => Promise<readonly Labels[]>;
  readonly metricNames: () => Promise<readonly string[]>;
  readonly alertRules: () => Promise<readonly RuleSeen[]>;
  readonly targets: () => Promise<readonly TargetSeen[]>;
};

type Texts = Readonly<Record<string, string>>;
type Parameters = readonly [string, string][];
type Matrix = { readonly result: readonly { readonly metric: Texts; readonly values: readonly [number, string][] }[] };
type Rules = {
  readonly groups: readonly {
    readonly interval: number;
    readonly rules: readonly {
      readonly name: string;
      readonly query: string;
      readonly duration?: number;
      readonly labels?: Texts;
      readonly lastError?: string;
    }[];
  }[];
};
type Targets = {
  readonly activeTargets: readonly {
    readonly labels: Texts;
    readonly lastError: string;
    readonly scrapeInterval?: string;
  }[];
};

/** Of one metric a large site may have more; these say enough. */
const seriesMax = '2000';

/** @throws where the server does not say what time it has; so does every later answer that does not come before `signal`. */
export const openPrometheusApi = async (url: string, clock: Clock, signal: AbortSignal): Promise<PrometheusApi> => {
  const ask = async <Data>(path: string, parameters: Parameters = []): Promise<Data> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams([...parameters]).toString()}`, {
      signal,
    });
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: Data };
    if (answer.status !== 'success') throw new Error(answer.error ?? `${path} answered ${response.status}`);
    return answer.data;
  };
  const aheadMs = await serverAheadMs(url, clock, signal);
  const within = ({ fromMs, untilMs }: Span): Parameters => [
    ['start', ((fromMs + aheadMs) / 1_000).toFixed(3)],
    ['end', ((untilMs + aheadMs) / 1_000).toFixed(3)],
  ];
  return {
    range: async (query, span, stepMs) => {
      const step = (stepMs / 1_000).toFixed(3);
      const { result } = await ask<Matrix>('query_range', [['query', query], ...within(span), ['step', step]]);
      return result.map(({ metric, values }) => ({
        labels: labelsOf(Object.entries(metric)),
        points: values.map(([at, value]) => [ms(Math.round(at * 1_000 - aheadMs)), numberOf(value)] as const),
      }));
    },
    series: async (selector, span) => {
      const found = await ask<readonly Texts[]>('series', [
        ['match[]', selector],
        ['limit', seriesMax],
        ...within(span),
      ]);
      return found.map((labels) => labelsOf(Object.entries(labels)));
    },
    metricNames: () => ask<readonly string[]>('label/__name__/values'),
    alertRules: async () => {
      const { groups } = await ask<Rules>('rules', [['type', 'alert']]);
      return groups.flatMap(({ interval, rules }) =>
        rules.map(({ name, query, duration = 0, labels = {}, lastError = '' }) => ({
          ...{ name, query, labels, lastError, forMs: ms(duration * 1_000), evaluationMs: ms(interval * 1_000) },
        })),
      );
    },
    targets: async () => {
      const { activeTargets } = await ask<Targets>('targets', [['state', 'active']]);
      return activeTargets.map(({ labels, lastError, scrapeInterval = '' }) => ({
        job: labels['job'] ?? '',
        instance: labels['instance'] ?? '',
        lastError,
        scrapeMs: parseDuration(scrapeInterval) ?? null,
      }));
    },
  };
};

const numberOf = (text: string): number => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));
