/**
 * The load generator's own view of the service, for Prometheus: whether requests succeed and how long they take, whatever the
 * service says of itself, or even if it says nothing. The rules of a team whose service has no metrics are written on these.
 *
 * - `load_requests_total{route,outcome}`: `succeeded` or `failed`; `route` is `GET /products`, without its query.
 * - `load_request_errors_total{error}`: what failed them, `503`, `timeout`, `ECONNREFUSED`, `unexpected text`.
 * - `load_request_duration_seconds{route}`: from when it was due, failed ones included.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Histogram, Registry } from 'prom-client';
import type { Visit } from './config.ts';
import type { Ask } from './front-door.ts';

/** @param problem undefined for a request that succeeded. */
export type RequestSeen = (route: string, latencyMs: number, problem: string | undefined) => void;

export type LoadMetrics = { readonly address: string; readonly seen: RequestSeen; readonly close: () => Promise<void> };

/** Seconds, up to the patience of a buyer. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 2.5, 3];

export const routeOf = ({ method, path }: Pick<Ask, 'method' | 'path'>): string => `${method} ${path.split('?', 1)[0]}`;

export const serveLoadMetrics = async (visits: readonly Visit[]): Promise<LoadMetrics> => {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'load_requests_total',
    help: 'Requests ended, as the load generator saw them.',
    labelNames: ['route', 'outcome'] as const,
    registers,
  });
  const errors = new Counter({
    name: 'load_request_errors_total',
    help: 'What failed requests: a status, timeout, unexpected text or the error of the socket.',
    labelNames: ['error'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'load_request_duration_seconds',
    help: 'Time from when a request was due to its end.',
    labelNames: ['route'] as const,
    buckets,
    registers,
  });
  // There from the start, at 0, so that the first failure is an increase.
  for (const route of new Set(visits.flatMap(({ asks }) => asks.map(routeOf)))) {
    for (const outcome of ['succeeded', 'failed']) requests.inc({ route, outcome }, 0);
    duration.zero({ route });
  }
  const server = createServer((request, response) => {
    request.resume();
    void registry.metrics().then((text) => response.setHeader('content-type', registry.contentType).end(text));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: (route, latencyMs, problem) => {
      requests.inc({ route, outcome: problem === undefined ? 'succeeded' : 'failed' });
      duration.observe({ route }, latencyMs / 1_000);
      if (problem !== undefined) errors.inc({ error: problem });
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
