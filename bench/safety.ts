/**
 * How long something stays broken after its conductor was killed, each figure beside its target.
 *
 *     npm run bench -- safety [ROUNDS]
 *
 * SIGKILL of the conductor while it holds a fault on a PostgreSQL and a fault proxy that outlive it; from that moment until
 * an inspector, which shares no code with what undoes, has seen everything as it was. The three faults that the watchdog can
 * undo alone take turns, 100 rounds in all unless given. A lowered limit is left out: it ends with a restart by hand.
 */
import { openBed } from '../test/safety/bed.ts';
import { crash, inspect, type Crash } from '../test/safety/round.ts';

const rounds = Number(process.argv[2] ?? 100);
const faults = ['hold-connections', 'throttle-bandwidth', 'add-latency'] as const;
const targetP99Ms = 2_000;

const quantile = (sorted: readonly number[], share: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);

const bed = await openBed();
try {
  const before = await inspect(bed);
  const times: number[] = [];
  const failed: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const each: Crash = { fault: faults[round % faults.length]!, victim: 'conductor', point: { phase: 'held' } };
    const { problems, cleanMs } = await crash(bed, before, each);
    if (problems.length === 0) times.push(cleanMs);
    else failed.push(...problems);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = quantile(sorted, 0.99);
  const figures = {
    p50Ms: { value: quantile(sorted, 0.5) },
    p99Ms: { value: p99, target: targetP99Ms, met: p99 <= targetP99Ms },
    maxMs: { value: quantile(sorted, 1) },
    leftBroken: { value: failed.length, target: 0, met: failed.length === 0 },
  };
  process.stdout.write(`${JSON.stringify({ bench: 'safety', rounds, figures, failed }, null, 2)}\n`);
} finally {
  await bed.close();
}
