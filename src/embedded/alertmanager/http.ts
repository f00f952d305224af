/** Everything that can be asked over HTTP: the API below `/api/v2/`, and what watches and manages a server. */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { reasonOf } from '../../errors.ts';
import { apiAnswer } from './api.ts';
import type { ApiContext } from './api-context.ts';
import { metrics } from './traffic.ts';

export type Reply = { readonly status: number; readonly contentType: string; readonly content: string };

const plain = (status: number, content: string): Reply => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  content,
});

export const answerRequest = async (api: ApiContext, request: IncomingMessage): Promise<Reply> => {
  // The original lets any page in a browser raise and silence alerts. Nothing of ours is a page, and a drill has a score.
  if (request.method !== 'GET' && request.headers.origin !== undefined) return plain(403, 'browsers are not served');
  const url = new URL(request.url ?? '/', 'http://alertmanager');
  const managed = management[`${request.method} ${url.pathname}`];
  if (managed !== undefined) return managed(api);
  const answer = apiAnswer(api, request.method ?? 'GET', url, await text(request));
  if (answer === undefined)
    return plain(404, `this Alertmanager stand-in does not answer ${request.method} ${url.pathname}`);
  const content = answer.body === undefined ? '' : `${JSON.stringify(answer.body)}\n`;
  return { status: answer.status, contentType: 'application/json', content };
};

const reload = ({ reload: load }: ApiContext): Reply => {
  try {
    load();
    return plain(200, '');
  } catch (error) {
    return plain(500, `failed to reload config: ${reasonOf(error)}\n`);
  }
};

const management: Readonly<Record<string, (api: ApiContext) => Reply>> = {
  'GET /-/ready': () => plain(200, 'OK'),
  'GET /-/healthy': () => plain(200, 'OK'),
  'POST /-/reload': reload,
  'GET /metrics': (api) => ({
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    content: metrics({ ...api, version: api.traits.version, nowMs: api.now() }),
  }),
};
