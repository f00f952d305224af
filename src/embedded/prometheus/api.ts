/** Prometheus' HTTP API, version 1, as far as its clients, Grafana's panels and our own probes use it. */
import type { SeriesStore } from './store.ts';
import { ApiError, texts } from './api-parameters.ts';
import { instantAnswer, rangeAnswer } from './api-query.ts';
import { labelNamesAnswer, labelValuesAnswer, seriesAnswer } from './api-series.ts';
import { alertmanagersAnswer, alertsAnswer, groupsAnswer, targetsAnswer } from './api-state.ts';
import { buildAnswer, configAnswer, flagsAnswer, replayAnswer, runtimeAnswer, storeAnswer } from './api-status.ts';
import type { Setup } from './engine.ts';
import type { RunningGroup } from './rule-group.ts';
import type { Target } from './scraper.ts';

export type Answer = { readonly status: number; readonly body: string; readonly contentType: string };

export type ApiContext = {
  readonly store: SeriesStore;
  readonly setup: Setup;
  readonly groups: readonly RunningGroup[];
  readonly targets: readonly Target[];
  readonly lookbackMs: number;
  readonly compat?: 2 | 3 | undefined;
  readonly nowMs: () => number;
  readonly startedMs: number;
  /** When the configuration was read that is in force. */
  readonly configuredMs: number;
  /** The server's own address. */
  readonly listen: string;
};

/** Answers a GET or POST of `path` with its parameters; undefined when there is nothing at that address. */
export const apiAnswer = (api: ApiContext, path: string, parameters: URLSearchParams): Answer | undefined => {
  if (path === '/-/ready') return plainText(200, 'Prometheus Server is Ready.\n');
  if (path === '/-/healthy') return plainText(200, 'Prometheus Server is Healthy.\n');
  const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  if (answer === undefined && label === undefined) return undefined;
  try {
    const data = answer?.(api, parameters) ?? labelValuesAnswer(api, decodeURIComponent(label ?? ''), parameters);
    return json(200, { status: 'success', data });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.status, { status: 'error', errorType: error.type, error: error.message });
  }
};

export const plainText = (status: number, body: string): Answer => ({
  ...{ status, body, contentType: 'text/plain; charset=utf-8' },
});

const json = (status: number, body: unknown): Answer => ({
  ...{ status, body: JSON.stringify(body), contentType: 'application/json' },
});

const answers: Readonly<Record<string, (api: ApiContext, parameters: URLSearchParams) => unknown>> = {
  '/api/v1/query': instantAnswer,
  '/api/v1/query_range': rangeAnswer,
  '/api/v1/series': seriesAnswer,
  '/api/v1/labels': labelNamesAnswer,
  '/api/v1/rules': ({ groups }, parameters) =>
    groupsAnswer(groups, {
      type: parameters.get('type') ?? '',
      rules: texts(parameters, 'rule_name'),
      groups: texts(parameters, 'rule_group'),
      files: texts(parameters, 'file'),
      withAlerts: parameters.get('exclude_alerts') !== 'true',
    }),
  '/api/v1/alerts': ({ groups }) => alertsAnswer(groups),
  '/api/v1/targets': ({ targets }, parameters) =>
    targetsAnswer(targets, parameters.get('state') ?? '', parameters.get('scrapePool') ?? ''),
  '/api/v1/alertmanagers': ({ setup }) => alertmanagersAnswer(setup.config),
  '/api/v1/status/config': ({ setup }) => configAnswer(setup),
  '/api/v1/status/flags': flagsAnswer,
  '/api/v1/status/runtimeinfo': runtimeAnswer,
  '/api/v1/status/buildinfo': () => buildAnswer,
  '/api/v1/status/tsdb': ({ store }) => storeAnswer(store),
  '/api/v1/status/walreplay': () => replayAnswer,
};
