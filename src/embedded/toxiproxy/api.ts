/** The HTTP API: which path and method does what, and how answers and errors look. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { reasonOf } from '../../errors.ts';
import { ApiError, badBody } from './api-error.ts';
import { parseBody } from './body.ts';
import { PopulateError, type ProxyCollection } from './proxy-collection.ts';

/** The version of the original whose behaviour this is; clients compare it. */
const version = '2.12.0';

/** What this server does beyond the original, for who has to know before relying on it. */
const extensions = 'ttl';

const bodyBytesMax = 1_048_576;

/** `body` is shown as JSON, unless it is a text of a `type` of its own. */
type Answer = { readonly status: number } & (
  { readonly body?: object } | { readonly body: string; readonly type: string }
);
/** `names` are those in the path. `body` parses, so that a missing proxy is found before a broken body. */
type Handler = (names: readonly string[], body: () => unknown) => Answer | Promise<Answer>;
type Route = { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> };

/** @param metrics What `/metrics` shows; without it there is no such path. */
export const createApi = (proxies: ProxyCollection, metrics?: () => string): RequestListener => {
  const routes = [...proxyRoutes(proxies), ...(metrics === undefined ? [] : [metricsRoute(metrics)])];
  let requests = 0;
  return (request, response) => {
    response.setHeader('X-Toxiproxy-Request-Id', String((requests += 1)));
    response.setHeader('X-Toxiproxy-Extensions', extensions);
    void answer(routes, request, response);
  };
};

const metricsRoute = (metrics: () => string): Route => ({
  path: /^\/metrics$/,
  methods: {
    GET: () => ({ status: 200, body: metrics(), type: 'text/plain; version=0.0.4; charset=utf-8' }),
  },
});

const proxyRoutes = (proxies: ProxyCollection): readonly Route[] => {
  const changeProxy: Handler = async ([name = ''], body) => {
    const proxy = proxies.get(name);
    await proxy.change(body());
    return { status: 200, body: proxy.view() };
  };
  const changeToxic: Handler = ([name = '', toxic = ''], body) => ({
    status: 200,
    body: proxies.get(name).changeToxic(toxic, body()),
  });
  return [
    { path: /^\/version$/, methods: { GET: () => ({ status: 200, body: { version } }) } },
    {
      path: /^\/proxies$/,
      methods: {
        GET: () => ({ status: 200, body: byName(proxies.all().map(({ view }) => view())) }),
        POST: async (_, body) => ({ status: 201, body: (await proxies.create(body())).view() }),
      },
    },
    {
      path: /^\/populate$/,
      methods: {
        POST: async (_, body) => ({
          status: 201,
          body: { proxies: (await proxies.populate(body)).map(({ view }) => view()) },
        }),
      },
    },
    { path: /^\/reset$/, methods: { POST: async () => (await proxies.reset(), { status: 204 }) } },
    {
      path: /^\/proxies\/([^/]+)$/,
      methods: {
        GET: ([name = '']) => ({ status: 200, body: proxies.get(name).view() }),
        POST: changeProxy,
        PATCH: changeProxy,
        DELETE: async ([name = '']) => (await proxies.remove(name), { status: 204 }),
      },
    },
    {
      path: /^\/proxies\/([^/]+)\/toxics$/,
      methods: {
        GET: ([name = '']) => ({ status: 200, body: proxies.get(name).view().toxics }),
        POST: ([name = ''], body) => ({ status: 200, body: proxies.get(name).addToxic(body()) }),
      },
    },
    {
      path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
      methods: {
        GET: ([name = '', toxic = '']) => ({ status: 200, body: proxies.get(name).toxic(toxic) }),
        POST: changeToxic,
        PATCH: changeToxic,
        DELETE: ([name = '', toxic = '']) => (proxies.get(name).removeToxic(toxic), { status: 204 }),
      },
    },
  ];
};

/** Own keys even for a proxy named `__proto__`. */
const byName = <View extends { readonly name: string }>(views: readonly View[]): Readonly<Record<string, View>> =>
  Object.fromEntries(views.map((view) => [view.name, view]));

const answer = async (routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const body = await readBody(request); // first: what is not read stands in the way of the next request
    // A page in a browser must not drive faults through a name that resolves to this machine.
    if (request.headers['user-agent']?.startsWith('Mozilla/') === true)
      return sendText(response, 403, 'browsers are not served');
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const clean = posix.normalize(path);
    if (clean !== path) return void response.writeHead(301, { Location: clean }).end();
    const route = routes.find((each) => each.path.test(path));
    if (route === undefined) return sendText(response, 404, '404 page not found');
    const handler = route.methods[request.method ?? ''];
    if (handler === undefined) return void response.writeHead(405).end();
    const given = await handler(namesIn(path, route.path), () => parseBody(textOf(body)));
    if (given.body === undefined) return void response.writeHead(given.status).end();
    if ('type' in given) send(response, given.status, given.type, given.body);
    else sendJson(response, given.status, 'application/json', given.body);
  } catch (error) {
    sendError(response, error);
  }
};

const namesIn = (path: string, pattern: RegExp): readonly string[] => {
  try {
    return (pattern.exec(path) ?? []).slice(1).map(decodeURIComponent);
  } catch (error) {
    throw new ApiError(400, `the path is not encoded well: ${path}`, { cause: error });
  }
};

/** undefined where it is too long to be kept. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= bodyBytesMax) parts.push(part);
  }
  return bytes > bodyBytesMax ? undefined : Buffer.concat(parts);
};

const textOf = (body: Buffer | undefined): string => {
  if (body === undefined) throw badBody(`longer than ${bodyBytesMax} bytes`);
  return body.toString('utf8');
};

const sendError = (response: ServerResponse, thrown: unknown): void => {
  const { status, message } = thrown instanceof ApiError ? thrown : { status: 500, message: reasonOf(thrown) };
  const error = { error: message, status };
  if (thrown instanceof PopulateError)
    sendJson(response, status, 'application/json', { ...error, proxies: thrown.proxies.map(({ view }) => view()) });
  // The original means to say JSON here, but overwrites it; clients know it this way.
  else sendJson(response, status, 'text/plain; charset=utf-8', error);
};

const sendJson = (response: ServerResponse, status: number, type: string, body: object): void =>
  send(response, status, type, `${JSON.stringify(body)}\n`);

const sendText = (response: ServerResponse, status: number, text: string): void =>
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`);

const send = (response: ServerResponse, status: number, type: string, text: string): void =>
  void response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text);
