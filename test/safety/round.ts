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
import { decodeUndoLog, isSettled, type UndoEntry, type UndoRecord } from '../../src/safety/undo-log.ts';
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
  'launcher',
] as const;
export type Victim = (typeof victims)[number];

export type Crash = {
  readonly fault: keyof typeof broken;
  readonly victim: Victim;
  readonly point: Point | { readonly phase: 'later'; readonly afterMs: number };
};

/** What each fault is asked for here. */
export const broken = {
  'lower-connection-limit': { max_connections: 20 },
  'hold-connections': { count: 8 },
  'throttle-bandwidth': { rateKbPerSecond: 8 },
  'add-latency': { delay: 20, jitter: 5 },
  'shrink-pool': { max: 2 },
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

/** Longer than anybody waits for it, where only the loss of another process may end it. */
const holdMs = (victim: Victim, { phase }: Crash['point']): number => {
  if (phase === 'later') return 200;
  const lost = victim === 'watchdog' || victim === 'launcher';
  return lost && phase !== 'undoing' && phase !== 'settling' ? 600_000 : 0;
};

export const inspect = (bed: Bed): Promise<State> =>
  stateOf({
    operatorUrl: bed.addresses.operatorUrl,
    toxiproxyUrl: bed.addresses.toxiproxyUrl,
    dataFolder: bed.dataFolder,
    serviceUrl: bed.service.url,
    serviceFile: bed.service.configurationFile,
    folder: bed.folder,
    runsFolder: bed.runsFolder,
  });

export const crash = async (bed: Bed, before: State, { fault, victim, point }: Crash): Promise<Outcome> => {
  const runId = newRunId();
  const runFolder = join(bed.runsFolder, runId);
  await mkdir(runFolder, { mode: 0o700 });
  const config: HolderConfig = {
    runFolder,
    runId,
    fault,
    params: broken[fault],
    point: point.phase === 'later' ? null : point,
    holdMs: holdMs(victim, point),
    // A frozen conductor is known by twelve beats that do not come.
    everyMs: victim === 'frozen conductor' ? 100 : 500,
    addresses: bed.addresses,
  };
  const holder = await startHolder(config, victim === 'launcher' ? 'launcher.cjs' : 'holder.ts');
  try {
    if (point.phase === 'later') await sleepFor(point.afterMs);
    const reached = point.phase === 'later' ? !holder.ended() : await holder.stands();
    const killedAt = performance.now();
    if (reached) await strike(victim, holder, bed);
    await holder.over();
    const problems = [
      ...(spares(victim) && !holder.cameToItsEnd() ? ['the conductor, which was spared, did not come to its end'] : []),
      ...unsettled(runFolder, victim),
      ...(await settle(runFolder, bed)),
    ];
    await bed.idle();
    const left = await untilNothing(async () => differences(before, await inspect(bed)));
    return { problems: [...problems, ...left], cleanMs: performance.now() - killedAt, reached };
  } finally {
    await holder.end();
    await rm(runFolder, { recursive: true, force: true });
  }
};

/** Whether the conductor goes on. */
const spares = (victim: Victim): boolean => ['nobody', 'watchdog', 'postgres', 'launcher'].includes(victim);

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
    case 'launcher':
      return holder.goOnWithoutLauncher();
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

/** What conductor or watchdog left to others although they were there, and so was what they had to undo. */
const unsettled = (runFolder: string, victim: Victim): readonly string[] => {
  const file = undoLogFile(runFolder);
  if (victim === 'both' || victim === 'postgres and conductor' || !existsSync(file)) return [];
  return decodeUndoLog(readFileSync(file, 'utf8'))
    .filter((entry) => !isSettled(entry) && !isLeftToAPerson(entry))
    .map(({ what, state, reason }) => `left to "gameday recover": ${what}: ${state} ${reason ?? ''}`);
};

/** What needs acts that died with the conductor, in the words in which each undo says so. */
const isLeftToAPerson = ({ record: { kind }, reason }: UndoEntry): boolean =>
  (kind === 'settings.restore' && reason === 'PostgreSQL has to be restarted, and nobody here can') ||
  (kind === 'service.restore' && reason === 'the service has to be reconfigured and restarted, and nobody here can');

/**
 * What the next command does, and where a watchdog that cannot restart anything had to leave that to somebody: what it says,
 * by hand. @returns What is left even then.
 */
const settle = async (runFolder: string, bed: Bed): Promise<readonly string[]> => {
  const reach = reachOf([bed.addresses.operatorUrl, bed.addresses.toxiproxyUrl]);
  const recover = () => recoverRun(runFolder, 'operator', { undoers, reach });
  const residue = await recover();
  if (residue.length === 0 || !residue.every(isLeftToAPerson))
    return residue.map(({ what, reason }) => `left: ${what}: ${reason}`);
  for (const { record } of residue) await doByHand(record, bed);
  const left = await recover();
  // Nobody who has no acts can look at a service: a person says that it is done by deleting the log, as docs/safety.md has it.
  if (left.every(({ record }) => record.kind === 'service.restore')) await rm(undoLogFile(runFolder));
  else return left.map(({ what, reason }) => `left after what was done by hand: ${what}: ${reason}`);
  return [];
};

/** From the record alone: a person has nothing else. */
const doByHand = async (record: UndoRecord, bed: Bed): Promise<void> => {
  if (record.kind !== 'service.restore') return bed.restart();
  await bed.service.writeConfiguration(record.configuration);
  await bed.service.restart();
};

type Holder = {
  readonly watchdog: () => number;
  /** Whether it came to its point; false when it ended without. */
  readonly stands: () => Promise<boolean>;
  readonly ended: () => boolean;
  readonly goOn: () => void;
  /** To the conductor, whatever stands before it. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Where one stands before it. */
  readonly goOnWithoutLauncher: () => Promise<void>;
  readonly cameToItsEnd: () => boolean;
  /** Neither it nor its watchdog is there any more. */
  readonly over: () => Promise<void>;
  /** Whatever became of it. */
  readonly end: () => Promise<void>;
};

const startHolder = async (config: HolderConfig, program: 'holder.ts' | 'launcher.cjs'): Promise<Holder> => {
  const configFile = join(config.runFolder, 'holder.json');
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const logFile = join(config.runFolder, 'holder.log');
  const child = spawn(process.execPath, [join(import.meta.dirname, program), configFile], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const life = { over: false };
  void closed.then(() => (life.over = true));
  const until = async (text: string | RegExp): Promise<boolean> => {
    while (!life.over && said.search(text) === -1) await sleepFor(2);
    return said.search(text) !== -1;
  };
  if (!(await until(/watchdog \d+\n/)))
    throw new Error(`the holder did not start:\n${said}${await readFile(logFile, 'utf8').catch(() => '')}`);
  const [conductor = 0, watchdog = 0] = /conductor (\d+), watchdog (\d+)/.exec(said)?.slice(1).map(Number) ?? [];
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
    signal: (name) => kill(conductor, name),
    goOnWithoutLauncher: async () => {
      // What is to be read has to be there before: with the launcher goes our end of the pipe.
      kill(conductor, 'SIGSTOP');
      await new Promise<void>((done) => child.stdin.write('.', () => done()));
      child.kill('SIGKILL');
      await exited;
      kill(conductor, 'SIGCONT');
    },
    cameToItsEnd: () => said.includes('over\n'),
    over: async () => {
      const late = sleepFor(45_000, 'late', { ref: false });
      if ((await Promise.race([gone(), late])) === 'late') throw new Error(`holder or watchdog never ended:\n${said}`);
    },
    end: async () => {
      if (!life.over) kill(conductor, 'SIGKILL');
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
