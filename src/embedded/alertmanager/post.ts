/** One request to a receiver, through the table of hosts. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { reasonOf } from '../../errors.ts';
import type { Ms } from '../../units.ts';

/** Where names in URLs lead to: `pager:9095` → `127.0.0.1:12345`. */
export type Hosts = Readonly<Record<string, string>>;

/** One attempt: delivered, or why not and whether it makes sense to try again. */
export type Attempt =
  { readonly delivered: true } | { readonly delivered: false; readonly retry: boolean; readonly reason: string };

export type Post = {
  readonly url: string;
  readonly body: unknown;
  /** For this request; 0 for as long as `signal` allows. */
  readonly timeoutMs: Ms;
  /** Besides answers of 5xx and failures to connect, which are worth another try; other refusals are not. */
  readonly retryOn?: readonly number[];
  readonly userAgent: string;
  readonly hosts: Hosts;
};

export const post = async (options: Post, signal: AbortSignal): Promise<Attempt> => {
  const { url, timeoutMs, retryOn = [] } = options;
  const bounds = timeoutMs > 0 ? AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) : signal;
  try {
    const status = await statusOf(options, bounds);
    if (status >= 200 && status < 300) return { delivered: true };
    return { delivered: false, retry: status >= 500 || retryOn.includes(status), reason: `${url} answered ${status}` };
  } catch (error) {
    return { delivered: false, retry: !signal.aborted, reason: `${url}: ${reasonOf(error)}` };
  }
};

const statusOf = ({ url: written, body, userAgent, hosts }: Post, signal: AbortSignal): Promise<number> => {
  const url = new URL(written);
  const content = JSON.stringify(body);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const address = URL.parse(
    `tcp://${hosts[url.host] ?? hosts[`${url.hostname}:${port}`] ?? `${url.hostname}:${port}`}`,
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options: RequestOptions & { servername: string } = {
    method: 'POST',
    agent: false, // a kept connection that the receiver has just closed would cost a retry
    host: (address?.hostname ?? url.hostname).replaceAll(/[[\]]/g, ''),
    port: address?.port ?? port,
    path: `${url.pathname}${url.search}`,
    servername: url.hostname,
    headers: {
      Host: url.host, // as written, wherever the name leads to
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(content),
      'User-Agent': userAgent,
      ...(url.username === '' ? {} : { Authorization: basicAuthorization(url) }),
    },
    signal,
  };
  const onResponse = (response: IncomingMessage): void => {
    response.resume();
    response.on('end', () => resolve(response.statusCode ?? 0));
    response.on('error', reject);
  };
  const request =
    url.protocol === 'https:'
      ? process.getBuiltinModule('node:https').request(options, onResponse) // only here: a replica's receivers speak no TLS
      : httpRequest(options, onResponse);
  request.on('error', reject);
  request.end(content);
  return promise;
};

const basicAuthorization = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
