/** Every fault there is, by the name under which an experiment asks for it. */
import type { Fault } from './fault.ts';
import { addLatency } from './add-latency.ts';
import { holdConnections } from './hold-connections.ts';
import { lowerConnectionLimit } from './lower-connection-limit.ts';
import { shrinkPool } from './shrink-pool.ts';
import { throttleBandwidth } from './throttle-bandwidth.ts';

const all = [lowerConnectionLimit, shrinkPool, holdConnections, throttleBandwidth, addLatency] as const;

export const faults: Readonly<Record<string, Fault<unknown>>> = Object.fromEntries(
  all.map((fault) => [fault.name, fault as unknown as Fault<unknown>]),
);
