/** What every command is given, and what it gives back; only `main.ts` touches the process itself. */
import type { Command } from 'commander';
import type { Secrets } from '../safety/secrets.ts';
import type { ProjectFolders } from './project/folders.ts';
import type { Project } from './project/project.ts';
import type { Face } from './terminal/terminal.ts';

export type Terminal = {
  /** The result, and nothing else. */
  readonly out: (text: string) => void;
  /** Progress, warnings, errors. */
  readonly err: (text: string) => void;
  /** Text for the result as it is, without a line break of ours. */
  readonly write: (text: string) => void;
  /** Lines of the input, from now on; `return` leaves the rest of it to somebody else. */
  readonly lines: () => AsyncIterator<string, unknown>;
  readonly face: Face;
};

/** The process before this one, which outlives it: it restores the terminal when this one is killed. */
export type Guard = {
  /** The process that draws on the whole terminal, and the run that it shows; null when the terminal is free again. */
  readonly terminalTaken: (by: { readonly pid: number; readonly runId: string | null } | null) => void;
  /**
   * The terminal's modes were broken when this process began and are mended now. Node puts back what it found at its start
   * when it ends; it must not here.
   */
  readonly terminalMended: () => void;
  /** Aborted when that process is gone, with a `Stopped` by nobody: the terminal is somebody else's now. */
  readonly gone: AbortSignal;
};

export type CommandContext = {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the project around `-C FOLDER` or the current folder. @throws {GamedayError} USAGE outside of one. */
  readonly folders: () => ProjectFolders;
  /** The same with its documents. Rejects with a GamedayError (USAGE) outside of one. */
  readonly project: () => Promise<Project>;
  /** Aborted by Ctrl-C or a signal; its reason is a `Stopped`. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly guard: Guard;
  /** Whatever is read from it is in none of our output. */
  readonly secrets: Secrets;
};

/** Adds one command to `program`; its action resolves to the exit code. */
export type AddCommand = (program: Command, run: RunAction) => void;

/** Wraps an action: hands it the context, takes its exit code. */
export type RunAction = <Arguments extends unknown[]>(
  action: (context: CommandContext, ...given: Arguments) => Promise<number> | number,
) => (...given: Arguments) => Promise<void>;
