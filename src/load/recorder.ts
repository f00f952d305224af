/**
 * Counts what happens into windows of equal length that begin with the load. Every fact is given with its time, so it lands in
 * the window in which it happened even where this process was late; a window in which nothing happened is reported too.
 */
import { build } from 'hdr-histogram-js';
import type { LoadWindow } from './window.ts';

/** Times are milliseconds since the start of the load, in order. */
export type Recorder = {
  /** Buyers under way. */
  readonly inFlight: () => number;
  /** Reports the windows that have ended. */
  readonly rollTo: (nowMs: number) => void;
  readonly buyerSent: (nowMs: number, lagMs: number) => void;
  readonly buyerDropped: (nowMs: number) => void;
  /** @param problem What failed it: `503`, `timeout`, `ECONNREFUSED`; undefined for a request that did not fail. */
  readonly requestEnded: (nowMs: number, latencyMs: number, problem: string | undefined) => void;
  readonly buyerEnded: (nowMs: number, outcome: 'succeeded' | 'failed') => void;
  /** Reports the window under way, as long as it got; nothing is reported any more after it. */
  readonly close: (nowMs: number) => void;
};

const nothing = () => ({ buyers: 0, buyersFailed: 0, requests: 0, requestsFailed: 0, dropped: 0 });

export const windowRecorder = (windowMs: number, report: (window: LoadWindow) => void): Recorder => {
  const latency = millisecondHistogram();
  const lag = millisecondHistogram();
  let inFlight = 0;
  let counts = nothing();
  let errors: Record<string, number> = {};
  let startMs = 0;

  const finish = (lengthMs: number): void => {
    const none = counts.requests === 0;
    report({
      windowMs: lengthMs,
      ...counts,
      p50Ms: none ? null : latency.percentile(50),
      p95Ms: none ? null : latency.percentile(95),
      lagP99Ms: lag.percentile(99),
      inFlight,
      errors,
    });
    counts = nothing();
    errors = {};
    latency.reset();
    lag.reset();
    startMs += windowMs;
  };
  const isOver = (nowMs: number): boolean => nowMs >= startMs + windowMs;
  const rollTo = (nowMs: number): void => {
    while (isOver(nowMs)) finish(windowMs);
  };

  return {
    inFlight: () => inFlight,
    rollTo,
    buyerSent: (nowMs, lagMs) => {
      rollTo(nowMs);
      lag.record(lagMs);
      inFlight += 1;
    },
    buyerDropped: (nowMs) => {
      rollTo(nowMs);
      counts.buyers += 1;
      counts.buyersFailed += 1;
      counts.dropped += 1;
    },
    requestEnded: (nowMs, latencyMs, problem) => {
      rollTo(nowMs);
      latency.record(latencyMs);
      counts.requests += 1;
      if (problem === undefined) return;
      counts.requestsFailed += 1;
      errors[problem] = (errors[problem] ?? 0) + 1;
    },
    buyerEnded: (nowMs, outcome) => {
      rollTo(nowMs);
      inFlight -= 1;
      counts.buyers += 1;
      if (outcome === 'failed') counts.buyersFailed += 1;
    },
    close: (nowMs) => {
      rollTo(nowMs);
      finish(Math.round(nowMs - startMs));
      startMs = Infinity;
    },
  };
};

/** Milliseconds in and out, kept as microseconds to three significant digits. */
const millisecondHistogram = () => {
  const histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3, autoResize: true });
  return {
    record: (value: number): void => histogram.recordValue(Math.max(0, Math.round(value * 1_000))),
    /** 0 where nothing was recorded. */
    percentile: (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000,
    reset: (): void => histogram.reset(),
  };
};
