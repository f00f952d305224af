/**
 * What the screen of a drill costs, measured on the whole program in a real pseudo-terminal of 120x40 while everything on it
 * moves: a made-up session is served from here, and a made-up hour is replayed.
 *
 *     npm run bench -- screen [SECONDS]
 *
 * Prints one JSON document with the figures beside their targets. SECONDS (20 unless given) is how long the live screen is
 * watched. Starts are medians of seven. CPU and memory are those of the screen's process alone, read from /proc: Linux only.
 * `load` is what else the machine did, before and after: beyond its number of cores times are those of a queue.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { encodeEvent } from '../src/journal/codec.ts';
import { busyDrill } from '../test/drill.fixture.ts';
import { openTerminal, type Terminal } from '../test/terminal.fixture.ts';
import { serveSyntheticSession, type SyntheticSession } from './screen/synthetic-session.ts';

/** As a person types it: whatever Node is there, then ours, then the screen's. */
const program = resolve(import.meta.dirname, '../bin/gameday.cjs');
const starts = 7;
const watchedMs = Number(process.argv[2] ?? 20) * 1_000;
const size = { columns: 120, rows: 40 } as const;
const hourMs = 3_600_000;
/** By then every chart is full. */
const sinceMs = 420_000;
/** Linux counts processor time in hundredths of a second (USER_HZ). */
const tickMs = 10;

const targets: Readonly<Record<string, number>> = {
  firstFrameMs: 700,
  homeFirstFrameMs: 700,
  cpuPercent: 12,
  kilobytesPerSecond: 25,
  keyToEchoP95Ms: 60,
  hourReplayedPeakRssMb: 150,
};

const screenOf = (terminal: Terminal): number => {
  const [pid] = terminal.processes('dist/screen/main.js');
  if (pid === undefined) throw new Error('there is no screen process');
  return pid;
};

const cpuMsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
};

const memoryMbOf = (pid: number, name: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;

const live = async (): Promise<Record<string, number>> => {
  await using session = await serveSyntheticSession(busyDrill(sinceMs + hourMs), sinceMs);
  await using terminal = openTerminal(command(['resume', session.runId]), { ...size, cwd: session.project });
  await terminal.shows(/T\+\d+:\d\d/);
  const pid = screenOf(terminal);
  await sleepFor(3_000); // What belongs to starting is not what it costs to watch.

  const before = { cpuMs: cpuMsOf(pid), bytes: terminal.writtenBytes(), atMs: performance.now() };
  await sleepFor(watchedMs);
  const tookMs = performance.now() - before.atMs;
  const cpuPercent = (100 * (cpuMsOf(pid) - before.cpuMs)) / tookMs;
  const kilobytesPerSecond = (terminal.writtenBytes() - before.bytes) / tookMs;
  const echoes = await echoTimes(terminal);
  const rssMb = memoryMbOf(pid, 'VmRSS');
  await leave(terminal);
  const firstFrames: number[] = [];
  const homeFrames: number[] = [];
  for (let start = 0; start < starts; start++) {
    firstFrames.push(await firstFrame(session, ['resume', session.runId], /T\+\d+:\d\d/));
    homeFrames.push(await firstFrame(session, [], 'Enter drill'));
  }
  return {
    firstFrameMs: quantile(firstFrames, 0.5),
    homeFirstFrameMs: quantile(homeFrames, 0.5),
    cpuPercent,
    kilobytesPerSecond,
    keyToEchoP50Ms: quantile(echoes, 0.5),
    keyToEchoP95Ms: quantile(echoes, 0.95),
    liveRssMb: rssMb,
  };
};

const command = (args: readonly string[]): readonly string[] => ['node', program, ...args];

/** From the command to the first thing that is worth looking at. */
const firstFrame = async (
  { project }: SyntheticSession,
  args: readonly string[],
  seen: string | RegExp,
): Promise<number> => {
  const startedMs = performance.now();
  await using terminal = openTerminal(command(args), { ...size, cwd: project });
  await terminal.shows(seen);
  const tookMs = performance.now() - startedMs;
  for (const pid of terminal.processes('dist/')) process.kill(pid, 'SIGKILL');
  await terminal.exited;
  return tookMs;
};

/** The run that never was goes on without this terminal, whose programs keep what they have compiled. */
const leave = async (terminal: Terminal): Promise<void> => {
  for (const [key, seen] of [
    ['<escape>', 'a command, or a note'],
    ['q', 'Leave the drill?'],
    ['<down>', '▶ detach'],
  ] as const) {
    terminal.press(key);
    await terminal.shows(seen);
  }
  terminal.press('<enter>');
  await terminal.exited;
};

/** One key at a time, at the pace of somebody who types, each until it is seen on the line. */
const echoTimes = async (terminal: Terminal): Promise<readonly number[]> => {
  const times: number[] = [];
  let typed = '';
  for (const letter of 'note the charts keep moving while somebody types this line') {
    typed += letter;
    const pressedMs = performance.now();
    terminal.press(letter);
    // A blank at the end of the line cannot be told from no blank.
    if (letter !== ' ') {
      const line = `> ${typed}`;
      await terminal.shows(line);
      times.push(performance.now() - pressedMs);
    }
    await sleepFor(120);
  }
  return times;
};

/** An hour, played for a while and then jumped through from end to end. */
const replayed = async (): Promise<Record<string, number>> => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-bench-'));
  try {
    writeFileSync(join(folder, 'journal.jsonl'), busyDrill(hourMs).map(encodeEvent).join(''));
    await using terminal = openTerminal(command(['replay', folder, '--speed', '64']), { ...size, cwd: folder });
    await terminal.shows('replay 64x');
    const pid = screenOf(terminal);
    await sleepFor(5_000);
    for (const [key, seen] of [
      ['G', 'replay the end'],
      ['5', 'T+28:30'],
      ['G', 'replay the end'],
      ['1', 'T+4:30'],
    ] as const) {
      terminal.press(key);
      await terminal.shows(seen, 20_000);
    }
    await sleepFor(2_000);
    return { hourReplayedPeakRssMb: memoryMbOf(pid, 'VmHWM') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

const loadBefore = loadavg()[0] ?? 0;
const measured = { ...(await live()), ...(await replayed()) };
const figures = Object.entries(measured).map(([name, value]) => {
  const target = targets[name];
  const rounded = Math.round(value * 10) / 10;
  return [name, { value: rounded, ...(target === undefined ? {} : { target, met: value <= target }) }];
});
const load = [loadBefore, loadavg()[0] ?? 0].map((value) => Math.round(value * 10) / 10);
const result = { bench: 'screen', seconds: watchedMs / 1_000, load, figures: Object.fromEntries(figures) };
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
