/** A person in a drill, as a process with pipes: says a line, and waits for what it brings. */
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const program = resolve(import.meta.dirname, '../dist/cli/main.js');

export type Player = {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits for something that was not there when it was last waited. @returns What came until then. */
  readonly shows: (what: RegExp | string) => Promise<string>;
  readonly say: (line: string, what: RegExp | string) => Promise<string>;
  /** The exit code, or the name of the signal. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
};

/** Starts `gameday ARGS` in `folder`; its input is closed at the end of the test, so that its run restores. */
export const player = (folder: string, ...args: readonly string[]): Player => {
  const child = spawn(process.execPath, ['--liftoff-only', program, '-C', folder, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GAMEDAY_HOME: '' },
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
  child.stdin.on('error', () => {});
  onTestFinished(async () => {
    child.stdin.end();
    await exited;
  });
  let from = 0;
  const shows = (what: RegExp | string): Promise<string> =>
    new Promise((done, fail) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        listeners.delete(look);
        then();
      };
      const look = (): void => {
        const fresh = texts.stdout.slice(from);
        const found = typeof what === 'string' ? what : (what.exec(fresh)?.[0] ?? '');
        const at = fresh.indexOf(found);
        if (at < 0 || found === '') return;
        from += at + found.length;
        settle(() => done(fresh.slice(0, at + found.length)));
      };
      const missed = (why: string): void =>
        settle(() => fail(new Error(`${why} without ${String(what)}:\n${texts.stdout}\n${texts.stderr}`)));
      const timer = setTimeout(() => missed('30 s'), 30_000);
      listeners.add(look);
      void exited.then((code) => missed(`ended with ${code}`));
      look();
    });
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    shows,
    say: (line, what) => {
      child.stdin.write(`${line}\n`);
      return shows(what);
    },
    exited,
  };
};
