/** The HTTP API: which path and method does what, and how answers and errors look. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { reasonOf } from '../../errors.ts';
import { ApiError, badBody } from './api-error.ts';
import { parseBody } from './body.ts';
import { PopulateError, type ProxyCollection } from './proxy-collection.ts';

/** The version of the original whose behaviour this is; clients compare it. */
const version = '2.12.0';

const bodyBytesMax = 1_048_576;

type Answer = { readonly status: number; readonly body?: unknown };
/** `names` are those in the path. `body` parses, so that a missing proxy is found before a broken body. */
type Handler = (names: readonly string[], body: () => unknown) => Answer | Promise<Answer>;
type Route = { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> };

export const createApi = (proxies: ProxyCollection): RequestListener => {
  const routes = routesOf(proxies);
  return (request, response) => void answer(routes, request, response);
};

const routesOf = (proxies: ProxyCollection): readonly Route[] => {
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
          body: { proxies: (await proxies.populate(body())).map(({ view }) => view()) },
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
    // A page in a browser must not drive faults through a name that resolves to this machine.
    if (request.headers['user-agent']?.startsWith('Mozilla/') === true)
      return sendText(response, 403, 'browsers are not served');
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = routes.find((each) => each.path.test(path));
    if (route === undefined) return sendText(response, 404, '404 page not found');
    const handler = route.methods[request.method ?? ''];
    if (handler === undefined) return void response.writeHead(405).end();
    response.setHeader('X-Toxiproxy-Request-Id', randomUUID());
    const text = await readBody(request);
    const { status, body } = await handler(namesIn(path, route.path), () => parseBody(text));
    if (body === undefined) return void response.writeHead(status).end();
    sendJson(response, status, 'application/json', body);
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

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyBytesMax) throw badBody(`longer than ${bodyBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

const sendError = (response: ServerResponse, thrown: unknown): void => {
  const { status, message } = thrown instanceof ApiError ? thrown : { status: 500, message: reasonOf(thrown) };
  const error = { error: message, status };
  if (thrown instanceof PopulateError)
    sendJson(response, status, 'application/json', { ...error, proxies: thrown.proxies.map(({ view }) => view()) });
  // The original means to say JSON here, but overwrites it; clients know it this way.
  else sendJson(response, status, 'text/plain; charset=utf-8', error);
};

const sendJson = (response: ServerResponse, status: number, type: string, body: unknown): void => {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text);
};

const sendText = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};
