/**
 * The fault proxy: Toxiproxy's API and behaviour in a small server of our own, so that faults of the network need no
 * other program. Behaves like version 2.12 as clients see it, but does not copy what hurts: a removal never waits for a
 * reader, a hanging upstream never blocks the API, and attributes that crash the original are refused.
 *
 * @see https://github.com/Shopify/toxiproxy README, sections "HTTP API" and "Toxics"
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { boundAddress } from './address.ts';
import { createApi } from './api.ts';
import type { ToxiproxyConfig, ToxiproxyReady } from './config.ts';
import { createProxyCollection } from './proxy-collection.ts';
import { createTraffic } from './traffic.ts';

/** `import 'node:http'` would load a WebSocket and a fetch as well, for 12 MB that a small server does not need. */
const http = process.getBuiltinModule('node:http');

/** Seconds as the original's, against clients that begin a request and never end it. */
const apiTimeouts = { requestTimeout: 15_000, headersTimeout: 15_000, keepAliveTimeout: 60_000 } as const;

/** `close` ends the API, every listener and every connection. */
export type RunningToxiproxy = ToxiproxyReady & { readonly close: () => Promise<void> };

/** @throws the system's error when `port` is taken, ApiError when one of `proxies` cannot be made. */
export const startToxiproxy = async (config: ToxiproxyConfig): Promise<RunningToxiproxy> => {
  const traffic = createTraffic();
  const proxies = createProxyCollection(traffic);
  const metrics = config.proxyMetrics === true ? traffic.exposition : undefined;
  const api = http.createServer({ ...apiTimeouts, connectionsCheckingInterval: 5_000 }, createApi(proxies, metrics));

  const close = async (): Promise<void> => {
    if (api.listening) {
      const closed = once(api, 'close');
      api.close();
      api.closeAllConnections(); // clients keep theirs alive
      await closed;
    }
    await Promise.all(proxies.all().map((proxy) => proxy.retire()));
  };

  try {
    await proxies.populate(() => config.proxies);
    api.listen({ host: config.host, port: config.port, exclusive: true });
    await once(api, 'listening');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://${boundAddress(api.address() as AddressInfo)}`,
    proxies: proxies.all().map((proxy) => {
      const { name, listen } = proxy.view();
      return { name, listen };
    }),
    close,
  };
};
