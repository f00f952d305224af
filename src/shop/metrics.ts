/** What the shop tells Prometheus. Series are there from the start, at 0, so that the first failure is an increase. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { usualCodes } from './failure.ts';
import type { Thumbnails } from './thumbnails.ts';

/** The pool at this moment, as `pg-pool` counts: `total` includes `idle`; `waiting` are requests without a connection. */
export type PoolState = {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
};

/** Seconds; 5 ms to 5 s, dense around the timeouts (2 s for a pool connection, 3 s for a buyer's patience). */
const requestBuckets = [0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 5];
const queryBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

export type ShopMetrics = ReturnType<typeof shopMetrics>;

export const shopMetrics = (pool: PoolState, poolMax: number, thumbnails: Pick<Thumbnails, 'busyRatio'>) => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(value());
    };
    registry.registerMetric(new Gauge({ name, help, collect, registers: [] }));
  };
  const requests = new Counter({
    name: 'shop_http_requests_total',
    help: 'Requests ended, by route and status; 499 is a client that left before the answer.',
    labelNames: ['route', 'status'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'shop_http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames: ['route'] as const,
    buckets: requestBuckets,
    registers,
  });
  const buyers = new Counter({
    name: 'shop_buyers_total',
    help: 'Visits ended: a checkout ends one either way, a failed browse ends it too.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const databaseErrors = new Counter({
    name: 'shop_db_errors_total',
    help: 'Failures of the database as the shop sees them, by SQLSTATE, errno name or class.',
    labelNames: ['code'] as const,
    registers,
  });
  const acquireSeconds = new Histogram({
    name: 'shop_pool_acquire_seconds',
    help: 'Time until a request had its pool connection, or gave up.',
    buckets: queryBuckets,
    registers,
  });
  const querySeconds = new Histogram({
    name: 'shop_db_query_seconds',
    help: 'Time of single queries as the shop sees them.',
    buckets: queryBuckets,
    registers,
  });
  gauge('shop_pool_total', 'Connections of the pool, being opened, in use or idle.', () => pool.totalCount);
  gauge('shop_pool_idle', 'Connections of the pool that nobody uses.', () => pool.idleCount);
  gauge('shop_pool_waiting', 'Requests that wait for a pool connection.', () => pool.waitingCount);
  gauge('shop_pool_max', 'Connections the pool may open.', () => poolMax);
  watchProcess(gauge, registry);
  const workerBusy = new Gauge({
    name: 'shop_worker_busy_ratio',
    help: 'How much of its CPU budget a background worker used within the last three seconds.',
    labelNames: ['worker'] as const,
    registers: [],
    collect() {
      this.set({ worker: 'thumbnails' }, thumbnails.busyRatio());
    },
  });
  registry.registerMetric(workerBusy);

  for (const route of ['/products', '/checkout'] as const) {
    for (const status of [route === '/products' ? '200' : '201', '503']) requests.inc({ route, status }, 0);
    requestSeconds.zero({ route });
  }
  for (const outcome of ['succeeded', 'failed']) buyers.inc({ outcome }, 0);
  for (const code of usualCodes) databaseErrors.inc({ code }, 0);
  return { registry, requests, requestSeconds, buyers, databaseErrors, acquireSeconds, querySeconds };
};

/** The two process measurements that tell "the shop itself is busy" from "the shop waits", under their customary names. */
const watchProcess = (gauge: (name: string, help: string, value: () => number) => void, registry: Registry): void => {
  const resolutionMs = 20;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  gauge('nodejs_eventloop_lag_p99_seconds', 'How late timers came since the last scrape, 99th percentile.', () => {
    const p99Ms = delay.count === 0 ? 0 : delay.percentile(99) / 1e6;
    delay.reset();
    return Math.max(0, p99Ms - resolutionMs) / 1_000; // the monitor counts its own sampling interval in
  });
  const cpuSeconds = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system time of the process.',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registry.registerMetric(cpuSeconds);
};
