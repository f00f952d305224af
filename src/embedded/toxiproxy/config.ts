/** What the fault proxy is started with and what it says once it can be used. */

/** As `POST /populate` takes it. */
export type ProxyConfig = {
  readonly name: string;
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled?: boolean;
  /** Milliseconds until one that is not enabled starts by itself. */
  readonly ttl?: number;
};

export type ToxiproxyConfig = {
  /** Where the API listens; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  readonly proxies: readonly ProxyConfig[];
  /** Serves `/metrics`. */
  readonly proxyMetrics?: boolean;
};

export type ToxiproxyReady = {
  readonly url: string;
  /** `listen` with the port that was taken. */
  readonly proxies: readonly { readonly name: string; readonly listen: string }[];
};
