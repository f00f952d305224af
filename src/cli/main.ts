/** The composition root of the command: the only place that touches arguments, signals, the environment and the exit. */
import { CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { GamedayError, showProblems, type Problem } from '../errors.ts';
import { Stopped } from '../run/stopped.ts';
import { CommandLine } from './command-line.ts';
import type { AddCommand, CommandContext, RunAction } from './command.ts';
import { addDoctor } from './doctor.ts';
import { addEnv } from './env.ts';
import { exitCodeOf, helpAfter } from './exit-codes.ts';
import { addList } from './list.ts';
import { addRecover, recoverDeadRuns } from './recover.ts';
import { addScore } from './score.ts';
import { addShow } from './show.ts';
import { addVerify } from './verify.ts';

const commands: readonly AddCommand[] = [addVerify, addList, addShow, addScore, addEnv, addRecover, addDoctor];

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const interruption = new AbortController();
let signalled: 'SIGINT' | 'SIGTERM' | undefined;
// A second Ctrl-C (and the copy that npm passes on) asks for the same thing: what is broken is undone first.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (signalled === undefined) process.stderr.write(`\n${name}: undoing what is active, please wait …\n`);
    signalled ??= name === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    interruption.abort(new Stopped(signalled));
  });
// Whoever read our output has seen enough (`| head`): the run still ends properly. A result that could not be written
// (a full disk) is a failure; a lost line of progress is none.
let unwritten: Error | undefined;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interruption.abort(new Stopped('SIGINT'));
    else if (stream === process.stdout) unwritten ??= error;
  });

// A bug of ours must not leave a fault behind: the run is ended like any other, and only then the process.
let bug: unknown;
for (const name of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(name, (error: unknown) => {
    bug ??= error;
    interruption.abort(error);
    setTimeout(() => process.exit(3), 30_000).unref();
  });

const program = new CommandLine('gameday')
  .description('Replays an outage on purpose, in a replica, and proves that the alerts fire and the runbooks heal.')
  .version(version, '-V, --version', 'show the version')
  .option('-C, --directory <folder>', 'work on the project in this folder', '.')
  .helpOption('-h, --help', 'show help')
  .helpCommand('help [command]', 'show help for a command')
  .exitOverride()
  .addHelpText(
    'after',
    helpAfter([
      'gameday verify web-stack-outage           replay the outage, follow the runbook, judge both',
      'gameday verify --proof full               all experiments, with control and fault-free runs',
      'gameday verify --matrix                   every runbook against every experiment',
      'gameday score RUN                         judge a finished run again, from its journal alone',
    ]),
  );

const context: CommandContext = {
  version,
  env: process.env,
  signal: interruption.signal,
  project: async () => {
    // What reads documents is large; help, the version and a mistake on the command line come without it.
    const { openProject } = await import('./project.ts');
    return openProject(program.opts<{ directory: string }>().directory, process.env['GAMEDAY_HOME']);
  },
  terminal: {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  },
};

let exitCode = 0;
const run: RunAction =
  (action) =>
  async (...given) => {
    exitCode = await action(context, ...given);
  };

for (const add of commands) add(program, run);
// Nothing new begins before what a dead run left is put back.
program.hook('preAction', async (_, command) => {
  if (!['recover', 'env', 'restart', 'configure'].includes(command.name())) await recoverDeadRuns(context);
});

try {
  await program.parseAsync();
} catch (error) {
  exitCode = failure(error);
}
if (bug !== undefined && exitCode !== 5) exitCode = failure(bug);
if (signalled !== undefined && exitCode !== 5) exitCode = signalled === 'SIGINT' ? 130 : 143;
// Leaving before a slow reader has taken everything would cut the result off; one more Ctrl-C says that nobody waits.
process.on('SIGINT', () => process.exit(exitCode));
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
if (unwritten !== undefined && exitCode !== 5) {
  exitCode = 3;
  context.terminal.err(showProblems([{ message: `the result cannot be written: ${unwritten.message}` }]));
}
process.exit(exitCode);

function failure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // Help or the version was asked for.
  if (error instanceof Stopped) return { SIGINT: 130, SIGTERM: 143, 'time limit': 124 }[error.by];
  if (error instanceof GamedayError) {
    report(error.code, error.problems);
    context.terminal.err(showProblems(error.problems));
    return exitCodeOf[error.code];
  }
  report('BUG', [{ message: `this is a bug in gameday: ${String(error)}` }]);
  context.terminal.err(`error: this is a bug in gameday\n${error instanceof Error ? error.stack : String(error)}`);
  return 3;
}

/** Who asked for JSON gets JSON, whatever comes. */
function report(code: string, problems: readonly Problem[]): void {
  if (process.argv.includes('--json'))
    context.terminal.out(JSON.stringify({ schemaVersion: 1, error: { code, problems } }, null, 2));
}
