/** What the fault proxy is started with and what it says once it can be used. */
export type ProxyConfig = {
  readonly name: string;
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  readonly upstream: string;
};

export type ToxiproxyConfig = {
  /** Where the API listens; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  readonly proxies: readonly ProxyConfig[];
};

export type ToxiproxyReady = {
  readonly url: string;
  /** `listen` with the port that was taken. */
  readonly proxies: readonly { readonly name: string; readonly listen: string }[];
};
