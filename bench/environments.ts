/**
 * How long a replica takes to come up, to its first fault and to be gone again, in each kind; beside it, for scale, a plain
 * PostgreSQL container as Testcontainers starts one.
 *
 *     npm run bench -- environments [RUNS]
 *
 * Prints one JSON document: for each figure the minimum, median and maximum over the runs (3 unless given), beside its
 * target. The images have to be there already; without Docker its part is null.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeJournal } from '../src/journal/codec.ts';
import type { JournalEvent } from '../src/journal/events.ts';

const root = resolve(import.meta.dirname, '..');
const runs = Number(process.argv[2] ?? 3);
const targets = { embedded: 2_000, containers: 12_000 } as const;

type Measured = { readonly upMs: number; readonly firstFaultMs: number; readonly downMs: number };

/** A run that is interrupted as soon as its fault is active. */
const measure = async (kind: keyof typeof targets): Promise<Measured> => {
  const home = mkdtempSync(join(tmpdir(), 'gd-bench-'));
  try {
    const startedMs = performance.now();
    const child = spawn(
      process.execPath,
      ['--liftoff-only', join(root, 'dist/cli/main.js'), 'verify', 'web-stack-outage', '--env', kind],
      { cwd: root, env: { ...process.env, GAMEDAY_HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const exited = once(child, 'exit');
    let firstFaultMs = Number.NaN;
    let said = '';
    for await (const line of createInterface({ input: child.stderr })) {
      said += `${line}\n`;
      if (!line.includes('fault injected: ')) continue;
      firstFaultMs = performance.now() - startedMs;
      child.kill('SIGINT');
    }
    await exited;
    if (Number.isNaN(firstFaultMs)) throw new Error(said);
    const [run = ''] = readdirSync(join(home, 'runs'));
    const { events } = decodeJournal(readFileSync(join(home, 'runs', run, 'journal.jsonl'), 'utf8'));
    const phase = (name: string): number => momentOf(events, (event) => 'phase' in event && event.phase === name);
    const ended = momentOf(events, ({ type }) => type === 'run.ended');
    return { upMs: phase('warm-up') - phase('up'), firstFaultMs, downMs: ended - phase('down') };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

const momentOf = (events: readonly JournalEvent[], is: (event: JournalEvent) => boolean): number =>
  events.find(is)?.atMs ?? Number.NaN;

/** Up when the server answers over TCP: while the image still sets itself up, it listens on a socket only. */
const plainPostgres = async (): Promise<Pick<Measured, 'upMs'>> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const startedMs = performance.now();
  const container = await new GenericContainer('postgres:17')
    .withEnvironment({ POSTGRES_PASSWORD: 'x' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready --host=127.0.0.1 --username=postgres'))
    .start();
  const upMs = performance.now() - startedMs;
  await container.stop();
  return { upMs };
};

const spread = (values: readonly number[]): { min: number; median: number; max: number } => {
  const sorted = values.map((value) => Math.round(value)).toSorted((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
};

const times = async <Result>(work: () => Promise<Result>): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (let index = 0; index < runs; index++) results.push(await work());
  return results;
};

const figuresOf = async (kind: keyof typeof targets): Promise<unknown> => {
  const measured = await times(() => measure(kind));
  const up = spread(measured.map(({ upMs }) => upMs));
  return {
    upMs: { ...up, target: targets[kind], met: up.median <= targets[kind] },
    firstFaultMs: spread(measured.map(({ firstFaultMs }) => firstFaultMs)),
    downMs: spread(measured.map(({ downMs }) => downMs)),
  };
};

process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
const hasDocker = spawnSync('docker', ['version']).status === 0;
const embedded = await figuresOf('embedded');
const containers = hasDocker ? await figuresOf('containers') : null;
const plain = hasDocker ? { upMs: spread((await times(plainPostgres)).map(({ upMs }) => upMs)) } : null;
const figures = { embedded, containers, 'postgres:17 by Testcontainers': plain };
process.stdout.write(`${JSON.stringify({ bench: 'environments', runs, figures }, null, 2)}\n`);
