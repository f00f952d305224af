/** What the load generator saw in one window. A buyer is counted in the window in which their visit ended. */
export type LoadWindow = {
  /** The last window of a run can be shorter than the others. */
  readonly windowMs: number;
  readonly buyers: number;
  readonly buyersFailed: number;
  readonly requests: number;
  readonly requestsFailed: number;
  /** Latency of requests counted from their intended time, failed ones included; null where none ended in the window. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** How late the generator itself sent, 99th percentile: above 25 ms the machine is too busy to measure on. */
  readonly lagP99Ms: number;
  /** Buyers under way at the end of the window. */
  readonly inFlight: number;
  /** Arrivals that were not sent because too many were in flight; never silently skipped: each is a failed buyer. */
  readonly dropped: number;
  /** Failures by what the service answered or the socket said: `503`, `timeout`, `ECONNREFUSED`. */
  readonly errors: Readonly<Record<string, number>>;
};
