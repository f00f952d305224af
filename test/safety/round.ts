/** One crash: a holder breaks something on the bed, something is killed at one point, and everything must be as it was. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { undoers } from '../../src/faults/undoers.ts';
import { reachOf } from '../../src/safety/reach.ts';
import { recoverRun, undoLogFile } from '../../src/safety/recovery.ts';
import { decodeUndoLog, isSettled } from '../../src/safety/undo-log.ts';
import type { Bed } from './bed.ts';
import type { HolderConfig, Point } from './holder.ts';
import { differences, stateOf, type State } from './inspector.ts';

export const victims = [
  'nobody',
  'conductor',
  'watchdog',
  'both',
  'postgres',
  'postgres and conductor',
  'frozen conductor',
] as const;
export type Victim = (typeof victims)[number];

export type Crash = {
  readonly fault: keyof typeof broken;
  readonly victim: Victim;
  readonly point: Point | { readonly phase: 'later'; readonly afterMs: number };
};

/** What each fault is asked for here. shrink-pool needs a service; it is killed with whole runs (`test/proofs`). */
export const broken = {
  'lower-connection-limit': { max_connections: 20 },
  'hold-connections': { count: 8 },
  'throttle-bandwidth': { rateKbPerSecond: 8 },
  'add-latency': { delay: 20, jitter: 5 },
} as const;

export type Outcome = {
  /** What is not as it was, or did not end as it has to; empty is the aim. */
  readonly problems: readonly string[];
  /** From the kill until an inspector saw everything as it was. */
  readonly cleanMs: number;
  /** Whether the holder came to the point at all. */
  readonly reached: boolean;
};

export const describeCrash = ({ fault, victim, point }: Crash): string => {
  const nth = 'nth' in point ? ` ${point.nth}` : 'afterMs' in point ? ` ${point.afterMs} ms` : '';
  return `${fault}, ${victim}, ${point.phase}${nth}`;
};

/** Longer than anybody waits for it, where only the loss of the watchdog may end it. */
const holdMs = (victim: Victim, { phase }: Crash['point']): number => {
  if (phase === 'later') return 200;
  return victim === 'watchdog' && phase !== 'undoing' && phase !== 'settling' ? 600_000 : 0;
};

export const inspect = (bed: Bed): Promise<State> =>
  stateOf({
    operatorUrl: bed.addresses.operatorUrl,
    toxiproxyUrl: bed.addresses.toxiproxyUrl,
    dataFolder: bed.dataFolder,
    folder: bed.folder,
    runsFolder: bed.runsFolder,
  });

export const crash = async (bed: Bed, before: State, { fault, victim, point }: Crash): Promise<Outcome> => {
  const runId = newRunId();
  const runFolder = join(bed.runsFolder, runId);
  await mkdir(runFolder, { mode: 0o700 });
  const holder = await startHolder({
    runFolder,
    runId,
    fault,
    params: broken[fault],
    point: point.phase === 'later' ? null : point,
    holdMs: holdMs(victim, point),
    // A frozen conductor is known by twelve beats that do not come.
    everyMs: victim === 'frozen conductor' ? 100 : 500,
    addresses: bed.addresses,
  });
  try {
    if (point.phase === 'later') await sleepFor(point.afterMs);
    const reached = point.phase === 'later' ? !holder.ended() : await holder.stands();
    const killedAt = performance.now();
    if (reached) await strike(victim, holder, bed);
    await holder.over();
    const problems = [...unsettled(runFolder, victim), ...(await settle(runFolder, bed))];
    const left = await untilNothing(async () => differences(before, await inspect(bed)));
    return { problems: [...problems, ...left], cleanMs: performance.now() - killedAt, reached };
  } finally {
    await holder.end();
    await rm(runFolder, { recursive: true, force: true });
  }
};

const newRunId = (): string => `20260101-000000-${randomBytes(3).toString('hex')}`;

const strike = async (victim: Victim, holder: Holder, bed: Bed): Promise<void> => {
  switch (victim) {
    case 'nobody':
      return holder.goOn();
    case 'conductor':
      return holder.signal('SIGKILL');
    case 'frozen conductor':
      return holder.signal('SIGSTOP');
    case 'both':
      kill(holder.watchdog(), 'SIGKILL');
      return holder.signal('SIGKILL');
    case 'watchdog':
      kill(holder.watchdog(), 'SIGKILL');
      return holder.goOn();
    case 'postgres':
      await bed.killPostgres();
      await bed.restart();
      return holder.goOn();
    case 'postgres and conductor':
      await bed.killPostgres();
      holder.signal('SIGKILL');
      await holder.over();
      return bed.restart();
    default:
      return victim satisfies never;
  }
};

const needsRestart = 'PostgreSQL has to be restarted, and nobody here can';

/** What conductor or watchdog left to others although they were there, and so was what they had to undo. */
const unsettled = (runFolder: string, victim: Victim): readonly string[] => {
  const file = undoLogFile(runFolder);
  if (victim === 'both' || victim === 'postgres and conductor' || !existsSync(file)) return [];
  return decodeUndoLog(readFileSync(file, 'utf8'))
    .filter((entry) => !isSettled(entry) && entry.reason !== needsRestart)
    .map(({ what, state, reason }) => `left to "gameday recover": ${what}: ${state} ${reason ?? ''}`);
};

/**
 * What the next command does, and where a watchdog that cannot restart a server had to leave that to somebody: the restart by
 * hand, as it says. @returns What is left even then.
 */
const settle = async (runFolder: string, bed: Bed): Promise<readonly string[]> => {
  const reach = reachOf([bed.addresses.operatorUrl, bed.addresses.toxiproxyUrl]);
  const recover = () => recoverRun(runFolder, 'operator', { undoers, reach });
  const residue = await recover();
  if (!residue.some(({ reason }) => reason === needsRestart))
    return residue.map(({ what, reason }) => `left: ${what}: ${reason}`);
  await bed.restart();
  return (await recover()).map(({ what, reason }) => `left after the restart: ${what}: ${reason}`);
};

type Holder = {
  readonly watchdog: () => number;
  /** Whether it came to its point; false when it ended without. */
  readonly stands: () => Promise<boolean>;
  readonly ended: () => boolean;
  readonly goOn: () => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Neither it nor its watchdog is there any more. */
  readonly over: () => Promise<void>;
  /** Whatever became of it. */
  readonly end: () => Promise<void>;
};

const startHolder = async (config: HolderConfig): Promise<Holder> => {
  const configFile = join(config.runFolder, 'holder.json');
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const logFile = join(config.runFolder, 'holder.log');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.ts'), configFile], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const life = { over: false };
  void closed.then(() => (life.over = true));
  const until = async (text: string | RegExp): Promise<boolean> => {
    while (!life.over && said.search(text) === -1) await sleepFor(2);
    return said.search(text) !== -1;
  };
  if (!(await until(/watchdog \d+/)))
    throw new Error(`the holder did not start:\n${said}${await readFile(logFile, 'utf8').catch(() => '')}`);
  const watchdog = Number(/watchdog (\d+)/.exec(said)?.[1]);
  const goOn = (): void => void child.stdin.write('.');
  const gone = async (): Promise<void> => {
    await closed;
    while (isRunning(watchdog)) await sleepFor(5);
  };
  return {
    watchdog: () => watchdog,
    stands: () => until('standing'),
    ended: () => life.over,
    goOn,
    signal: (name) => void child.kill(name),
    over: async () => {
      const late = sleepFor(45_000, 'late', { ref: false });
      if ((await Promise.race([gone(), late])) === 'late') throw new Error(`holder or watchdog never ended:\n${said}`);
    },
    end: async () => {
      child.kill('SIGKILL');
      await closed;
      if (isRunning(watchdog)) kill(watchdog, 'SIGKILL');
    },
  };
};

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
};

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** A session that was ended is seen for a moment. @returns What is still there after three seconds. */
const untilNothing = async (look: () => Promise<readonly string[]>): Promise<readonly string[]> => {
  for (const until = performance.now() + 3_000; ; await sleepFor(20)) {
    const found = await look();
    if (found.length === 0 || performance.now() > until) return found;
  }
};
