/** Alertmanager's HTTP API, version 2, as far as `amtool`, Grafana, Prometheus and our own probes use it. */
import { z } from 'zod';
import { reasonOf } from '../../errors.ts';
import { getAlerts, getGroups, getReceivers, postAlerts } from './api-alerts.ts';
import { showTime, type Answer, type ApiContext, type Request } from './api-context.ts';
import { deleteSilence, getSilence, getSilences, postSilence } from './api-silences.ts';
import { withoutSecrets } from './secrets.ts';

/** Answers `METHOD /path`; undefined when there is nothing at that address. */
export const apiAnswer = (api: ApiContext, method: string, url: URL, body: string): Answer | undefined => {
  const [, path = '', id = ''] = /^(\/api\/v2\/silence)\/([^/]+)$/.exec(url.pathname) ?? ['', url.pathname];
  const handler = handlers[`${method} ${path}`];
  try {
    return handler?.(api, { query: url.searchParams, body, id });
  } catch (error) {
    return { status: 400, body: error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error) };
  }
};

const getStatus = ({ engine, traits: { version }, startedAtMs }: ApiContext): Answer => ({
  status: 200,
  body: {
    cluster: { peers: [], status: 'disabled' },
    config: { original: withoutSecrets(engine.config.original) },
    uptime: showTime(startedAtMs),
    versionInfo: { branch: 'gameday', buildDate: '', buildUser: '', goVersion: '', revision: '', version },
  },
});

const handlers: Readonly<Record<string, (api: ApiContext, request: Request) => Answer>> = {
  'GET /api/v2/alerts': getAlerts,
  'POST /api/v2/alerts': postAlerts,
  'GET /api/v2/alerts/groups': getGroups,
  'GET /api/v2/status': getStatus,
  'GET /api/v2/receivers': getReceivers,
  'GET /api/v2/silences': getSilences,
  'POST /api/v2/silences': postSilence,
  'GET /api/v2/silence': getSilence,
  'DELETE /api/v2/silence': deleteSilence,
};
