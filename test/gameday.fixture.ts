/** The built command as a process, a scratch project to run it in, and an inspector that shares no code with `src/`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const program = join(root, 'dist/cli/main.js');

export type Gameday = {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when standard error has shown `text`; rejects when the process ends first. */
  readonly shows: (text: string) => Promise<void>;
  /** The exit code, or the name of the signal. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
};

type Given = readonly (string | Readonly<Record<string, string>>)[];

/** Starts `gameday ARGS` in `folder`, perhaps with a few variables; stopped at the end of the test if it still runs. */
export const gameday = (folder: string, ...given: Given): Gameday => gamedayOf(program, folder, ...given);

/** The same of another copy of the built command. */
export const gamedayOf = (main: string, folder: string, ...given: Given): Gameday => {
  const args = given.filter((each) => typeof each === 'string');
  const env = Object.assign({ ...process.env, GAMEDAY_HOME: '' }, ...given.filter((each) => typeof each !== 'string'));
  const child = spawn(process.execPath, ['--liftoff-only', main, '-C', folder, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const texts = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
      for (const listener of listeners) listener();
    });
  const exited = new Promise<number | NodeJS.Signals | null>((done) => {
    child.once('close', (code, signal) => done(signal ?? code));
  });
  onTestFinished(async () => {
    child.kill('SIGINT');
    await exited;
  });
  const shows = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (!texts.stderr.includes(text)) return;
        listeners.delete(look);
        done();
      };
      listeners.add(look);
      void exited.then((code) => fail(new Error(`ended with ${code} before showing "${text}":\n${texts.stderr}`)));
      look();
    });
  return { child, stdout: () => texts.stdout, stderr: () => texts.stderr, shows, exited };
};

/**
 * A run whose verdict the machine's own noise left open (exit 4) is made again, as a person would, twice at most; the last
 * one counts. What the system under test fails (exit 1) is never tried again.
 */
export const proven = async (...given: Parameters<typeof gameday>): Promise<Gameday> => {
  for (let left = 2; ; left -= 1) {
    const run = gameday(...given);
    if ((await run.exited) !== 4 || left === 0) return run;
  }
};

/** A copy of this repository's game days, to be edited. */
export const scratchProject = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['experiments', 'runbooks', 'monitoring', 'postmortems'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  return folder;
};

/** Replaces text in a file of a project; the text has to be there. */
export const edit = (folder: string, file: string, from: string | RegExp, to: string): void => {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} does not contain ${String(from)}`);
  writeFileSync(path, after);
};

export const runsOf = (folder: string): readonly string[] => {
  const runs = join(folder, '.gameday/runs');
  return existsSync(runs) ? readdirSync(runs).toSorted() : [];
};

/** What a run has left on this machine: processes (zombies are not) and folders that carry its id. */
export const leftBy = (runId: string): readonly string[] => {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state !== 'Z' && command.includes(runId) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
  const folders = readdirSync(tmpdir()).filter((name) => name.includes(runId));
  return [...processes, ...folders];
};

/** Asks until `look` finds nothing any more, for at most `withinMs`. @returns What is still there. */
export const untilNothing = async (look: () => readonly string[], withinMs = 5_000): Promise<readonly string[]> => {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = look();
    if (found.length === 0 || Date.now() > until) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
};

export type Report = {
  readonly exit: { readonly code: number; readonly name: string };
  readonly runs: readonly {
    readonly runId: string;
    readonly exit: { readonly code: number; readonly name: string; readonly why: string };
    readonly checks: readonly { readonly name: string; readonly outcome: string; readonly detail: string }[];
    readonly runbook: { readonly verdict: string; readonly detail: string } | null;
    readonly readiness: { readonly total: number } | null;
    readonly impact: { readonly observed: number } | null;
  }[];
};
