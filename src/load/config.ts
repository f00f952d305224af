/** The load generator's configuration, and what it and its parent say to each other. */
import type { Ask } from './front-door.ts';
import type { LoadWindow } from './window.ts';

/**
 * More load for a while, counted from the fault. `buyers`: more (or fewer) of them. The others are nobody's purchase and are
 * not measured: a `burst` of pages for a robot that asks from a few addresses, and `uploads` of pictures.
 */
export type LoadSpike = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'buyers'; readonly times: number }
  | { readonly kind: 'burst'; readonly ratePerSecond: number; readonly addresses: number }
  | { readonly kind: 'uploads'; readonly ratePerSecond: number }
);

/** What a buyer asks for: one thing after the other, at the same instance, until something fails. */
export type Visit = {
  /** How many buyers come for it, compared with the other visits. */
  readonly weight: number;
  readonly asks: readonly Omit<Ask, 'target'>[];
};

export type LoadConfig = {
  /** At least one. */
  readonly visits: readonly Visit[];
  /** Buyers per second outside of spikes. */
  readonly ratePerSecond: number;
  readonly arrivals: 'poisson' | 'constant';
  /** Spikes of buyers that overlap multiply. */
  readonly spikes: readonly LoadSpike[];
  /** The same seed gives the same arrivals. */
  readonly seed: number;
  /** 500 unless there is a reason. */
  readonly windowMs: number;
  /** A buyer's patience for one request, from when it was sent: 3000, longer than the service waits for its pool (2000). */
  readonly timeoutMs: number;
  /** Buyers under way at the same time, 2000 by default: more would measure this machine's sockets rather than the service. */
  readonly maxInFlight: number;
};

/**
 * `go` begins (once) on the instances of the service, each as `http://host:port`: they come up while this program does, so
 * it cannot be configured with them. `fault` starts the clock of the spikes (the last one counts); `stop` ends the arrivals.
 */
export type LoadCommand =
  { readonly go: { readonly targets: readonly string[] } } | { readonly fault: true } | { readonly stop: true };

/** What it says when it is ready: where Prometheus finds its view of the service, see `metrics.ts`. */
export type LoadReady = { readonly address: string };

/** One `window` each `windowMs` from `go` on; `stopped` comes last. */
export type LoadMessage = { readonly window: LoadWindow } | { readonly stopped: true };
