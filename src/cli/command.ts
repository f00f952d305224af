/** What every command is given, and what it gives back; only `main.ts` touches the process itself. */
import type { Command } from 'commander';
import type { Project } from './project.ts';

export type Terminal = {
  /** The result, and nothing else. */
  readonly out: (text: string) => void;
  /** Progress, warnings, errors. */
  readonly err: (text: string) => void;
};

export type CommandContext = {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The project around `-C FOLDER` or the current folder. Rejects with a GamedayError (USAGE) outside of one. */
  readonly project: () => Promise<Project>;
  /** Aborted by Ctrl-C or a signal; its reason is a `Stopped`. */
  readonly signal: AbortSignal;
  readonly version: string;
};

/** Adds one command to `program`; its action resolves to the exit code. */
export type AddCommand = (program: Command, run: RunAction) => void;

/** Wraps an action: hands it the context, takes its exit code. */
export type RunAction = <Arguments extends unknown[]>(
  action: (context: CommandContext, ...given: Arguments) => Promise<number> | number,
) => (...given: Arguments) => Promise<void>;
