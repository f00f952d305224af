/** A command that serves until it is interrupted, run inside a test: what it prints, where it serves, how it ended. */
import { expect, onTestFinished, vi } from 'vitest';
import { CommandLine } from './command-line.ts';
import type { AddCommand, CommandContext } from './command.ts';

/** @param words The command and its arguments. It prints `NAME  URL …` first. */
export const serve = (add: AddCommand, words: readonly string[]) => {
  const interruption = new AbortController();
  const printed: string[] = [];
  const used: Pick<CommandContext, 'signal'> & { terminal: Partial<CommandContext['terminal']> } = {
    signal: interruption.signal,
    terminal: { out: (text) => void printed.push(text) },
  };
  const context = used as CommandContext; // it needs no project, and nothing else
  const program = new CommandLine('gameday').exitOverride();
  let exitCode: number | undefined;
  add(program, (action) => async (...given) => {
    exitCode = await action(context, ...given);
  });
  const ended = program.parseAsync([...words], { from: 'user' }).then(() => exitCode);
  ended.catch(() => {});
  onTestFinished(async () => {
    interruption.abort();
    await ended.catch(() => {});
  });
  const url = async (): Promise<string> => {
    await vi.waitFor(() => expect(printed[0]).toMatch(/^[a-z ]+ {2}http/), { timeout: 5_000, interval: 5 });
    return printed[0]!.split('  ')[1]!;
  };
  return { url, printed, ended, interrupt: () => interruption.abort() };
};
