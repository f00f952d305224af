/**
 * How long the main job takes, phase by phase, and how much memory all of its processes take together.
 *
 *     npm run bench -- verify [RUNS]
 *
 * Prints one JSON document: for each figure the minimum, median and maximum over the runs (3 unless given), beside its
 * target. Memory is PSS, the share of each process in pages that several use, summed over the conductor and everything it
 * started, sampled every 250 ms; the peak counts. Linux only, because PSS is read from /proc.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { decodeJournal } from '../src/journal/codec.ts';
import type { JournalEvent, Phase } from '../src/journal/events.ts';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');
/** As `bin/ready.cjs` starts it. */
const flags = [
  '--liftoff-only',
  '--no-maglev-build-code-on-background',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--single-threaded-gc',
  '--v8-pool-size=1',
];
const runs = Number(process.argv[2] ?? 3);

const targets: Readonly<Record<string, number>> = {
  upMs: 2_000,
  firstFaultMs: 8_000,
  singleProofMs: 25_000,
  fullProofMs: 90_000,
  peakPssMb: 350,
};

const statusOf = (pid: number): { parent: number; pssKb: number } | undefined => {
  try {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const pssKb = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    return { parent, pssKb };
  } catch {
    return undefined; // It ended while we looked.
  }
};

/** PSS of a process and all that descend from it, in megabytes. */
const familyPssMb = (ancestor: number): number => {
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const status = statusOf(Number(name));
        return status === undefined ? [] : [[Number(name), status] as const];
      }),
  );
  const belongs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) if (at === ancestor) return true;
    return false;
  };
  return [...all].filter(([pid]) => belongs(pid)).reduce((sum, [, { pssKb }]) => sum + pssKb, 0) / 1_000;
};

type Measured = Readonly<Record<string, number | null>>;

const verify = async (proof: 'single' | 'full'): Promise<Measured> => {
  const home = mkdtempSync(join(tmpdir(), 'gd-bench-'));
  try {
    const startedMs = performance.now();
    const child = spawn(
      process.execPath,
      [...flags, program, 'verify', 'web-stack-outage', '--quiet', '--proof', proof],
      {
        cwd: resolve(import.meta.dirname, '..'),
        env: { ...process.env, GAMEDAY_HOME: home },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const exited = new Promise<number | null>((done) => void child.once('exit', done));
    const ended = new AbortController();
    let peakPssMb = 0;
    const sampling = (async () => {
      while (!ended.signal.aborted) {
        peakPssMb = Math.max(peakPssMb, familyPssMb(child.pid ?? 0));
        await sleepFor(250);
      }
    })();
    const exitCode = await exited;
    const wholeMs = performance.now() - startedMs;
    ended.abort();
    await sampling;
    const [run = ''] = readdirSync(join(home, 'runs'));
    const { events } = decodeJournal(readFileSync(join(home, 'runs', run, 'journal.jsonl'), 'utf8'));
    // What passes before the journal begins (Node, reading and planning) belongs to the time until the first fault.
    const beforeMs = wholeMs - (events.at(-1)?.atMs ?? 0);
    return proof === 'full'
      ? { exitCode, fullProofMs: wholeMs, fullProofPeakPssMb: peakPssMb }
      : { exitCode, ...phasesOf(events, beforeMs), singleProofMs: wholeMs, peakPssMb };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

const phasesOf = (events: readonly JournalEvent[], beforeMs: number): Measured => {
  const at = (find: (event: JournalEvent) => boolean): number | null => events.find(find)?.atMs ?? null;
  const phase = (name: Phase): number | null => at((event) => event.type === 'phase.entered' && event.phase === name);
  const between = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : to - from;
  const own = 'DatabaseConnectionsRefused';
  const injected = at((event) => event.type === 'fault.injected');
  const after = (find: (event: JournalEvent) => boolean): number | null => between(injected, at(find));
  const healed = events.find((event) => event.type === 'service.healed');
  return {
    upMs: between(phase('up'), phase('warm-up')),
    baselineMs: between(phase('warm-up'), phase('inject')),
    firstFaultMs: injected === null ? null : beforeMs + injected,
    injectedToFirstFailedBuyerMs: after(
      (event) => event.type === 'load.measured' && event.buyersFailed > 0 && event.atMs > (injected ?? 0),
    ),
    injectedToPendingMs: after((event) => event.type === 'alert.pended' && event.alert === own),
    injectedToFiringMs: after((event) => event.type === 'alert.fired' && event.alert === own),
    injectedToDeliveredMs: after((event) => event.type === 'alert.delivered' && event.alert === own),
    injectedToRunbookMs: after((event) => event.type === 'runbook.started'),
    injectedToHealedMs: healed === undefined ? null : between(injected, healed.sinceMs),
    injectedToResolvedMs: after((event) => event.type === 'alert.resolved' && event.alert === own),
    undoMs: between(phase('undo'), phase('down')),
    downMs: between(
      phase('down'),
      at((event) => event.type === 'run.ended'),
    ),
  };
};

const spread = (values: readonly (number | null)[]): { min: number; median: number; max: number } | null => {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const round = (value: number | undefined): number => Math.round((value ?? 0) * 10) / 10;
  if (sorted.length === 0) return null;
  return {
    min: round(sorted[0]),
    median: round(sorted[Math.floor((sorted.length - 1) / 2)]),
    max: round(sorted.at(-1)),
  };
};

const singles: Measured[] = [];
for (let index = 0; index < runs; index++) singles.push(await verify('single'));
const full = await verify('full');

const names = [...Object.keys(singles[0] ?? {}), 'fullProofMs', 'fullProofPeakPssMb'];
const figures = names.map((name) => {
  const found = spread([...singles, full].map((measured) => measured[name] ?? null));
  const target = targets[name];
  return [name, { ...found, ...(target === undefined ? {} : { target, met: (found?.median ?? Infinity) <= target }) }];
});
process.stdout.write(`${JSON.stringify({ bench: 'verify', runs, figures: Object.fromEntries(figures) }, null, 2)}\n`);
