/** Requests to addresses as the team's files name them, which lead somewhere else in the replica. */
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Agent, request as httpRequest } from './http.ts';

/** Where the names in URLs lead to: `shop-1:8080` → `127.0.0.1:41233`. Only for connecting. */
export type Hosts = Readonly<Record<string, string>>;

export type Sent = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Bounds the whole exchange. */
  readonly signal: AbortSignal;
};

export type Received = { readonly status: number; readonly contentType: string; readonly body: Buffer };

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Keeps connections open between requests; `close` ends them. */
export type HttpClient = { readonly send: (sent: Sent) => Promise<Received>; readonly close: () => void };

export const httpClient = (hosts: Hosts): HttpClient => {
  const agent = new Agent({ keepAlive: true });
  const send = async ({ url, method, headers = {}, body, signal }: Sent): Promise<Received> => {
    const written = new URL(url);
    // A URL drops its scheme's own port; the table may name it.
    const named = `${written.hostname}:${written.port === '' ? defaultPorts[written.protocol] : written.port}`;
    const address = new URL(`${written.protocol}//${hosts[named] ?? written.host}`);
    const options: RequestOptions = {
      ...{ method, signal, path: `${written.pathname}${written.search}` },
      ...{ hostname: address.hostname, port: address.port },
      headers: {
        host: written.host,
        ...headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    };
    const { promise, resolve, reject } = Promise.withResolvers<Received>();
    const request =
      written.protocol === 'https:'
        ? process.getBuiltinModule('node:https').request(options) // only here: hardly anybody's targets speak TLS
        : httpRequest({ ...options, agent });
    request.on('error', reject);
    request.on('response', (response) => {
      buffer(response).then(
        (received) =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            body: received,
          }),
        reject,
      );
    });
    request.end(body);
    return promise;
  };
  return { send, close: () => agent.destroy() };
};
